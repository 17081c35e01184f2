"""Give roles, groups, permissions, APIs and application access an id for the outside."""

import uuid

from django.db import migrations, models

BATCH_SIZE = 500
IDENTIFIED = ("ClientGrant", "Group", "Permission", "ResourceServer", "Role")


def fill(apps, schema_editor):
    """Give each row an id of its own, in batches."""
    database = schema_editor.connection.alias
    for name in IDENTIFIED:
        model = apps.get_model("authhub", name)
        missing = model.objects.using(database).filter(uuid=None).order_by("pk")
        while batch := list(missing[:BATCH_SIZE]):
            for row in batch:
                row.uuid = uuid.uuid4()
            model.objects.using(database).bulk_update(batch, ["uuid"])


class Migration(migrations.Migration):
    dependencies = [("authhub", "0010_tokenfamily_requested_claims")]

    operations = [
        *(
            migrations.AddField(
                model_name=name.lower(),
                name="uuid",
                field=models.UUIDField(default=None, editable=False, null=True),
            )
            for name in IDENTIFIED
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
