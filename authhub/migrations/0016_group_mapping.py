"""Let the groups of an identity provider count as groups of ours."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authhub", "0015_extension")]

    operations = [
        migrations.CreateModel(
            name="GroupMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "connection_name",
                    models.CharField(
                        help_text="Through which people sign in, for example google-oauth2.",
                        max_length=200,
                        verbose_name="connection",
                    ),
                ),
                (
                    "group_name",
                    models.CharField(
                        help_text="As the identity provider names it.", max_length=200, verbose_name="incoming group"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mappings",
                        to="authhub.group",
                        verbose_name="group",
                    ),
                ),
            ],
            options={
                "verbose_name": "group mapping",
                "verbose_name_plural": "group mappings",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection_name", "group_name", "group"), name="authhub_groupmapping_once"
                    )
                ],
            },
        ),
    ]
