"""Keep metadata of login sessions and of authorizations, for who manages them by the API."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0028_consent_public_id_unique"),
    ]

    operations = [
        migrations.AddField(
            model_name="loginsession",
            name="metadata",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What the Management API keeps of the session.",
                verbose_name="metadata",
            ),
        ),
        migrations.AddField(
            model_name="tokenfamily",
            name="metadata",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What the Management API keeps of the refresh token.",
                verbose_name="metadata",
            ),
        ),
    ]
