"""The applications of the flows that came before PKCE…"""

import base64
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from authhub_site.credentials import Credentials
from tests.resource_server.issuers import OTHER_RSA_KEY, Issuer, sign


@pytest.fixture
def issuer(settings: Any, files_of_its_own: Path) -> Iterator[Issuer]:
    settings.LEGACY_FLOWS = True
    Credentials(client_ids={"implicit": "client", "hybrid": "client"}, client_secrets={"hybrid": "secret"}).save()
    with Issuer() as issuer:
        settings.ISSUER = issuer.url
        yield issuer


def begin(client: Client, key: str) -> dict[str, str]:
    query = parse_qs(urlsplit(client.post(f"/{key}/login")["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def id_token(issuer: Issuer, *, key: Any = None, **claims: Any) -> str:
    said = {"iss": issuer.url, "aud": "client", "sub": "7", "given_name": "Erin", "exp": time.time() + 60, **claims}
    return sign(said, **({"key": key} if key else {}))


def c_hash(code: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(code.encode()).digest()[:16]).rstrip(b"=").decode()


@pytest.mark.spec("OAuth 2.0 Form Post", "2")
def test_take_an_id_token_from_a_form(client: Client, issuer: Issuer) -> None:
    asked = begin(client, "implicit")
    form = {"id_token": id_token(issuer, nonce=asked["nonce"]), "state": asked["state"]}

    page = client.post("/implicit/callback", form)

    assert (asked["response_type"], asked["response_mode"]) == ("id_token", "form_post")
    assert "Hello, Erin" in page.content.decode()
    assert client.post("/implicit/callback", form).status_code == 403


@pytest.mark.spec("OIDC Core", "3.3.2.11")
def test_redeem_the_code_that_belongs_to_the_id_token(client: Client, issuer: Issuer) -> None:
    asked = begin(client, "hybrid")
    token = id_token(issuer, nonce=asked["nonce"], c_hash=c_hash("c-1"), aud=["client"])
    issuer.documents["/oauth/token"] = {"id_token": token, "scope": "openid read:timesheets", "access_token": "a"}

    page = client.post("/hybrid/callback", {"id_token": token, "code": "c-1", "state": asked["state"]})

    assert "read:timesheets" in page.content.decode()
    assert asked["code_challenge_method"] == "S256"


@pytest.mark.parametrize(
    ("code", "second", "sentence"),
    [
        ("another", {}, "The code does not belong to the ID token."),
        ("c-1", {"sub": "8"}, "not for the same person"),
        ("c-1", {"nonce": "another"}, "not for this sign-in"),
    ],
)
def test_refuse_a_code_or_a_second_token_of_somebody_else(
    client: Client, issuer: Issuer, code: str, second: dict[str, Any], sentence: str
) -> None:
    asked = begin(client, "hybrid")
    token = id_token(issuer, nonce=asked["nonce"], c_hash=c_hash("c-1"))
    issuer.documents["/oauth/token"] = {"id_token": id_token(issuer, **{"nonce": asked["nonce"], **second})}

    page = client.post("/hybrid/callback", {"id_token": token, "code": code, "state": asked["state"]})

    assert page.status_code == 403
    assert sentence in page.content.decode()


@pytest.mark.spec("OIDC Core", "3.2.2.11")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example/"},
        {"aud": "another"},
        {"nonce": "another"},
        {"exp": 1},
        {"key": OTHER_RSA_KEY},
    ],
)
def test_refuse_an_id_token_for_another_sign_in(client: Client, issuer: Issuer, changes: dict[str, Any]) -> None:
    asked = begin(client, "implicit")
    token = id_token(issuer, **{"nonce": asked["nonce"], **changes})

    assert client.post("/implicit/callback", {"id_token": token, "state": asked["state"]}).status_code == 403


@pytest.mark.parametrize("form", [{}, {"state": "another"}])
def test_refuse_an_answer_that_was_not_asked_for(client: Client, issuer: Issuer, form: dict[str, str]) -> None:
    begin(client, "implicit")

    assert "belongs to no sign-in" in client.post("/implicit/callback", form).content.decode()
    assert Client().post("/implicit/callback", form).status_code == 403


def test_say_what_the_server_refused(client: Client, issuer: Issuer) -> None:
    asked = begin(client, "implicit")

    page = client.post("/implicit/callback", {"error": "<b>", "state": asked["state"]})

    assert "&lt;b&gt;" in page.content.decode()


@pytest.mark.parametrize("key", ["implicit", "hybrid"])
def test_are_off_unless_the_demo_is_started_for_them(client: Client, files_of_its_own: Path, key: str) -> None:
    assert "--legacy-flows" in client.get(f"/{key}/").content.decode()
    assert client.post(f"/{key}/login").status_code == 404
    assert client.post(f"/{key}/callback").status_code == 404
