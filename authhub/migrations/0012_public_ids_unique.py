"""Require the ids of the migration before; by itself, since PostgreSQL changes no table that has rows waiting."""

import uuid

from django.db import migrations, models

IDENTIFIED = ("clientgrant", "group", "permission", "resourceserver", "role")


class Migration(migrations.Migration):
    dependencies = [("authhub", "0011_public_ids")]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        )
        for name in IDENTIFIED
    ]
