"""Registering applications and rotating their secrets (RFC 6749 §2)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import get_application_model

from authhub.conf import conf
from authhub.models import (
    DEFAULT_GRANT_TYPES,
    ApplicationProfile,
    ApplicationType,
    AuditEvent,
    AuditTag,
    GrantType,
    SigningAlgorithm,
    SubjectType,
)
from authhub.oauth import client_secrets
from authhub.oauth.redirect_uris import validate_origin, validate_redirect_uri
from authhub.rbac import needs
from authhub.rbac.delegation import changing, require

TOOLKIT_GRANTS = {
    GrantType.AUTHORIZATION_CODE: "authorization-code",
    GrantType.CLIENT_CREDENTIALS: "client-credentials",
    GrantType.DEVICE_CODE: "urn:ietf:params:oauth:grant-type:device_code",
}
"""The toolkit knows one grant type per application: the first of these. The profile's list is what counts."""
WEB = ApplicationType.REGULAR_WEB


@dataclass(frozen=True)
class Registered:
    """A new application, and its secret: shown this once, stored nowhere. Public applications have none."""

    application: Any
    client_secret: str | None


def register_application(
    *,
    name: str,
    application_type: str,
    redirect_uris: Iterable[str] = (),
    allowed_origins: Iterable[str] = (),
    logout_uris: Iterable[str] = (),
    backchannel_logout_uri: str = "",
    frontchannel_logout_uri: str = "",
    is_first_party: bool = True,
    require_pkce: bool = True,
    grant_types: Iterable[str] | None = None,
    metadata: Mapping[str, str] | None = None,
    id_token_signing_algorithm: str = SigningAlgorithm.RS256,
    pages: Mapping[str, str] | None = None,
    client_id: str | None = None,
    settings: Mapping[str, Any] | None = None,
    registration_source: str = "manual",
    by: Any = None,
    reason: str = "",
) -> Registered:
    """
    Register an application with the grant types of its kind, unless others are given (M-02).

    `pages` are the addresses of its own pages by the names of the profile's columns (``logo_uri`` …), `settings` any
    other of these columns, which win. Without a `client_id` it gets one that is random.

    Raises:
        NotAllowedError: whoever asks may not add applications.
        ValidationError: a URI, an origin, a grant type or a combination is not allowed; keyed by field.
    """
    kind = ApplicationType(application_type)
    secret = None if kind.is_public else client_secrets.new_secret()
    application = get_application_model()(
        name=name,
        redirect_uris=" ".join(redirect_uris),
        allowed_origins=" ".join(allowed_origins),
        post_logout_redirect_uris=" ".join(logout_uris),
        # A public application gets a secret that nobody knows: a blank one would authenticate (dot.md §6.11).
        client_secret=client_secrets.digest(secret or client_secrets.new_secret()),
        hash_client_secret=False,
        registration_source=registration_source,
        **({} if client_id is None else {"client_id": client_id}),
    )
    columns: dict[str, Any] = {
        "application_type": kind,
        "grant_types": list(DEFAULT_GRANT_TYPES[kind] if grant_types is None else grant_types),
        "is_first_party": is_first_party,
        "require_pkce": require_pkce,
        "backchannel_logout_uri": backchannel_logout_uri,
        "frontchannel_logout_uri": frontchannel_logout_uri,
        "metadata": dict(metadata or {}),
        "id_token_signing_algorithm": id_token_signing_algorithm,
        **dict(pages or {}),
        **dict(settings or {}),
    }
    profile = ApplicationProfile(application=application, **columns)
    check_application(application, profile)
    with changing():
        require(by, lambda: needs.record(application, needs.ADD), reason)
        application.save()
        profile.save()
        AuditEvent.record(
            AuditTag.APPLICATION_CREATED,
            actor=by,
            application=application,
            subject=name,
            reason=reason,
            details={"client_id": application.client_id, "type": kind.value, "grant_types": profile.grant_types},
        )
    return Registered(application, secret)


def check_application(application: Any, profile: ApplicationProfile) -> None:
    """
    Check an application as it is about to be saved, and set what the toolkit's model derives from the profile.

    The toolkit's own ``clean`` is not asked: it has one list of schemes for every kind of application.

    Raises:
        ValidationError: keyed by field.
    """
    kind = ApplicationType(profile.application_type)
    application.client_type = "public" if kind.is_public else "confidential"
    application.authorization_grant_type = next(
        (name for grant, name in TOOLKIT_GRANTS.items() if profile.allows_grant_type(grant)), "authorization-code"
    )
    uris = application.redirect_uris.split()
    errors = {
        "redirect_uris": _errors(uris, lambda uri: validate_redirect_uri(uri, kind)),
        "post_logout_redirect_uris": _errors(
            application.post_logout_redirect_uris.split(), lambda uri: validate_redirect_uri(uri, kind)
        ),
        "allowed_origins": _errors(application.allowed_origins.split(), validate_origin),
        # Web addresses whatever the application is: a server, or a frame in a browser.
        **{
            name: _errors(getattr(profile, name).split(), lambda uri: validate_redirect_uri(uri, WEB))
            for name in ("backchannel_logout_uri", "frontchannel_logout_uri")
        },
    }
    redirects = profile.allows_grant_type(GrantType.AUTHORIZATION_CODE) or profile.allows_grant_type(GrantType.IMPLICIT)
    if redirects and not uris:
        errors["redirect_uris"].append(ValidationError(_("An application that signs people in needs a redirect URI.")))
    if any(errors.values()):
        raise ValidationError({field: found for field, found in errors.items() if found})
    application.clean_fields()
    application.validate_unique()
    profile.full_clean(exclude=["application"])


def _errors(values: Iterable[str], validate: Callable[[str], None]) -> list[ValidationError]:
    errors = []
    for value in values:
        try:
            validate(value)
        except ValidationError as error:
            errors.append(error)
    return errors


def rotate_client_secret(*, application: Any, by: Any, reason: str = "", keep_previous: bool = True) -> str:
    """
    Give an application a new secret and return it, this once.

    The old one works for `conf.previous_secret_lifetime_seconds` more, or not at all if it leaked
    (`keep_previous=False`, CA20).

    Raises:
        NotAllowedError: whoever asks may not change it, or lacks what it may ask for by itself.
        ValidationError: the application is public and has no secret.
    """
    profile: ApplicationProfile = application.authhub_profile
    if ApplicationType(profile.application_type).is_public:
        raise ValidationError(_("A public application has no secret."))
    secret = client_secrets.new_secret()
    with changing():
        # Whoever is shown the secret gets what the application may by itself.
        require(by, lambda: needs.application(application, needs.CHANGE, confers=(SubjectType.CLIENT,)), reason)
        # Two rotations at once: the second keeps the secret of the first, not one that is two old.
        stored = type(application)._default_manager.select_for_update().get(pk=application.pk)
        application.client_secret = stored.client_secret
        keeps = keep_previous and application.client_secret.startswith(client_secrets.PREFIX)
        profile.previous_client_secret = application.client_secret if keeps else ""
        profile.previous_client_secret_expires_at = (
            timezone.now() + timedelta(seconds=conf.previous_secret_lifetime_seconds) if keeps else None
        )
        profile.save(update_fields=["previous_client_secret", "previous_client_secret_expires_at"])
        application.client_secret = client_secrets.digest(secret)
        application.hash_client_secret = False
        application.save(update_fields=["client_secret", "hash_client_secret", "updated"])
        AuditEvent.record(
            AuditTag.SECRET_ROTATED,
            actor=by,
            application=application,
            subject=application,
            reason=reason,
            details={"previous_until": profile.previous_client_secret_expires_at},
        )
    return secret
