"""Give what a user allowed an application an id for the outside."""

import uuid

from django.db import migrations, models

BATCH_SIZE = 500


def fill(apps, schema_editor):
    """Give each row an id of its own, in batches."""
    database = schema_editor.connection.alias
    model = apps.get_model("authhub", "Consent")
    missing = model.objects.using(database).filter(uuid=None).order_by("pk")
    while batch := list(missing[:BATCH_SIZE]):
        for row in batch:
            row.uuid = uuid.uuid4()
        model.objects.using(database).bulk_update(batch, ["uuid"])


class Migration(migrations.Migration):
    dependencies = [("authhub", "0026_user_events")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="uuid",
            field=models.UUIDField(default=None, editable=False, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
