"""Logging in, as each module of the suite does it…"""

import base64
import json
import secrets
from collections.abc import Callable

import pytest

from tests.protocol.oidf.flows import Flow, every_flow, flows_with
from tests.protocol.oidf.suite_client import SuiteClient
from tests.protocol.relying_party import header_of, pkce


@pytest.mark.spec("OIDF", "oidcc-server")
@pytest.mark.spec("OIDC Core", "3.1.2.5")
@every_flow()
def test_gives_what_was_asked_for(suite: SuiteClient, flow: Flow) -> None:
    login = suite.log_in()

    front = {name for name in ("access_token", "id_token", "code") if name in login.answer}
    assert front == {{"token": "access_token"}.get(name, name) for name in flow.response_type.split()}
    assert {"sub", "auth_time"} <= set(login.claims)
    assert flow.gives_code == bool(login.tokens)


@pytest.mark.spec("OIDF", "oidcc-server")
@every_flow()
def test_never_gives_the_same_code_or_token_twice(suite: SuiteClient) -> None:
    logins = [suite.log_in() for _ in range(3)]

    for name in ("code", "access_token"):
        given = [login.answer[name] for login in logins if name in login.answer]
        assert len(set(given)) == len(given)
        assert all(len(value) >= 22 for value in given), "128 bits in base64url (RFC 6749 §10.10)"


@pytest.mark.spec("OIDF", "oidcc-idtoken-signature")
@pytest.mark.spec("OIDC Core", "10.1", "the key is found by the kid of the header")
@every_flow()
def test_signs_the_id_token_with_a_published_key(suite: SuiteClient) -> None:
    header = header_of(suite.log_in().id_token)

    assert (header["alg"], bool(header["kid"])) == ("RS256", True)


@pytest.mark.spec("OIDF", "oidcc-idtoken-unsigned")
@every_flow("basic")
def test_offers_no_id_token_without_a_signature(suite: SuiteClient) -> None:
    offered = suite.browser.get("/.well-known/openid-configuration").json()["id_token_signing_alg_values_supported"]

    assert "none" not in offered
    assert header_of(suite.log_in().id_token)["alg"] in offered


@pytest.mark.spec("OIDF", "oidcc-response-type-missing")
@pytest.mark.spec(
    "RFC 6749", "3.1.1", "If an authorization request is missing response_type the server MUST return an error"
)
@every_flow()
def test_wants_to_know_the_response_type(suite: SuiteClient) -> None:
    response = suite.send(suite.request(response_type=None, response_mode=None))

    assert response.status_code == 302
    assert "error=invalid_request" in response["Location"] or "error=unsupported_response_type" in response["Location"]


@pytest.mark.spec("OIDF", "oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
@pytest.mark.spec("OIDC Core", "3.1.2.1", "nonce is optional where no ID token comes from the authorization endpoint")
@flows_with(front_id_token=False)
def test_needs_no_nonce_for_a_code(suite: SuiteClient) -> None:
    assert "nonce" not in suite.log_in(nonce=None).claims


@pytest.mark.spec("OIDF", "oidcc-ensure-request-without-nonce-fails")
@pytest.mark.spec("OIDC Core", "3.2.2.1", "nonce is REQUIRED where an ID token comes from the authorization endpoint")
@pytest.mark.spec("OIDC Core", "3.3.2.11", "nonce")
@flows_with(front_id_token=True)
def test_needs_a_nonce_for_an_id_token(suite: SuiteClient) -> None:
    request = suite.request(nonce=None)

    assert suite.answer(suite.send(request), request)["error"] == "invalid_request"
    assert suite.passwords_typed == 0


@pytest.mark.spec("OIDF", "oidcc-alternate-happy-flow")
@every_flow()
def test_asks_for_no_order_of_scopes_or_parameters(suite: SuiteClient) -> None:
    request = suite.request(scope="email openid")
    request = dict(reversed(request.items()))

    answer = suite.answer(suite.send(request), request)

    assert "error" not in answer
    assert {name for name in ("code", "id_token", "access_token") if name in answer}


@pytest.mark.spec("OIDF", "oidcc-ensure-request-with-unknown-parameter-succeeds")
@pytest.mark.spec("RFC 6749", "3.1", "MUST ignore unrecognized request parameters")
@every_flow()
def test_ignores_what_it_does_not_know(suite: SuiteClient) -> None:
    assert suite.log_in(extra="foobar").claims


@pytest.mark.spec("OIDF", "oidcc-ensure-post-request-succeeds")
@pytest.mark.spec("OIDC Core", "3.1.2.1", "MUST support GET and POST")
@every_flow("basic")
def test_takes_the_request_by_post(suite: SuiteClient) -> None:
    assert suite.log_in(method="POST").claims


@pytest.mark.spec("OIDF", "oidcc-ensure-request-with-valid-pkce-succeeds")
@every_flow("basic", "hybrid")
def test_takes_pkce_from_who_opted_out_of_it(suite: SuiteClient) -> None:
    verifier, challenge = pkce()

    login = suite.log_in(
        code_challenge=challenge, code_challenge_method="S256", token_parameters={"code_verifier": verifier}
    )

    assert login.tokens["access_token"]


@pytest.mark.spec("OIDF", "oidcc-server-client-secret-post")
@every_flow("basic", "hybrid")
def test_takes_the_secret_in_the_form(register: Callable[..., SuiteClient], flow: Flow) -> None:
    assert register(flow, auth_method="client_secret_post").log_in().tokens["id_token"]


@pytest.mark.spec("OIDF", "oidcc-display-page")
@pytest.mark.spec("OIDC Core", "15.1", "display: support means that its use is no error")
@every_flow()
def test_takes_display_page(suite: SuiteClient) -> None:
    assert suite.log_in(display="page").claims


@pytest.mark.spec("OIDF", "oidcc-display-popup")
@every_flow()
def test_takes_display_popup(suite: SuiteClient) -> None:
    assert suite.log_in(display="popup").claims


@pytest.mark.spec("OIDF", "oidcc-login-hint")
@every_flow()
def test_takes_a_login_hint(suite: SuiteClient) -> None:
    assert suite.log_in(login_hint="eve@example.com").claims


@pytest.mark.spec("OIDF", "oidcc-ui-locales")
@pytest.mark.spec("OIDC Core", "3.1.2.1", "ui_locales: no error if the locales are not supported")
@every_flow()
def test_takes_locales_for_its_pages(suite: SuiteClient) -> None:
    assert suite.log_in(ui_locales="se xx-YY de").claims


@pytest.mark.spec("OIDF", "oidcc-claims-locales")
@pytest.mark.spec("OIDC Core", "5.2", "claims_locales: no error if the locales are not supported")
@every_flow()
def test_takes_locales_for_claims(suite: SuiteClient) -> None:
    assert suite.log_in(claims_locales="se").claims


@pytest.mark.spec("OIDF", "oidcc-ensure-request-with-acr-values-succeeds")
@pytest.mark.spec("OIDC Core", "15.1", "acr_values: support means that its use is no error")
@every_flow()
def test_takes_classes_of_authentication(suite: SuiteClient) -> None:
    assert suite.log_in(acr_values="1 2").claims


@pytest.mark.spec("OIDF", "oidcc-ensure-registered-redirect-uri")
@every_flow()
def test_tells_a_person_of_an_unregistered_redirect_uri(suite: SuiteClient) -> None:
    response = suite.send(suite.request(redirect_uri=f"{suite.redirect_uri}/{secrets.token_hex(8)}"))

    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")
    assert b"This did not work" in response.content
    assert suite.passwords_typed == 0


def request_object(**claims: str) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


@pytest.mark.spec("OIDF", "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
@pytest.mark.spec("OIDC Core", "6.1", "request_not_supported")
@every_flow()
def test_refuses_a_request_object_with_its_own_error(suite: SuiteClient) -> None:
    inside = suite.request()
    outside = {name: inside[name] for name in ("client_id", "response_type", "scope")}

    response = suite.send({**outside, "request": request_object(**inside)})

    assert response.status_code == 302
    assert response["Location"].startswith(suite.redirect_uri)
    assert "error=request_not_supported" in response["Location"]
    assert suite.passwords_typed == 0


@pytest.mark.spec("OIDF", "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
@pytest.mark.spec("OIDC Core", "6.2", "request_uri_not_supported")
@every_flow()
def test_refuses_to_fetch_a_request_object(suite: SuiteClient) -> None:
    inside = suite.request()
    outside = {name: inside[name] for name in ("client_id", "response_type", "scope")}

    response = suite.send({**outside, "request_uri": f"https://suite.example/requests/{secrets.token_hex(8)}#x"})

    assert response.status_code == 302
    assert response["Location"].startswith(suite.redirect_uri)
    assert "error=request_uri_not_supported" in response["Location"]
    assert suite.passwords_typed == 0


@pytest.mark.spec("OIDF", "oidcc-ensure-request-object-with-redirect-uri")
@every_flow()
def test_redirects_nowhere_for_a_request_object_with_the_right_redirect_uri(suite: SuiteClient) -> None:
    inside = suite.request()

    response = suite.send({**inside, "redirect_uri": f"{suite.redirect_uri}/x", "request": request_object(**inside)})

    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")
    assert "Location" not in response
