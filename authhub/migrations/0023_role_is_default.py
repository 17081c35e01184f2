"""Let a role be assigned to every user who is created."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authhub", "0022_revision_events")]

    operations = [
        migrations.AddField(
            model_name="role",
            name="is_default",
            field=models.BooleanField(
                default=False,
                help_text="Assigned to every user who is created from now on.",
                verbose_name="default",
            ),
        ),
    ]
