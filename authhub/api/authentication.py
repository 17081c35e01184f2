"""Who calls: a machine, or a user through an application, with an access token of ours for this very API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from authhub.oauth.live import live_scopes
from authhub.oauth.presented_tokens import present
from authhub.resource_server.challenges import UnauthorizedError, bearer_challenge


@dataclass(frozen=True)
class Caller:
    """
    `actor` is who a change is recorded as: the user, or the application that acts for itself.

    `scopes` are those of the token that are still held at this moment (AD19).
    """

    actor: Any
    application: Any
    scopes: frozenset[str]
    claims: Mapping[str, Any]

    @property
    def is_machine(self) -> bool:
        """Whether an application acts for itself."""
        return self.actor is self.application


class LiveTokenAuthentication(BaseAuthentication):
    """
    Takes a living access token for the view's `audience` from the header; `request.auth` becomes a `Caller`.

    What was taken away by a commit is gone at the next call: a revoked token, a disabled user or application, a role.
    """

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """Return who calls, or None for a request without a bearer token, which is then refused with 401."""
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        audience = _audience_of(request)
        token = present(credentials.strip().decode("ascii", errors="replace"))
        if token is None or not token.is_live or token.is_opaque or audience not in token.audiences:
            raise UnauthorizedError("The access token is not good for this API.", realm=audience)
        actor = token.application if token.user is None else token.user
        caller = Caller(actor, token.application, live_scopes(token.claims) or frozenset(), token.claims)
        return token.user or AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge for a request without credentials (RFC 6750 §3)."""
        return bearer_challenge(_audience_of(request))


def _audience_of(request: Request) -> str:
    return str(request.parser_context["view"].audience)
