"""Which claims a rule may set, and how large they may be (C.4; `security.md` RL04, RL07)."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

CLAIMS_BYTES_MAX = 4096
"""
How many bytes of JSON the rules may add to one token.

Auth0 allows 100 kB; but a token travels in a header, and common proxies refuse headers beyond 8 kB (RL07).
"""

RESERVED_CLAIMS = frozenset(
    {
        "acr",
        "act",
        "active",
        "amr",
        "at_hash",
        "ath",
        "attest",
        "aud",
        "auth_time",
        "authorization_details",
        "azp",
        "c_hash",
        "client_id",
        "cnf",
        "cty",
        "dest",
        "entitlements",
        "events",
        "exp",
        "groups",
        "gty",
        "htm",
        "htu",
        "iat",
        "internalservice",
        "iss",
        "jcard",
        "jku",
        "jti",
        "jwe",
        "jwk",
        "kid",
        "may_act",
        "mky",
        "nbf",
        "nonce",
        "object_id",
        "org_id",
        "org_name",
        "orig",
        "origid",
        "permissions",
        "roles",
        "rph",
        "s_hash",
        "scope",
        "scopes",
        "sid",
        "sip_callid",
        "sip_cseq_num",
        "sip_date",
        "sip_from_tag",
        "sip_via_branch",
        "sub",
        "sub_id",
        "sub_jwk",
        "toe",
        "token_type",
        "token_use",
        "txn",
        "typ",
        "uuid",
        "vot",
        "vtm",
        "x5t#s256",
        "_claim_names",
        "_claim_sources",
    }
)
"""Claims that say who, for whom and how much: Auth0's restricted list and what the issuer itself writes."""

RESERVED_DOMAINS = ("auth0.com", "webtask.io", "webtask.run")


class ClaimError(Exception):
    """A rule's claim cannot be carried: it is not JSON, too large, or another rule set another value."""


def reason_to_refuse(name: str) -> str:
    """Return why no rule may set the claim `name`, or an empty string."""
    plain = name.strip().lower()
    if not plain:
        return "a claim needs a name"
    if plain in RESERVED_CLAIMS:
        return "this claim is reserved"
    if plain.startswith("urn:auth0"):
        return "this namespace is reserved"
    try:
        host = urlsplit(plain).hostname or ""
    except ValueError:
        return "the namespace is no valid address"
    if any(host == domain or host.endswith(f".{domain}") for domain in RESERVED_DOMAINS):
        return "this namespace is reserved"
    return ""


def plain_value(value: Any) -> Any:
    """
    Return a copy of `value` made of JSON's own types, which nobody else holds.

    Raises:
        ClaimError: JSON cannot say it.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False, default=_plain_mapping))
    except (TypeError, ValueError, RecursionError) as error:
        raise ClaimError("a claim's value must be what JSON can say") from error


def size_in_bytes(claims: Mapping[str, Any]) -> int:
    """Return how many bytes `claims` take as JSON."""
    return len(json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _plain_mapping(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError("not JSON")
