"""Require the id of the migration before; by itself, since PostgreSQL changes no table that has rows waiting."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authhub", "0027_consent_public_id")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="uuid",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
