"""What administrators do with applications and consents that exist: change, delete, take back; with who and why."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.forms.models import model_to_dict

from authhub.models import ApplicationProfile, AuditEvent, AuditTag, Consent, TokenFamily
from authhub.oauth.families import profile_of, revoke_application, revoke_family
from authhub.oauth.registration import check_application
from authhub.rbac import needs
from authhub.rbac.cascades import deleted_with
from authhub.rbac.delegation import changing, require
from authhub.rbac.recording import announce

RECORDED_FIELDS = ("name", "redirect_uris", "post_logout_redirect_uris", "allowed_origins")
CURRENT_SECRET = ("client_secret", "hash_client_secret")
PREVIOUS_SECRET = ("previous_client_secret", "previous_client_secret_expires_at")


def change_application(*, application: Any, profile: ApplicationProfile, by: Any, reason: str = "") -> Any:
    """
    Store an application's changed settings and record what they were, if any changed.

    Tokens already issued stay as they are, unless the application is switched off: that ends its authorizations for
    good.

    Raises:
        NotAllowedError: whoever asks may not change it, or would gain by it.
        ValidationError: a redirect URI, a grant type or a combination is not allowed; keyed by field.
    """
    profile.application = application
    check_application(application, profile)
    with changing():
        stored = type(application)._default_manager.select_for_update().get(pk=application.pk)
        stored_profile = profile_of(stored)
        require(by, lambda: needs.application_settings(application, stored_profile, profile), reason)
        before = _settings(stored, stored_profile)
        _keep_secrets(application, stored, CURRENT_SECRET)
        if stored_profile is not None:
            _keep_secrets(profile, stored_profile, PREVIOUS_SECRET)
        application.save()
        profile.save()
        if before.get("is_active") and not profile.is_active:
            revoke_application(application, reason=reason or "application disabled", by=by)
        after = _settings(application, profile)
        changed = {name for name in after if before.get(name) != after[name]}
        if changed:
            AuditEvent.record(
                AuditTag.APPLICATION_CHANGED,
                actor=by,
                application=application,
                subject=application,
                reason=reason,
                details={
                    "client_id": application.client_id,
                    "before": {name: before.get(name) for name in sorted(changed)},
                    "after": {name: after[name] for name in sorted(changed)},
                },
            )
    return application


def _keep_secrets(row: Any, stored: Any, names: tuple[str, ...]) -> None:
    """Keep what is stored: a secret that was rotated since the row was loaded may have leaked, and stays away."""
    for name in names:
        setattr(row, name, getattr(stored, name))


def delete_application(*, application: Any, by: Any, reason: str = "") -> None:
    """
    Delete an application with its authorizations, tokens, consents and access.

    Raises:
        NotAllowedError: whoever asks may not delete it, or take away what it may ask for.
    """
    with changing():
        require(by, lambda: needs.record(application, needs.DELETE), reason)
        access = deleted_with(application)
        event = AuditEvent.record(
            AuditTag.APPLICATION_DELETED,
            actor=by,
            subject=application,
            reason=reason,
            details={"client_id": application.client_id, "cascade": access},
        )
        if access:
            announce(event, type(application))
        application.delete()


def revoke_consent(*, consent: Consent, by: Any, reason: str = "") -> None:
    """
    Take back what a user allowed an application, and end the authorizations that rest on it (CN06).

    The user is asked again at the next sign-in.
    """
    families = TokenFamily.objects.filter(
        user=consent.user_id,
        application=consent.application_id,
        resource_server=consent.resource_server_id,
        organization=consent.organization_id,
        revoked_at=None,
    )
    with transaction.atomic():
        for family in families:
            revoke_family(family, reason=reason or "consent revoked", by=by)
        AuditEvent.record(
            AuditTag.CONSENT_REVOKED,
            actor=by,
            user=get_user_model()._default_manager.filter(pk=consent.user_id).first(),
            application=consent.application,
            subject=consent,
            reason=reason,
            details={"scope": consent.scopes},
        )
        consent.delete()


def revoke_consents(*, user: Any, by: Any, reason: str = "") -> None:
    """Take back all that a user allowed applications, as `revoke_consent` does."""
    with transaction.atomic():
        for consent in Consent.objects.select_related("application").filter(user=user).order_by("pk"):
            revoke_consent(consent=consent, by=by, reason=reason)


def _settings(application: Any, profile: ApplicationProfile | None = None) -> dict[str, Any]:
    profile = profile or profile_of(application)
    # Editable fields only: what the two secrets are kept in is not among them.
    settings = {} if profile is None else model_to_dict(profile, exclude=["application"])
    return {**settings, **{name: getattr(application, name) for name in RECORDED_FIELDS}}
