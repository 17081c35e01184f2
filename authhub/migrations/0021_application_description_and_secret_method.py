"""Keep what Auth0 keeps of an application, too: a description, and in which way it sends its secret."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0020_audit_refusals"),
    ]

    operations = [
        migrations.AddField(
            model_name="applicationprofile",
            name="description",
            field=models.CharField(
                blank=True,
                help_text="For whoever administers applications.",
                max_length=140,
                verbose_name="description",
            ),
        ),
        migrations.AddField(
            model_name="applicationprofile",
            name="token_endpoint_auth_method",
            field=models.CharField(
                blank=True,
                choices=[("client_secret_basic", "in the Authorization header"), ("client_secret_post", "in the body")],
                help_text="Any other way is refused. Empty: either way will do.",
                max_length=30,
                verbose_name="sends its secret",
            ),
        ),
    ]
