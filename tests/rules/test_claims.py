"""A rule's claim…"""

from types import MappingProxyType
from typing import Any

import pytest

from authhub.rules.claims import ClaimError, plain_value, reason_to_refuse, size_in_bytes


@pytest.mark.parametrize(
    "name",
    [
        *("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "azp", "client_id", "scope", "permissions", "org_id", "gty"),
        *("auth_time", "acr", "amr", "nonce", "at_hash", "c_hash", "sid", "act", "cnf", "roles", "groups"),
        *("entitlements", "typ", "SUB", " sub ", "", " "),
    ],
)
def test_may_not_have_a_reserved_name(name: str) -> None:
    assert reason_to_refuse(name)


@pytest.mark.parametrize(
    "name",
    [
        "https://auth0.com/email",
        "https://tenant.eu.auth0.com/email",
        "http://webtask.io/x",
        "https://a.webtask.run",
        "HTTPS://AUTH0.COM/x",
        "urn:auth0:roles",
        "http://[broken",
    ],
)
def test_may_not_have_a_reserved_namespace(name: str) -> None:
    assert reason_to_refuse(name)


@pytest.mark.parametrize(
    "name",
    ["https://api.exampleco.com/email", "https://notauth0.com/x", "urn:example:x", "department", "email"],
)
def test_may_have_any_other_name(name: str) -> None:
    assert reason_to_refuse(name) == ""


def test_is_copied() -> None:
    value = {"teams": ["ops"], "frozen": MappingProxyType({"a": (1, 2)})}

    copy = plain_value(value)
    value["teams"].append("admins")

    assert copy == {"teams": ["ops"], "frozen": {"a": [1, 2]}}


def _circle() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return circle


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan"), b"bytes", _circle()])
def test_must_be_what_json_can_say(value: object) -> None:
    with pytest.raises(ClaimError, match="JSON"):
        plain_value(value)


def test_counts_in_bytes() -> None:
    assert size_in_bytes({"é": "\ud800"}) == len('{"é":"   "}'.encode())
