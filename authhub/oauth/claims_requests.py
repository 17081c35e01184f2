"""
The ``claims`` parameter (OpenID Connect Core §5.5): claims asked for one by one, in the ID token or from userinfo.

A claim is told only where the scope that would tell it may be: it counts as a part of that scope when the user is asked
for consent, so that a third party learns nothing more by asking for less.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from authhub.oauth.claims import CLAIMS_BY_SCOPE
from authhub.oauth.parameters import CONTROL_CHARACTER

TARGETS = ("id_token", "userinfo")
CLAIM_LIMIT = 50
"""Claims asked for in one target; there are 20 standard ones."""
VALUES_LIMIT = 50
SCOPE_BY_CLAIM: Mapping[str, str] = {claim: scope for scope, claims in CLAIMS_BY_SCOPE.items() for claim in claims}

RequestedClaims = dict[str, dict[str, dict[str, Any]]]
"""By target and by claim, how it is asked for: ``essential``, ``value``, ``values``."""


class UnusableClaimsError(Exception):
    """The parameter cannot be read. The text is for the client's developer and repeats nothing of it."""


def parse_claims(text: str | None) -> RequestedClaims:
    """
    Return what a ``claims`` parameter asks for; what nobody defined is ignored (§5.5).

    Raises:
        UnusableClaimsError: it is not such an object, or it is too large (AZ29).
    """
    if text is None:
        return {}
    try:
        asked = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnusableClaimsError("The claims parameter is not JSON.") from error
    if not isinstance(asked, dict):
        raise UnusableClaimsError("The claims parameter is not an object.")
    return {target: _parse_target(asked[target]) for target in TARGETS if asked.get(target) is not None}


def _parse_target(asked: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(asked, dict):
        raise UnusableClaimsError("A member of the claims parameter is not an object.")
    if len(asked) > CLAIM_LIMIT:
        raise UnusableClaimsError("The claims parameter asks for too many claims.")
    return {claim: _parse_claim(how) for claim, how in asked.items()}


def _parse_claim(how: Any) -> dict[str, Any]:
    if how is None:
        return {}
    if not isinstance(how, dict) or not isinstance(how.get("essential", False), bool):
        raise UnusableClaimsError("A claim is asked for in a way that is not defined.")
    values = [how["value"]] if "value" in how else how.get("values")
    if values is None:
        return {"essential": how.get("essential", False)}
    if not isinstance(values, list) or len(values) > VALUES_LIMIT or not all(_is_plain(value) for value in values):
        raise UnusableClaimsError("The values of a claim are not plain values.")
    return {"essential": how.get("essential", False), "values": values}


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _is_plain(value: Any) -> bool:
    """Return whether a value is a scalar that every database can keep."""
    if isinstance(value, str):
        return CONTROL_CHARACTER.search(value) is None
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def wants_certain_acr(requested: RequestedClaims) -> bool:
    """Return whether an ``acr`` of a stated value is essential, without which nobody may be signed in (§5.5.1.1)."""
    acr = requested.get("id_token", {}).get("acr", {})
    return bool(acr.get("essential")) and "values" in acr


def required_subjects(requested: RequestedClaims) -> frozenset[str] | None:
    """Return whose session is asked for by a value of ``sub`` (§5.5.1), or None if anyone's is good."""
    asked = [requested[target]["sub"] for target in requested if "values" in requested[target].get("sub", {})]
    if not asked:
        return None
    return frozenset.intersection(*(frozenset(map(str, how["values"])) for how in asked))


def scopes_of(requested: RequestedClaims) -> tuple[str, ...]:
    """Return the scopes that would tell the claims that are asked for, which is what the user is asked about."""
    wanted = {SCOPE_BY_CLAIM[claim] for claims in requested.values() for claim in claims if claim in SCOPE_BY_CLAIM}
    return tuple(scope for scope in CLAIMS_BY_SCOPE if scope in wanted)


def consented_claims(requested: RequestedClaims, consented: Iterable[str]) -> RequestedClaims:
    """Return the claims among those asked for that the user consented to tell."""
    agreed = frozenset(consented)
    return {
        target: {claim: how for claim, how in claims.items() if SCOPE_BY_CLAIM.get(claim) in agreed}
        for target, claims in requested.items()
    }
