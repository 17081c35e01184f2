"""Keep what is meant for people who are not here yet."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authhub", "0016_group_mapping")]

    operations = [
        migrations.CreateModel(
            name="PendingAssignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("subject", "user id"), ("email", "verified e-mail address")],
                        max_length=10,
                        verbose_name="recognised by",
                    ),
                ),
                (
                    "identity",
                    models.CharField(
                        help_text="A user id such as auth0|59c1e3f0, or an e-mail address.",
                        max_length=320,
                        verbose_name="who",
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, help_text="Empty: from now on.", null=True, verbose_name="from"),
                ),
                (
                    "ends_at",
                    models.DateTimeField(blank=True, help_text="Empty: without end.", null=True, verbose_name="until"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="authhub.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="authhub.organization",
                        verbose_name="organization",
                    ),
                ),
                (
                    "permission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="authhub.permission",
                        verbose_name="permission",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="authhub.role",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "pending assignment",
                "verbose_name_plural": "pending assignments",
                "ordering": ["kind", "identity", "pk"],
                "default_related_name": "pending_assignments",
                "indexes": [models.Index(fields=["identity", "kind"], name="authhub_pending_identity")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group", None), ("permission", None), ("role__isnull", False)),
                            models.Q(("group", None), ("permission__isnull", False), ("role", None)),
                            models.Q(
                                ("ends_at", None),
                                ("group__isnull", False),
                                ("organization", None),
                                ("permission", None),
                                ("role", None),
                                ("starts_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="authhub_pendingassignment_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_at", None),
                            ("ends_at", None),
                            ("ends_at__gt", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="authhub_pendingassignment_window_not_empty",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("role__isnull", False), ("organization", None)),
                        fields=("identity", "kind", "role"),
                        name="authhub_pendingassignment_role_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("group__isnull", False), ("organization", None)),
                        fields=("identity", "kind", "group"),
                        name="authhub_pendingassignment_group_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("permission__isnull", False), ("organization", None)),
                        fields=("identity", "kind", "permission"),
                        name="authhub_pendingassignment_permission_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("role__isnull", False), ("organization__isnull", False)),
                        fields=("identity", "kind", "role", "organization"),
                        name="authhub_pendingassignment_role_once_in_org",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("permission__isnull", False), ("organization__isnull", False)),
                        fields=("identity", "kind", "permission", "organization"),
                        name="authhub_pendingassignment_permission_once_in_org",
                    ),
                ],
            },
        ),
    ]
