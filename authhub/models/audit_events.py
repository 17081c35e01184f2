"""The event log: what happened, to whom, by whom; written once, never changed."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf


class AuditTag(models.TextChoices):
    """
    Kinds of event. Auth0's codes where Auth0 has one (C.10); ``subject.action`` where it has none (B-25).

    A tag may be added, never renamed or reused: stored rows name it.
    """

    CODE_EXCHANGED = "seacft", _("code exchanged for tokens")
    CODE_EXCHANGE_FAILED = "feacft", _("code exchange failed")
    CLIENT_CREDENTIALS_FAILED = "feccft", _("client credentials failed")
    REFRESHED = "sertft", _("refresh token exchanged")
    REFRESH_FAILED = "fertft", _("refresh failed")
    REFRESH_REUSED = "ferrt", _("rotated refresh token used again")
    ISSUED_IN_FRONT_CHANNEL = "token.issued_in_front_channel", _("token issued by the authorization endpoint")
    DEVICE_CODE_EXCHANGED = "sede", _("device code exchanged for tokens")
    DEVICE_CODE_EXCHANGE_FAILED = "fede", _("device code exchange failed")
    DEVICE_AUTHORIZATION_FAILED = "fdeaz", _("device authorization request failed")
    DEVICE_ACTIVATION_FAILED = "fdeac", _("device activation failed")
    DEVICE_DENIED = "fdecc", _("user denied a device")
    PASSWORD_EXCHANGED = "sepft", _("password exchanged for tokens")
    PASSWORD_EXCHANGE_FAILED = "fepft", _("password exchange failed")
    REFRESH_TOKENS_CAPPED = "resource_cleanup", _("oldest refresh tokens dropped")
    ISSUED_AT_SHELL = "token.issued_at_shell", _("token issued at the shell")
    REFRESH_REVOKED = "srrt", _("refresh token revoked")
    LOGGED_OUT = "slo", _("signed out")
    LOGOUT_FAILED = "flo", _("sign-out refused")
    BACKCHANNEL_LOGOUT_SUCCEEDED = "oidc_backchannel_logout_succeeded", _("application told of a sign-out")
    BACKCHANNEL_LOGOUT_FAILED = "oidc_backchannel_logout_failed", _("application not told of a sign-out")
    SESSION_ENDED = "session.ended", _("session ended")
    RULE_FAILED = "rule.failed", _("rule failed")
    RULE_DENIED = "rule.denied", _("rule denied")
    RULE_TRACED = "rule.traced", _("rules ran")
    CONSENT_GRANTED = "consent.granted", _("consent granted")
    CONSENT_DENIED = "consent.denied", _("consent denied")
    CONSENT_REVOKED = "consent.revoked", _("consent revoked")
    CLIENT_REGISTERED = "application.registered_itself", _("application registered itself")
    CLIENT_CHANGED_ITSELF = "application.changed_itself", _("application changed its registration")
    CLIENT_DELETED_ITSELF = "application.deleted_itself", _("application deleted its registration")
    REGISTRATION_TOKEN_MADE = "initial_access_token.created", _("initial access token made")
    REGISTRATION_TOKEN_DELETED = "initial_access_token.deleted", _("initial access token taken back")
    SECRET_ROTATED = "application.secret_rotated", _("client secret rotated")
    PASSWORD_CHANGED = "scp", _("password changed")
    USER_DELETED = "sdu", _("user deleted")
    APPLICATION_CREATED = "application.created", _("application created")
    APPLICATION_CHANGED = "application.changed", _("application changed")
    APPLICATION_DELETED = "application.deleted", _("application deleted")
    KEY_ROTATED = "signing_key.rotated", _("signing key rotated")
    KEY_REVOKED = "signing_key.revoked", _("signing key revoked")
    FAMILY_REVOKED = "authorization.revoked", _("authorization revoked")
    RECORD_CREATED = "record.created", _("record created")
    RECORD_CHANGED = "record.changed", _("record changed")
    RECORD_DELETED = "record.deleted", _("record deleted")
    ROLE_ASSIGNED = "role.assigned", _("role assigned")
    ROLE_UNASSIGNED = "role.unassigned", _("role unassigned")
    PERMISSION_ASSIGNED = "permission.assigned", _("permission assigned")
    PERMISSION_UNASSIGNED = "permission.unassigned", _("permission unassigned")
    ROLE_PERMISSION_ADDED = "role.permission_added", _("permission added to role")
    ROLE_PERMISSION_REMOVED = "role.permission_removed", _("permission removed from role")
    ROLE_INCLUDED = "role.included", _("role included")
    ROLE_EXCLUDED = "role.excluded", _("role no longer included")
    GROUP_MEMBER_ADDED = "group.member_added", _("member added to group")
    GROUP_MEMBER_REMOVED = "group.member_removed", _("member removed from group")
    GROUP_NESTED = "group.nested", _("group nested")
    GROUP_UNNESTED = "group.unnested", _("group no longer nested")
    CLIENT_GRANT_CREATED = "client_grant.created", _("application access given")
    CLIENT_GRANT_CHANGED = "client_grant.changed", _("application access changed")
    CLIENT_GRANT_DELETED = "client_grant.deleted", _("application access taken")
    ORGANIZATION_MEMBER_ADDED = "organization.member_added", _("member added to organization")
    ORGANIZATION_MEMBER_REMOVED = "organization.member_removed", _("member removed from organization")
    ACCESS_CHANGE_DENIED = "access.change_denied", _("change of access denied")
    OBJECT_RIGHTS_CHANGED = "record.rights_changed", _("rights over a record changed")
    ACCESS_ENDED = "access.ended_with_account", _("access ended with the account")
    WEBHOOK_FAILED = "webhook.failed", _("webhook not told of an event")
    ROLLED_BACK = "access.rolled_back", _("access rolled back")


class AuditEvent(models.Model):
    """
    One event. Rows are only ever added: `save` of a stored row and `delete` raise `TypeError`.

    `details` holds names, ids, reasons, before and after; never a token, code, secret or password.
    References are kept as text beside the keys, so that an event outlives what it is about.
    """

    tag = models.CharField(_("event"), max_length=50, choices=AuditTag.choices, db_index=True)
    happened_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    actor_application = models.ForeignKey(
        conf.application_model,
        verbose_name=_("by the application"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    application = models.ForeignKey(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    subject = models.CharField(_("what"), max_length=300, blank=True)
    reason = models.CharField(_("why"), max_length=500, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-happened_at", "-pk"]
        permissions = [("rollback_auditevent", _("Can roll back to an event"))]

    def __str__(self) -> str:
        return f"{self.get_tag_display()}: {self.subject}"

    @classmethod
    def record(
        cls,
        tag: AuditTag,
        *,
        actor: Any = None,
        user: Any = None,
        application: Any = None,
        subject: object = "",
        reason: str = "",
        details: dict[str, Any] | None = None,
    ) -> "AuditEvent":
        """Add one event, in the caller's transaction. `actor` is a user, an application, or None for the system."""
        event = cls(
            tag=tag,
            user=user,
            application=application,
            subject=str(subject)[:300],
            reason=reason[:500],
            details=details or {},
            **cls.acting(actor),
        )
        event.save(force_insert=True)
        return event

    @staticmethod
    def acting(actor: Any) -> dict[str, Any]:
        """Return the columns that say who acted: a user, an application, or None for the system."""
        is_application = isinstance(actor, apps.get_model(conf.application_model))
        return {"actor": None if is_application else actor, "actor_application": actor if is_application else None}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the event; refuse to change a stored one."""
        if not self._state.adding:
            raise TypeError("an event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise TypeError("an event is never deleted")
