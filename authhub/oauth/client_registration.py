"""Applications that register themselves (RFC 7591) and manage their registration (RFC 7592)."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.db import transaction

from authhub.models import AuditEvent, AuditTag, ClientRegistration
from authhub.oauth.administration import change_application, delete_application
from authhub.oauth.applications import find_application, known_applications, load_application
from authhub.oauth.client_metadata import PAGES, ClientMetadata
from authhub.oauth.errors import InvalidClientMetadataError, InvalidRedirectUriError
from authhub.oauth.initial_access_tokens import take_registration, token_hash
from authhub.oauth.registration import register_application

REASON = "by its own registration"


class InvalidRegistrationTokenError(Exception):
    """The token is unknown, expired, used up, or not this client's."""


@dataclass(frozen=True)
class RegisteredClient:
    """A new client: its secret and its registration access token are told this once."""

    application: Any
    client_secret: str | None
    registration_access_token: str


def register_client(*, token: str, metadata: ClientMetadata) -> RegisteredClient:
    """
    Register an application for the bearer of an initial access token.

    Raises:
        InvalidRegistrationTokenError: it is not one that still counts.
        InvalidRedirectUriError, InvalidClientMetadataError: what is asked for is not allowed; the token keeps its use.
    """
    with transaction.atomic():
        initial = take_registration(token)
        if initial is None:
            raise InvalidRegistrationTokenError
        with _refusing():
            registered = register_application(
                name=metadata.name,
                application_type=metadata.application_type,
                redirect_uris=metadata.redirect_uris,
                logout_uris=metadata.post_logout_redirect_uris,
                is_first_party=initial.is_first_party,
                require_pkce=initial.require_pkce or metadata.application_type.is_public,
                grant_types=metadata.grant_types,
                id_token_signing_algorithm=metadata.id_token_signing_algorithm,
                pages=metadata.pages,
                settings={"token_endpoint_auth_method": metadata.secret_method},
                registration_source="dcr",
                reason=f"initial access token: {initial.name}",
            )
        own_token = secrets.token_urlsafe(32)
        ClientRegistration.objects.create(
            application=registered.application,
            initial_access_token=initial,
            token_hash=token_hash(own_token),
            client_metadata=_said(metadata),
        )
        AuditEvent.record(
            AuditTag.CLIENT_REGISTERED,
            application=registered.application,
            subject=registered.application,
            details={"client_id": registered.application.client_id, "initial_access_token": initial.name},
        )
    return RegisteredClient(registered.application, registered.client_secret, own_token)


def registration_of(*, client_id: str, token: str) -> ClientRegistration:
    """
    Return the registration that a client manages with its token.

    A client that was switched off manages nothing: its token brings nothing back to life (CA21).

    Raises:
        InvalidRegistrationTokenError: the token is not this client's, or there is no such active client.
    """
    application = load_application(client_id)
    found = ClientRegistration.objects.filter(application__client_id=client_id, token_hash=token_hash(token)).first()
    if application is None or found is None:
        raise InvalidRegistrationTokenError
    found.application = application
    return found


def change_registration(*, registration: ClientRegistration, metadata: ClientMetadata) -> None:
    """
    Replace what a client said of itself (RFC 7592 §2.2). Its kind, its consent and its PKCE stay.

    Raises:
        InvalidRedirectUriError, InvalidClientMetadataError: what is asked for is not allowed.
        InvalidRegistrationTokenError: the application was switched off or deleted meanwhile (CA21).
    """
    with transaction.atomic():
        client_id = registration.application.client_id
        application = find_application(client_id, among=known_applications(), lock=True)
        if application is None or not application.authhub_profile.is_active:
            raise InvalidRegistrationTokenError
        _change(application, metadata)
        registration.application, registration.client_metadata = application, _said(metadata)
        registration.save(update_fields=["client_metadata"])
        AuditEvent.record(
            AuditTag.CLIENT_CHANGED_ITSELF, application=application, subject=application, details=_id(application)
        )


def _change(application: Any, metadata: ClientMetadata) -> None:
    profile = application.authhub_profile
    if metadata.application_type != profile.application_type:
        raise InvalidClientMetadataError("The kind of an application does not change; register another.")
    application.name = metadata.name
    application.redirect_uris = " ".join(metadata.redirect_uris)
    application.post_logout_redirect_uris = " ".join(metadata.post_logout_redirect_uris)
    profile.grant_types = list(metadata.grant_types)
    profile.id_token_signing_algorithm = metadata.id_token_signing_algorithm
    profile.token_endpoint_auth_method = metadata.secret_method
    for name, uri in metadata.pages.items():
        setattr(profile, name, uri)
    with _refusing():
        change_application(application=application, profile=profile, by=None, reason=REASON)


def delete_registration(*, registration: ClientRegistration) -> None:
    """Delete the application with all that was issued to it (RFC 7592 §2.3)."""
    application = registration.application
    with transaction.atomic():
        AuditEvent.record(AuditTag.CLIENT_DELETED_ITSELF, subject=application, details=_id(application))
        delete_application(application=application, by=None, reason=REASON)


def client_information(application: Any, said: dict[str, Any], *, registration_endpoint: str) -> dict[str, Any]:
    """Return what a client is told of itself (RFC 7591 §3.2.1), without secrets."""
    profile = application.authhub_profile
    pages = {name: getattr(profile, name) for name in PAGES}
    logout_uris = application.post_logout_redirect_uris.split()
    return {
        "client_id": application.client_id,
        "client_id_issued_at": int(application.created.timestamp()),
        "client_name": application.name,
        "application_type": "native" if profile.application_type == "native" else "web",
        "redirect_uris": application.redirect_uris.split(),
        "grant_types": profile.grant_types,
        "id_token_signed_response_alg": profile.id_token_signing_algorithm,
        "subject_type": "public",
        "require_auth_time": True,
        **said,
        **{name: uri for name, uri in pages.items() if uri},
        **({"post_logout_redirect_uris": logout_uris} if logout_uris else {}),
        "registration_client_uri": f"{registration_endpoint}/{quote(application.client_id, safe='')}",
    }


def _id(application: Any) -> dict[str, str]:
    return {"client_id": application.client_id}


def _said(metadata: ClientMetadata) -> dict[str, Any]:
    said: dict[str, Any] = {
        "token_endpoint_auth_method": metadata.auth_method,
        "response_types": list(metadata.response_types),
    }
    return {**said, "contacts": list(metadata.contacts)} if metadata.contacts else said


class _refusing:  # noqa: N801 -- reads as a statement
    """Turns what the application's own checks refuse into the protocol's errors."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if not isinstance(error, ValidationError):
            return
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        field, messages = next(iter(by_field.items()))
        refused = InvalidRedirectUriError if field == "redirect_uris" else InvalidClientMetadataError
        raise refused(f"{field}: {messages[0]}" if field not in ("", "__all__") else messages[0]) from error
