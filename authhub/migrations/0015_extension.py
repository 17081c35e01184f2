"""Remember to which application of the Authorization Extension a role or permission belongs, and its settings."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authhub", "0014_user_profile")]

    operations = [
        migrations.CreateModel(
            name="ExtensionApplication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("application_id", models.CharField(max_length=500, unique=True, verbose_name="application id")),
                (
                    "resource_server",
                    models.ForeignKey(
                        help_text="Where new permissions of this application are defined; those that are there stay where they are.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extension_applications",
                        to="authhub.resourceserver",
                        verbose_name="API",
                    ),
                ),
            ],
            options={
                "verbose_name": "application of the Authorization Extension",
                "verbose_name_plural": "applications of the Authorization Extension",
                "ordering": ["application_id"],
            },
        ),
        migrations.CreateModel(
            name="ExtensionRole",
            fields=[
                (
                    "application_type",
                    models.CharField(
                        choices=[("client", "application"), ("resource_server", "API")],
                        default="client",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("application_id", models.CharField(max_length=500, verbose_name="application id")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "role",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="extension_role",
                        serialize=False,
                        to="authhub.role",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "role of the Authorization Extension",
                "verbose_name_plural": "roles of the Authorization Extension",
                "ordering": ["application_id", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("application_id", "name"), name="authhub_extensionrole_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ExtensionSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("groups_in_token", models.BooleanField(default=True, verbose_name="groups for later rules")),
                ("roles_in_token", models.BooleanField(default=True, verbose_name="roles for later rules")),
                ("permissions_in_token", models.BooleanField(default=True, verbose_name="permissions for later rules")),
                ("persist_groups", models.BooleanField(default=False, verbose_name="keep groups in the metadata")),
                ("persist_roles", models.BooleanField(default=False, verbose_name="keep roles in the metadata")),
                (
                    "persist_permissions",
                    models.BooleanField(default=False, verbose_name="keep permissions in the metadata"),
                ),
                ("groups_passthrough", models.BooleanField(default=False, verbose_name="add to incoming groups")),
                ("roles_passthrough", models.BooleanField(default=False, verbose_name="add to incoming roles")),
                (
                    "permissions_passthrough",
                    models.BooleanField(default=False, verbose_name="add to incoming permissions"),
                ),
                (
                    "own_groups_match_mappings",
                    models.BooleanField(
                        default=False,
                        help_text="As in the Extension: who is a direct member of a group here passes for a member of an incoming group of that name. Only for as long as old answers must stay the same.",
                        verbose_name="names of own groups match mappings",
                    ),
                ),
                ("api_key_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
            ],
            options={
                "verbose_name": "settings of the Authorization Extension",
                "verbose_name_plural": "settings of the Authorization Extension",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="authhub_extensionsettings_only_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="ExtensionPermission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "application_type",
                    models.CharField(
                        choices=[("client", "application"), ("resource_server", "API")],
                        default="client",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("application_id", models.CharField(max_length=500, verbose_name="application id")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "permission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extension_permissions",
                        to="authhub.permission",
                        verbose_name="permission",
                    ),
                ),
            ],
            options={
                "verbose_name": "permission of the Authorization Extension",
                "verbose_name_plural": "permissions of the Authorization Extension",
                "ordering": ["application_id", "name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application_id", "name"), name="authhub_extensionpermission_name_once"
                    )
                ],
            },
        ),
    ]
