"""What a body says of an application, as settings by the names of our columns."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from authhub.api.client_shape import NO_SECRET
from authhub.api.errors import invalid_body
from authhub.models import ApplicationProfile, ApplicationType, SecretMethod

ADDRESSES = {"callbacks": "redirect_uris", "allowed_logout_urls": "post_logout_redirect_uris"}
ORIGINS = ("web_origins", "allowed_origins")
JWT = {"alg": "id_token_signing_algorithm", "lifetime_in_seconds": "id_token_lifetime_seconds"}
REFRESH = {
    "leeway": "refresh_token_leeway_seconds",
    "token_lifetime": "refresh_token_lifetime_seconds",
    "idle_token_lifetime": "refresh_token_idle_lifetime_seconds",
}
PLAIN = (
    "application_type",
    "description",
    "grant_types",
    "is_first_party",
    "require_pkce",
    "initiate_login_uri",
    "logo_uri",
)
MEMBERS = {
    **{column: f"{name}" for name, column in ADDRESSES.items()},
    **{column: f"jwt_configuration/{name}" for name, column in JWT.items()},
    **{column: f"refresh_token/{name}" for name, column in REFRESH.items()},
    "allowed_origins": "web_origins",
    "application_type": "app_type",
    "backchannel_logout_uri": "oidc_logout/backchannel_logout_urls",
    "metadata": "client_metadata",
    "refresh_tokens_expire": "refresh_token/expiration_type",
    "rotate_refresh_tokens": "refresh_token/rotation_type",
}
"""Where in the body a column stands."""


def addresses(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what the body says of the columns of the toolkit's record that hold addresses."""
    said = {column: list(body[name] or []) for name, column in ADDRESSES.items() if name in body}
    if any(name in body for name in ORIGINS):
        both = [uri for name in ORIGINS for uri in body.get(name) or []]
        said["allowed_origins"] = list(dict.fromkeys(both))
    return said


def profile_settings(body: Mapping[str, Any], before: ApplicationProfile) -> dict[str, Any]:
    """
    Return what the body says of the columns of the profile.

    Raises:
        ApiError: the way in which it sends its secret does not go with what kind of application it is.
    """
    said = {name: body[name] for name in PLAIN if name in body}
    said |= {
        column: body["jwt_configuration"][name]
        for name, column in JWT.items()
        if name in _part(body, "jwt_configuration")
    }
    refresh = _part(body, "refresh_token")
    said |= {column: refresh[name] for name, column in REFRESH.items() if name in refresh}
    if "rotation_type" in refresh:
        said["rotate_refresh_tokens"] = refresh["rotation_type"] == "rotating"
    if "expiration_type" in refresh:
        said["refresh_tokens_expire"] = refresh["expiration_type"] == "expiring"
    for name in ("oidc_backchannel_logout", "oidc_logout"):
        if name in body:
            urls = (body[name] or {}).get("backchannel_logout_urls", [])
            said["backchannel_logout_uri"] = urls[0] if urls else ""
    if "client_metadata" in body:
        merged = {**before.metadata, **body["client_metadata"]} if body["client_metadata"] else {}
        said["metadata"] = {name: value for name, value in merged.items() if value is not None}
    return {**said, **_secret_method(body, said.get("application_type", before.application_type))}


def _secret_method(body: Mapping[str, Any], application_type: str) -> dict[str, str]:
    method, is_public = body.get("token_endpoint_auth_method"), ApplicationType(application_type).is_public
    if method is None:
        return {"token_endpoint_auth_method": ""} if is_public else {}
    if is_public != (method == NO_SECRET):
        expected = NO_SECRET if is_public else " or ".join(SecretMethod.values)
        raise invalid_body(f"token_endpoint_auth_method: For an application of this app_type it is {expected}.")
    return {"token_endpoint_auth_method": "" if is_public else method}


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part: Mapping[str, Any] = body.get(name) or {}
    return part


def in_words_of_the_body(error: ValidationError) -> ValidationError:
    """Return what a model refused, with the members of the body in place of our columns."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({MEMBERS.get(name, name): said for name, said in error.error_dict.items()})
