"""Tell other servers of changes of access, by way of an outbox."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import authhub.models.client_uris
import authhub.models.event_webhooks


class Migration(migrations.Migration):
    dependencies = [
        ("authhub", "0030_right_to_roll_back"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventWebhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="name")),
                (
                    "url",
                    models.CharField(
                        help_text="An https address on the public internet.",
                        max_length=2000,
                        validators=[authhub.models.client_uris.validate_login_uri],
                        verbose_name="address",
                    ),
                ),
                (
                    "event_types",
                    models.JSONField(
                        blank=True,
                        default=authhub.models.event_webhooks.every_event,
                        help_text='A JSON list such as ["role.assigned", "role.unassigned"]. Empty: every change of access.',
                        verbose_name="events",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Switch off to send nothing more.", verbose_name="active"
                    ),
                ),
                ("secret", models.TextField(editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ["name"],
            },
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="tag",
            field=models.CharField(
                choices=[
                    ("seacft", "code exchanged for tokens"),
                    ("feacft", "code exchange failed"),
                    ("feccft", "client credentials failed"),
                    ("sertft", "refresh token exchanged"),
                    ("fertft", "refresh failed"),
                    ("ferrt", "rotated refresh token used again"),
                    ("token.issued_in_front_channel", "token issued by the authorization endpoint"),
                    ("sede", "device code exchanged for tokens"),
                    ("fede", "device code exchange failed"),
                    ("fdeaz", "device authorization request failed"),
                    ("fdeac", "device activation failed"),
                    ("fdecc", "user denied a device"),
                    ("sepft", "password exchanged for tokens"),
                    ("fepft", "password exchange failed"),
                    ("resource_cleanup", "oldest refresh tokens dropped"),
                    ("token.issued_at_shell", "token issued at the shell"),
                    ("srrt", "refresh token revoked"),
                    ("slo", "signed out"),
                    ("flo", "sign-out refused"),
                    ("oidc_backchannel_logout_succeeded", "application told of a sign-out"),
                    ("oidc_backchannel_logout_failed", "application not told of a sign-out"),
                    ("session.ended", "session ended"),
                    ("rule.failed", "rule failed"),
                    ("rule.denied", "rule denied"),
                    ("rule.traced", "rules ran"),
                    ("consent.granted", "consent granted"),
                    ("consent.denied", "consent denied"),
                    ("consent.revoked", "consent revoked"),
                    ("application.registered_itself", "application registered itself"),
                    ("application.changed_itself", "application changed its registration"),
                    ("application.deleted_itself", "application deleted its registration"),
                    ("initial_access_token.created", "initial access token made"),
                    ("initial_access_token.deleted", "initial access token taken back"),
                    ("application.secret_rotated", "client secret rotated"),
                    ("scp", "password changed"),
                    ("sdu", "user deleted"),
                    ("application.created", "application created"),
                    ("application.changed", "application changed"),
                    ("application.deleted", "application deleted"),
                    ("signing_key.rotated", "signing key rotated"),
                    ("signing_key.revoked", "signing key revoked"),
                    ("authorization.revoked", "authorization revoked"),
                    ("record.created", "record created"),
                    ("record.changed", "record changed"),
                    ("record.deleted", "record deleted"),
                    ("role.assigned", "role assigned"),
                    ("role.unassigned", "role unassigned"),
                    ("permission.assigned", "permission assigned"),
                    ("permission.unassigned", "permission unassigned"),
                    ("role.permission_added", "permission added to role"),
                    ("role.permission_removed", "permission removed from role"),
                    ("role.included", "role included"),
                    ("role.excluded", "role no longer included"),
                    ("group.member_added", "member added to group"),
                    ("group.member_removed", "member removed from group"),
                    ("group.nested", "group nested"),
                    ("group.unnested", "group no longer nested"),
                    ("client_grant.created", "application access given"),
                    ("client_grant.changed", "application access changed"),
                    ("client_grant.deleted", "application access taken"),
                    ("organization.member_added", "member added to organization"),
                    ("organization.member_removed", "member removed from organization"),
                    ("access.change_denied", "change of access denied"),
                    ("record.rights_changed", "rights over a record changed"),
                    ("access.ended_with_account", "access ended with the account"),
                    ("webhook.failed", "webhook not told of an event"),
                    ("access.rolled_back", "access rolled back"),
                ],
                db_index=True,
                max_length=50,
                verbose_name="event",
            ),
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                (
                    "next_attempt_at",
                    models.DateTimeField(blank=True, db_index=True, null=True, verbose_name="next try"),
                ),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="told")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="last error")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="authhub.auditevent",
                        verbose_name="event",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="authhub.eventwebhook",
                        verbose_name="webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("webhook", "event"), name="authhub_webhookdelivery_once_per_event")
                ],
            },
        ),
    ]
