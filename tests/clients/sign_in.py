"""Tokens of somebody's, by the code flow and without any library: for tests of those that verify them."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.clients.issuer import Issuer
from tests.clients.person import Person
from tests.clients.world import CALLBACK


def tokens_by_code(issuer: Issuer, person: Person, *, scope: str, audience: str | None = None) -> dict[str, Any]:
    """Sign somebody in to the application that does without PKCE, and return the token response."""
    application = issuer.data["applications"]["without_pkce"]
    request = {
        "response_type": "code",
        "client_id": application["client_id"],
        "redirect_uri": CALLBACK,
        "scope": scope,
        "audience": issuer.data["audience"] if audience is None else audience,
    }
    arrival = person.go(f"{issuer.issuer}authorize?{urlencode(request)}", until=CALLBACK)
    code = parse_qs(urlsplit(arrival.url).query)["code"][0]
    response: httpx.Response = person.client.post(
        f"{issuer.issuer}oauth/token",
        json={"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **application},
    )
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens
