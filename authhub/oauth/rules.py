"""Step three: the deployment's rules have the last word on a token (`design.md` §7)."""

from typing import Any

from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, CustomOAuth2Error, OAuth2Error

from authhub.models import ApplicationProfile, GrantType
from authhub.oauth.claims import known_claims, subject_of
from authhub.oauth.core_requests import django_request
from authhub.oauth.errors import UnauthorizedError
from authhub.oauth.extension_policy import OWN_CONNECTIONS, keep_policy, policy_for_rules
from authhub.oauth.issuance import Issuance
from authhub.rbac.review import authorized_groups, authorized_roles, user_permissions
from authhub.rules.builtin import AUTHORIZATION_EXTENSION, named
from authhub.rules.context import (
    Authorization,
    RuleClient,
    RuleConnection,
    RuleContext,
    RuleOrganization,
    RuleRequest,
    RuleResourceServer,
    RuleSession,
    RuleUser,
    Toggles,
)
from authhub.rules.pipeline import evaluate
from authhub.rules.recording import record
from authhub.rules.registry import credentials_exchange, post_login
from authhub.rules.toggles import current_toggles

PROTOCOLS = {
    GrantType.AUTHORIZATION_CODE: "oidc-basic-profile",
    GrantType.IMPLICIT: "oidc-implicit-profile",
    GrantType.REFRESH_TOKEN: "oauth2-refresh-token",
    GrantType.CLIENT_CREDENTIALS: "oauth2-client-credentials",
    GrantType.DEVICE_CODE: "oauth2-device-code",
    GrantType.PASSWORD: "oauth2-password",
}
"""Auth0's names of the protocols (C.11)."""
HYBRID_PROTOCOL = "oidc-hybrid-profile"
"""Of tokens that the authorization endpoint hands out beside a code; the code's own are of the basic profile."""


def run_rules(request: Any) -> None:
    """
    Run the rules of this token and apply their verdict to ``request.issuance`` and ``request.scopes``.

    Rules run for the authorization request, so that a refusal reaches the browser, and again for every token that is
    minted, so that no token carries what no longer holds.

    Raises:
        AccessDeniedError, UnauthorizedError, CustomOAuth2Error: a rule denied, or asks for what no page does yet.
    """
    issuance: Issuance = request.issuance
    trigger = credentials_exchange if issuance.is_machine else post_login
    context = context_of(issuance, request)
    verdict = evaluate(trigger, context)
    if issuance.is_machine or verdict.refusal is not None:
        record(verdict, context, user=issuance.user, application=issuance.application)
    else:
        # The event of the exchange will tell what the rules did.
        issuance.rules_trace = [entry.as_details() for entry in verdict.trace if entry.is_worth_recording]
    if verdict.refusal is not None:
        raise _refusal(verdict.refusal.code, verdict.refusal.description, request)
    if any(entry.rule == AUTHORIZATION_EXTENSION and not entry.is_shadow for entry in verdict.trace):
        keep_policy(issuance, context)
    issuance.scopes = tuple(verdict.scopes)
    issuance.access_token_claims = dict(verdict.access_token_claims)
    issuance.id_token_claims = dict(verdict.id_token_claims)
    request.scopes = list(issuance.scopes)


def context_of(issuance: Issuance, request: Any) -> RuleContext:
    """Return what the rules are told about a token: values, and names that are loaded when a rule looks."""
    web_request = django_request(request)
    profile: ApplicationProfile = issuance.profile
    api, organization = issuance.resource_server, issuance.organization
    parameters = getattr(web_request, "oauth_parameters", {})
    # A third party never gets what the user did not agree to, whatever a rule says.
    ceiling = (
        issuance.allowed
        if profile.is_first_party or issuance.is_machine
        else issuance.allowed & frozenset(issuance.consented or ())
    )
    user = _user(issuance)
    return RuleContext(
        user=user,
        client=RuleClient(
            id=issuance.application.client_id,
            pk=issuance.application.pk,
            name=issuance.application.name,
            application_type=profile.application_type,
            metadata=profile.metadata,
            is_first_party=profile.is_first_party,
        ),
        resource_server=None if api is None else RuleResourceServer(identifier=api.identifier, name=api.name),
        request=RuleRequest(
            ip=web_request.META.get("REMOTE_ADDR", ""),
            user_agent=web_request.META.get("HTTP_USER_AGENT", ""),
            method=web_request.method or "",
            query=parameters if web_request.method == "GET" else {},
            body=parameters if web_request.method == "POST" else {},
        ),
        connection=_connection(user),
        organization=None
        if organization is None
        else RuleOrganization(
            id=organization.public_id, name=organization.name, display_name=organization.display_name
        ),
        authorization=_authorization(issuance),
        policy=None if user is None else _policy(issuance, user),
        toggles=Toggles() if user is None else current_toggles(),
        protocol=_protocol(issuance),
        grant_type=issuance.grant_type,
        scopes=issuance.scopes,
        allowed_scopes=ceiling,
        session=RuleSession(id=issuance.session_id, authenticated_at=issuance.authenticated_at),
    )


def _protocol(issuance: Issuance) -> str:
    if issuance.is_front_channel and issuance.has_code:
        return HYBRID_PROTOCOL
    return PROTOCOLS.get(GrantType(issuance.grant_type), "")


def _user(issuance: Issuance) -> RuleUser | None:
    if issuance.is_machine:
        return None
    claims = known_claims(issuance.user)
    return RuleUser(
        id=subject_of(issuance.user),
        pk=issuance.user.pk,
        username=issuance.user.get_username(),
        email=claims.get("email") or "",
        email_verified=bool(claims.get("email_verified")),
        name=claims.get("name") or "",
        attributes=claims,
    )


def _connection(user: RuleUser | None) -> RuleConnection:
    """Return where a user comes from: the project says so in ``CLAIMS_MAPPING``, or it is the project itself."""
    if user is None:
        return RuleConnection()
    name = str(user.attributes.get("connection") or OWN_CONNECTIONS[0])
    return RuleConnection(name=name, strategy=name)


def _policy(issuance: Issuance, user: RuleUser) -> Authorization:
    groups = named(user.attributes.get("groups"))
    connection = _connection(user).name
    return policy_for_rules(issuance, subject=user.id, connection=connection, incoming_groups=groups)


def _authorization(issuance: Issuance) -> Authorization:
    if issuance.is_machine:
        return Authorization(permissions=sorted(issuance.client_grant or ()))
    user, organization, now = issuance.user, issuance.organization, issuance.now

    def permissions() -> list[str]:
        if issuance.resource_server is None:
            return []
        held = user_permissions(user, issuance.resource_server, organization, now)
        return list(held.order_by("value").values_list("value", flat=True))

    return Authorization(
        groups=lambda: authorized_groups(user).order_by("name").values_list("name", flat=True),
        roles=lambda: authorized_roles(user, organization, now).order_by("name").values_list("name", flat=True),
        permissions=permissions,
    )


def _refusal(code: str, description: str, request: Any) -> OAuth2Error:
    if code == UnauthorizedError.error:
        return UnauthorizedError(description, request=request)
    if code == AccessDeniedError.error:
        return AccessDeniedError(description, request=request)
    return CustomOAuth2Error(code, description=description, request=request)
