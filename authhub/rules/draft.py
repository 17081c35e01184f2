"""The token in the making: what the rules have answered so far, applied one outcome at a time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from authhub.rules.claims import CLAIMS_BYTES_MAX, ClaimError, plain_value, reason_to_refuse, size_in_bytes
from authhub.rules.context import RuleContext
from authhub.rules.outcomes import (
    TOKENS,
    AddClaim,
    AddScope,
    Answer,
    Deny,
    EnrichUser,
    Outcome,
    RedirectTo,
    RemoveScope,
    RequireMfa,
    UnauthorizedError,
)


class Draft:
    """
    What the token would be if no further rule spoke.

    `changes` and `refusals` say in words, without values, what the outcomes did and what was not done.
    """

    def __init__(self, context: RuleContext) -> None:
        self.context = context
        self.claims: dict[str, dict[str, Any]] = {token: {} for token in TOKENS}
        self.denial: Deny | None = None
        self.require_mfa: RequireMfa | None = None
        self.redirect: RedirectTo | None = None
        self.changes: list[str] = []
        self.refusals: list[str] = []

    @property
    def is_over(self) -> bool:
        """Whether later rules have nothing to say any more."""
        return self.denial is not None or self.redirect is not None

    def copy(self) -> "Draft":
        """Return a draft that goes its own way from here, with nothing said of changes yet."""
        other = Draft(self.context)
        other.claims = {token: dict(claims) for token, claims in self.claims.items()}
        other.denial, other.require_mfa, other.redirect = self.denial, self.require_mfa, self.redirect
        return other

    def apply(self, outcome: Outcome) -> None:
        """
        Apply one outcome.

        Raises:
            ClaimError: two rules set one claim to different values, or the claims cannot be carried.
            TypeError: it is no outcome.
        """
        match outcome:
            case AddClaim():
                self._add_claim(outcome)
            case RemoveScope(scope):
                self._remove_scope(scope)
            case AddScope(scope):
                self._add_scope(scope)
            case Deny():
                self.denial = self.denial or outcome
                self.changes.append(f"deny with {outcome.code}: {outcome.reason}")
            case RequireMfa():
                self.require_mfa = outcome
                self.changes.append("require a second factor")
            case RedirectTo(url):
                self.redirect = self.redirect or outcome
                self.changes.append(f"redirect to {url.partition('?')[0]}")
            case EnrichUser(authorization):
                if self.context.user is not None:
                    user = replace(self.context.user, enrichment=authorization)
                    self.context = replace(self.context, user=user)
                    self.changes.append("enrich the user")
            case _:
                raise TypeError(f"a rule answered with `{type(outcome).__name__}`, which is no outcome")

    def _add_claim(self, claim: AddClaim) -> None:
        if reason := reason_to_refuse(claim.name):
            self.refusals.append(f"claim {claim.name}: {reason}")
            return
        value = plain_value(claim.value)
        for token in claim.to:
            claims = self.claims[token]
            if claim.name in claims and claims[claim.name] != value:
                raise ClaimError(f"the claim `{claim.name}` was already set to another value")
            claims[claim.name] = value
            if size_in_bytes(claims) > CLAIMS_BYTES_MAX:
                raise ClaimError(f"the claims of rules take more than {CLAIMS_BYTES_MAX} bytes")
        self.changes.append(f"set claim {claim.name} of {' and '.join(claim.to)}")

    def _remove_scope(self, scope: str) -> None:
        if scope in self.context.scopes:
            kept = tuple(present for present in self.context.scopes if present != scope)
            self.context = replace(self.context, scopes=kept)
            self.changes.append(f"remove scope {scope}")

    def _add_scope(self, scope: str) -> None:
        if scope in self.context.scopes:
            return
        if scope not in self.context.allowed_scopes:
            self.refusals.append(f"scope {scope}: not allowed to this user and application at this API")
            return
        self.context = replace(self.context, scopes=(*self.context.scopes, scope))
        self.changes.append(f"add scope {scope}")


def outcomes_of(answer: Answer) -> Iterator[Outcome]:
    """Yield the outcomes of a rule's answer: none, one, or those of an iterable."""
    if answer is None:
        return
    parts = answer if isinstance(answer, list | tuple | Iterator) else (answer,)
    for part in parts:
        yield Deny(str(part), code="unauthorized") if isinstance(part, UnauthorizedError) else part
