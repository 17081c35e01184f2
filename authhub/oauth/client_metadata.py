"""What a client says of itself when it registers (RFC 7591 §2, OpenID Connect Registration §2), checked and typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authhub.models import ApplicationType, GrantType, SigningAlgorithm
from authhub.oauth.errors import InvalidClientMetadataError, InvalidRedirectUriError
from authhub.oauth.grant_types import enabled_grant_types
from authhub.oauth.parameters import CONTROL_CHARACTER
from authhub.oauth.response_types import RESPONSE_TYPES, canonical_response_type, supported_response_types

TEXT_LIMIT = 2_000
NAME_LIMIT = 100
LIST_LIMIT = 20
PAGES = ("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri")
"""Addresses of the application's own, by the names of our columns, which are the standard's."""
REGISTRABLE = frozenset(
    {
        GrantType.AUTHORIZATION_CODE.value,
        GrantType.REFRESH_TOKEN.value,
        GrantType.IMPLICIT.value,
        GrantType.DEVICE_CODE.value,
    }
)
"""What an application may register for itself: nothing that gets tokens without a user, or sees a password (CA23)."""
METHODS = ("client_secret_basic", "client_secret_post", "none")
UNSUPPORTED = (
    "sector_identifier_uri",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
)
"""What a client that asks for it relies on, and would not get."""


@dataclass(frozen=True)
class ClientMetadata:
    """
    What a client may be registered with. URIs are checked for their form only: whether they are allowed is said by
    `authhub.oauth.registration.check_application` and the columns that they are stored in.
    """

    name: str
    application_type: ApplicationType
    auth_method: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    id_token_signing_algorithm: str
    pages: Mapping[str, str]
    contacts: tuple[str, ...]

    @property
    def secret_method(self) -> str:
        """How it sends its secret; empty if it has none."""
        return "" if self.auth_method == "none" else self.auth_method


def client_metadata(said: Mapping[str, Any]) -> ClientMetadata:
    """
    Return what of a registration request counts. What is not known is ignored (RFC 7591 §2).

    ``jwks`` and ``jwks_uri`` are ignored, too: nothing here uses a client's keys, and nothing is fetched from it.

    Raises:
        InvalidClientMetadataError, InvalidRedirectUriError: what it asks for is unreadable, unsafe or not to be had.
    """
    for name in UNSUPPORTED:
        if said.get(name):
            raise InvalidClientMetadataError(f"{name} is not supported.")
    if "jwks" in said and "jwks_uri" in said:
        raise InvalidClientMetadataError("jwks and jwks_uri exclude each other.")
    _one_of(said, "subject_type", ("public",), "public")
    uris = _texts(said, "redirect_uris", InvalidRedirectUriError)
    kind, method = _kind(said)
    grant_types, response_types = _flows(said)
    return ClientMetadata(
        name=_name(said, uris),
        application_type=kind,
        auth_method=method,
        redirect_uris=uris,
        post_logout_redirect_uris=_texts(said, "post_logout_redirect_uris"),
        grant_types=grant_types,
        response_types=response_types,
        id_token_signing_algorithm=_one_of(
            said, "id_token_signed_response_alg", SigningAlgorithm.values, SigningAlgorithm.RS256.value
        ),
        pages={name: _text(said, name) for name in PAGES},
        contacts=_texts(said, "contacts"),
    )


def _kind(said: Mapping[str, Any]) -> tuple[ApplicationType, str]:
    """Return the type and the way it authenticates; a native application keeps no secret (RFC 8252 §8.4)."""
    is_native = _one_of(said, "application_type", ("web", "native"), "web") == "native"
    method = _one_of(said, "token_endpoint_auth_method", METHODS, "none" if is_native else METHODS[0])
    if is_native and method != "none":
        raise InvalidClientMetadataError("A native application keeps no secret: token_endpoint_auth_method is none.")
    if is_native:
        return ApplicationType.NATIVE, method
    return ApplicationType.SPA if method == "none" else ApplicationType.REGULAR_WEB, method


def _flows(said: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    grant_types = _texts(said, "grant_types") or (GrantType.AUTHORIZATION_CODE.value,)
    refused = set(grant_types) - (REGISTRABLE & enabled_grant_types())
    if refused:
        raise InvalidClientMetadataError("A grant type is not to be had by registration.")
    by_default = ("code",) if GrantType.AUTHORIZATION_CODE in grant_types else ()
    asked = tuple(canonical_response_type(each) for each in _texts(said, "response_types") or by_default)
    if set(asked) - set(supported_response_types()):
        raise InvalidClientMetadataError("A response type is not supported.")
    if not {grant for each in asked for grant in RESPONSE_TYPES[each]} <= set(grant_types):
        raise InvalidClientMetadataError("The grant types do not go with the response types (RFC 7591 §2.1).")
    return tuple(dict.fromkeys(grant_types)), tuple(dict.fromkeys(asked))


def _name(said: Mapping[str, Any], uris: tuple[str, ...]) -> str:
    name = _text(said, "client_name", NAME_LIMIT).strip()
    # Without a name people would be asked to allow nobody in particular.
    return name or next((host for uri in uris if (host := urlsplit(uri).hostname)), "") or "Application"


def _one_of(said: Mapping[str, Any], name: str, allowed: Any, default: str) -> str:
    value = said.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise InvalidClientMetadataError(f"{name} must be one of: {', '.join(allowed)}.")
    return value


def _text(said: Mapping[str, Any], name: str, limit: int = TEXT_LIMIT) -> str:
    value = said.get(name, "")
    if not isinstance(value, str) or len(value) > limit or CONTROL_CHARACTER.search(value):
        raise InvalidClientMetadataError(f"{name} must be a text of at most {limit} characters.")
    return value


def _texts(
    said: Mapping[str, Any],
    name: str,
    refused: type[InvalidClientMetadataError | InvalidRedirectUriError] = InvalidClientMetadataError,
) -> tuple[str, ...]:
    values = said.get(name, [])
    if not isinstance(values, list) or len(values) > LIST_LIMIT:
        raise refused(f"{name} must be a list of at most {LIST_LIMIT}.")
    for value in values:
        if not isinstance(value, str) or not 0 < len(value) <= TEXT_LIMIT or CONTROL_CHARACTER.search(value):
            raise refused(f"{name} must be texts of at most {TEXT_LIMIT} characters.")
    return tuple(values)
