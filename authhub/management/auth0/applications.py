"""What becomes of Auth0's clients: applications here, under the same client_id (M-02)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from authhub.conf import conf
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.names import Names
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.said import Said
from authhub.models import DEFAULT_GRANT_TYPES, ApplicationType, GrantType
from authhub.models.applications import LEEWAY_MAX_SECONDS
from authhub.oauth.redirect_uris import validate_origin, validate_redirect_uri

Settings = dict[str, Any]

NAME_MAX = 255
CLIENT_ID = re.compile(r"[\x21-\x7e]{1,100}")
AUTH0_GRANT_TYPES: Mapping[str, str] = {
    **{value: value for value in GrantType.values},
    "http://auth0.com/oauth/grant-type/password-realm": GrantType.PASSWORD.value,
}
REDIRECTING = (GrantType.AUTHORIZATION_CODE, GrantType.IMPLICIT)
NOT_KNOWN_HERE = (
    "addons",
    "allowed_clients",
    "client_authentication_methods",
    "compliance_level",
    "cross_origin_auth",
    "cross_origin_authentication",
    "encryption_key",
    "express_configuration",
    "mobile",
    "native_social_login",
    "organization_usage",
    "require_proof_of_possession",
    "require_pushed_authorization_requests",
    "token_exchange",
    "token_quota",
)
"""Settings that change how Auth0 behaves, and that authhub does not have."""


def application_in(said: Said, findings: Findings) -> Settings | None:
    """
    Return the settings of an application here that a client of the export becomes, or None if it becomes none.

    Raises:
        ExportError: the record is not what Auth0 writes.
    """
    name = said.name("name")
    subject = f"application `{name}`"
    if said.flag("global"):
        return None  # "All Applications": Auth0's own, with nothing to carry
    kind = _kind(said)
    if kind is None:
        reason = f"is of the type `{said.text('app_type')}`, which authhub does not have"
        findings.not_carried("application_type", subject, reason)
        return None
    settings: Settings = {
        "name": name[:NAME_MAX],
        "application_type": kind.value,
        "is_first_party": said.flag("is_first_party", default=True),
        "redirect_uris": _allowed(said.texts("callbacks"), kind, subject, "callback", findings),
        "post_logout_redirect_uris": _allowed(said.texts("allowed_logout_urls"), kind, subject, "logout URL", findings),
        "allowed_origins": _origins([*said.texts("web_origins"), *said.texts("allowed_origins")], subject, findings),
        "metadata": said.within("client_metadata").record,
    }
    settings["grant_types"] = _grant_types(said, kind, settings, subject, findings)
    if not settings["grant_types"]:
        findings.not_carried("no_flow", subject, "no flow is left that it could use here: register it anew")
        return None
    settings |= _tokens(said, kind, subject, findings) | _pages(said, subject, findings)
    _report_the_rest(said, kind, subject, findings)
    return settings


def client_id_in(said: Said, names: Names) -> str | None:
    """
    Return the client_id that a client keeps or is given by `names`, by its old one or by its name; None: a new one.

    Raises:
        ExportError: it is none that could be sent.
    """
    old = said.text("client_id")
    found = names.new(old) or names.new(said.name("name")) or old or None
    if found is not None and not CLIENT_ID.fullmatch(found):
        raise ExportError([f"{said.place}: `{found[:100]}` is no client_id"])
    return found


def _kind(said: Said) -> ApplicationType | None:
    app_type = said.text("app_type")
    return ApplicationType(app_type) if app_type in ApplicationType.values else None


def _allowed(uris: Iterable[str], kind: str, subject: str, noun: str, findings: Findings) -> list[str]:
    allowed = []
    for uri in uris:
        try:
            validate_redirect_uri(uri, kind)
        except ValidationError as error:
            findings.not_carried("uri", subject, f"{noun} {' '.join(error.messages)}")
        else:
            allowed.append(uri)
    return allowed


def _origins(origins: Iterable[str], subject: str, findings: Findings) -> list[str]:
    allowed: dict[str, None] = {}
    for origin in origins:
        written = origin.rstrip("/").lower()
        try:
            validate_origin(written)
        except ValidationError as error:
            findings.not_carried("uri", subject, f"origin {' '.join(error.messages)}")
        else:
            allowed[written] = None
    return list(allowed)


def _grant_types(said: Said, kind: ApplicationType, settings: Settings, subject: str, findings: Findings) -> list[str]:
    asked = said.texts("grant_types") or DEFAULT_GRANT_TYPES[kind]
    granted: dict[str, None] = {}
    for each in asked:
        grant_type = AUTH0_GRANT_TYPES.get(each)
        reason = (
            "authhub does not have it"
            if grant_type is None
            else "it needs a secret, which such an application cannot keep"
            if grant_type == GrantType.CLIENT_CREDENTIALS and kind.is_public
            else "a third-party application never sees the user's password"
            if grant_type == GrantType.PASSWORD and not settings["is_first_party"]
            else "it needs a callback, and none was carried"
            if grant_type in REDIRECTING and not settings["redirect_uris"]
            else ""
        )
        if reason or grant_type is None:
            findings.not_carried("grant_type", subject, f"grant type `{each}`: {reason}")
        else:
            granted[grant_type] = None
            if grant_type in (GrantType.IMPLICIT, GrantType.PASSWORD) and grant_type not in conf.legacy_grant_types:
                reason = f'uses `{grant_type}`, which is off until AUTHHUB["LEGACY_GRANT_TYPES"] names it'
                findings.to_do("legacy_grant_type", subject, reason)
    if set(granted) == {GrantType.REFRESH_TOKEN.value}:
        return []
    return sorted(granted)


def _tokens(said: Said, kind: ApplicationType, subject: str, findings: Findings) -> Settings:
    id_token, refresh = said.within("jwt_configuration"), said.within("refresh_token")
    settings: Settings = {}
    if id_token.has("lifetime_in_seconds"):
        settings["id_token_lifetime_seconds"] = id_token.number("lifetime_in_seconds", 36000)
    if id_token.text("alg", "RS256") != "RS256":
        findings.changed("id_token_algorithm", subject, f"ID tokens are signed with RS256, not {id_token.text('alg')}")
    if not refresh.record:
        return settings
    rotates = refresh.text("rotation_type", "non-rotating") == "rotating"
    expires = refresh.text("expiration_type", "non-expiring") == "expiring"
    if kind.is_public and not (rotates and expires):
        findings.changed("refresh_tokens", subject, "its refresh tokens are used once, and expire")
    lifetime = refresh.number("token_lifetime", 2_592_000) or 2_592_000
    idle = refresh.number("idle_token_lifetime", 1_296_000) or 1_296_000
    leeway = refresh.number("leeway", 0)
    if leeway > LEEWAY_MAX_SECONDS:
        reason = f"a used refresh token works for {LEEWAY_MAX_SECONDS} seconds more, not {leeway}"
        findings.changed("refresh_tokens", subject, reason)
    return settings | {
        "rotate_refresh_tokens": rotates or kind.is_public,
        "refresh_tokens_expire": expires or kind.is_public,
        "refresh_token_lifetime_seconds": lifetime,
        "refresh_token_idle_lifetime_seconds": min(idle, lifetime),
        "refresh_token_leeway_seconds": min(leeway, LEEWAY_MAX_SECONDS),
    }


def _pages(said: Said, subject: str, findings: Findings) -> Settings:
    pages: Settings = {}
    for key in ("logo_uri", "initiate_login_uri"):
        uri = said.text(key)
        if uri.startswith("https://"):
            pages[key] = uri
        elif uri:
            findings.not_carried("uri", subject, f"`{key}` “{uri}” must use https")
    logout = said.within("oidc_logout").texts("backchannel_logout_urls")
    logout += said.within("oidc_backchannel_logout").texts("backchannel_logout_urls")
    allowed = _allowed(dict.fromkeys(logout), ApplicationType.REGULAR_WEB, subject, "back-channel logout URL", findings)
    for uri in allowed[1:]:
        findings.not_carried("uri", subject, f"back-channel logout URL “{uri}”: there is one for each application")
    return pages | ({"backchannel_logout_uri": allowed[0]} if allowed else {})


def _report_the_rest(said: Said, kind: ApplicationType, subject: str, findings: Findings) -> None:
    further = [key for key in NOT_KNOWN_HERE if said.has(key)]
    if further:
        findings.not_carried("settings", subject, f"settings that authhub does not have: {', '.join(further)}")
    method = said.text("token_endpoint_auth_method")
    if method == "private_key_jwt" or said.has("client_authentication_methods"):
        findings.changed("authentication", subject, "authenticates with a secret: authhub takes no signed assertions")
    elif method == "none" and not kind.is_public:
        findings.changed("authentication", subject, "must send a secret: an application of its type keeps one")
    elif method not in ("", "none") and kind.is_public:
        findings.changed("authentication", subject, "sends no secret: an application of its type cannot keep one")
    if not kind.is_public and GrantType.AUTHORIZATION_CODE in said.texts("grant_types"):
        findings.to_do("pkce", subject, "must use PKCE (S256); if its library cannot, switch “require PKCE” off")
