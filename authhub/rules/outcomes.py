"""What a rule may answer: nothing, one of these, or several in a list."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authhub.rules.context import Authorization, frozen

TOKENS = ("access_token", "id_token")


class UnauthorizedError(Exception):
    """
    Raised or returned by a rule: refuse the token with ``error=unauthorized`` and this text (Auth0's own code, C.5).

    Unlike any other exception its text is shown to the application.
    """


@dataclass(frozen=True)
class AddClaim:
    """
    Set a claim of the access token, the ID token, or (by default) both.

    `value` is what JSON can say. Reserved names are refused (`authhub.rules.claims`); use a URL of your own as a
    namespace, for example ``https://api.example.com/email``.
    """

    name: str
    value: Any
    to: tuple[str, ...] = TOKENS

    def __post_init__(self) -> None:
        to = (self.to,) if isinstance(self.to, str) else tuple(self.to)
        if not to or set(to) - set(TOKENS):
            raise ValueError(f"a claim goes to {' or '.join(f'`{token}`' for token in TOKENS)}")
        object.__setattr__(self, "to", to)


@dataclass(frozen=True)
class RemoveScope:
    """Leave a scope out of the token."""

    scope: str


@dataclass(frozen=True)
class AddScope:
    """Put a scope into the token; refused unless it is in the context's `allowed_scopes`."""

    scope: str


@dataclass(frozen=True)
class Deny:
    """
    Refuse the token. Later rules do not run.

    `reason` is shown to the application; `code` is an OAuth error code (RFC 6749 §4.1.2.1, §5.2).
    """

    reason: str
    code: str = "access_denied"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.code):
            raise ValueError("an error code is made of lower-case letters, digits and underscores")

    @property
    def description(self) -> str:
        """`reason` in the characters that ``error_description`` may have (RFC 6749 §5.2)."""
        plain = self.reason.replace('"', "'").replace("\\", "/")
        return re.sub(r"[^\x20-\x7e]", "?", re.sub(r"[\x00-\x1f\x7f]+", " ", plain))


@dataclass(frozen=True)
class RequireMfa:
    """Ask the user for a second factor before the token is issued. Later rules still run."""

    allow_remember_browser: bool = False


@dataclass(frozen=True)
class RedirectTo:
    """Send the user to a page of the deployment first. Later rules do not run until the user is back."""

    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.match(r"https?://[^/]", self.url):
            raise ValueError("a redirect goes to an absolute http or https address")
        object.__setattr__(self, "parameters", frozen(self.parameters))


@dataclass(frozen=True)
class EnrichUser:
    """Let later rules see these as the user's groups, roles and permissions. Changes no token."""

    authorization: Authorization


Outcome = AddClaim | RemoveScope | AddScope | Deny | RequireMfa | RedirectTo | EnrichUser
Answer = Outcome | UnauthorizedError | Iterable[Outcome | UnauthorizedError] | None
