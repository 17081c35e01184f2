"""What is being decided about one token: filled in by the steps, read by everything that mints."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authhub.models import (
    ApplicationProfile,
    GrantType,
    Organization,
    ResourceServer,
    SigningAlgorithm,
    TokenDialect,
    TokenFamily,
)

USERINFO_LIFETIME_SECONDS = 86_400
"""How long an opaque token, which is good at the userinfo endpoint only, lives."""
USERINFO_LIFETIME_FOR_WEB_SECONDS = 7_200
"""The same, when it was handed to a browser directly."""


@dataclass
class Issuance:
    """
    One token on its way. The validator says for whom; `authhub.oauth.server.STEPS` decide what; the generators read.

    `requested` is what the client asked for, `consented` what the user agreed to, `scopes` what is granted.
    `requested_claims` are those asked for one by one (OpenID Connect Core §5.5): after consent, the agreed ones alone.
    `response_type` is that of the authorization request while it is answered, and empty at the token endpoint.
    """

    application: Any
    profile: ApplicationProfile
    grant_type: str
    now: datetime
    response_type: str = ""
    user: Any = None
    family: TokenFamily | None = None
    session_id: str = ""
    authenticated_at: datetime | None = None
    requested: tuple[str, ...] = ()
    consented: tuple[str, ...] | None = None
    requested_claims: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    resource_server: ResourceServer | None = None
    organization: Organization | None = None
    client_grant: frozenset[str] | None = None
    allowed: frozenset[str] = frozenset()
    permissions: tuple[str, ...] | None = None
    scopes: tuple[str, ...] = ()
    access_token_claims: dict[str, Any] = field(default_factory=dict)
    id_token_claims: dict[str, Any] = field(default_factory=dict)
    rules_trace: list[dict[str, Any]] = field(default_factory=list)
    jti: str = ""

    @property
    def is_machine(self) -> bool:
        """Whether the application asks for itself (RFC 6749 §4.4)."""
        return self.grant_type == GrantType.CLIENT_CREDENTIALS

    @property
    def is_front_channel(self) -> bool:
        """Whether the authorization endpoint itself hands out the token."""
        return self.grant_type == GrantType.IMPLICIT

    @property
    def has_code(self) -> bool:
        """Whether the authorization response has a code, to be redeemed later."""
        return "code" in self.response_type.split(" ")

    @property
    def is_opaque(self) -> bool:
        """Whether the access token is for the userinfo endpoint alone."""
        return self.resource_server is None

    @property
    def audience_name(self) -> str:
        """What the event log calls that for which the token is: the API's identifier, or ``userinfo``."""
        return self.resource_server.identifier if self.resource_server else "userinfo"

    @property
    def dialect(self) -> TokenDialect:
        """The API's token format."""
        return TokenDialect(self.resource_server.token_dialect if self.resource_server else TokenDialect.ACCESS_TOKEN)

    @property
    def signing_algorithm(self) -> str:
        """The API's algorithm (RFC 7518 §3.1)."""
        return self.resource_server.signing_algorithm if self.resource_server else SigningAlgorithm.RS256

    @property
    def lifetime_seconds(self) -> int:
        """The API's token lifetime, in browsers or elsewhere, cut to what remains of the authorization."""
        api, is_for_web = self.resource_server, self.is_front_channel
        if api is None:
            wanted = USERINFO_LIFETIME_FOR_WEB_SECONDS if is_for_web else USERINFO_LIFETIME_SECONDS
        else:
            wanted = api.token_lifetime_for_web_seconds if is_for_web else api.token_lifetime_seconds
        if self.family is None:
            return wanted
        return max(1, min(wanted, int((self.family.expires_at - self.now).total_seconds())))

    @property
    def may_refresh(self) -> bool:
        """
        Whether a refresh token may be issued: asked for, and allowed to the application and by the API (E-10).

        Never where no code is (OpenID Connect Core §11): it would have to travel through the browser.
        """
        return (
            not self.is_machine
            and (not self.response_type or self.has_code)
            and self.profile.allows_grant_type(GrantType.REFRESH_TOKEN)
            and (self.resource_server is None or self.resource_server.allow_offline_access)
        )

    @property
    def gives_refresh_token(self) -> bool:
        """
        Whether this token comes with a refresh token.

        A refresh gives the next one, unless the application's are not rotated: then the client has it already.
        """
        return self._goes_on and not self.keeps_refresh_token

    @property
    def keeps_refresh_token(self) -> bool:
        """Whether the refresh token that was used stays good: the application's are not rotated."""
        return self._goes_on and self.is_refresh and not self.profile.rotates_refresh_tokens

    @property
    def is_refresh(self) -> bool:
        """Whether a refresh token is exchanged (RFC 6749 §6)."""
        return self.grant_type == GrantType.REFRESH_TOKEN

    @property
    def _goes_on(self) -> bool:
        """A refresh for fewer scopes narrows that access token only, and goes on all the same (RFC 6749 §6)."""
        return "offline_access" in self.scopes or (self.is_refresh and "offline_access" not in self.requested)
