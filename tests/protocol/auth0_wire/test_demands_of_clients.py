"""What real client libraries want of a server beyond the specifications, each with the library that wants it."""

from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from tests.protocol.relying_party import CALLBACK, answer_in, claims_of

FORM = "application/x-www-form-urlencoded;charset=UTF-8"
JSON = "application/json; charset=utf-8"
ORIGIN = "https://client.example"
SCOPE = "openid email offline_access read:timesheets"

PUBLIC_DOCUMENTS = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
]
CALLED_BY_SCRIPTS = ["/oauth/token", "/oauth/revoke", "/userinfo"]


@pytest.fixture
def spa(world):
    """A single-page application with the employee's browser; its origin is registered."""
    application = world.applications["spa"]
    application.allowed_origins = ORIGIN
    application.save()
    return world.party("spa", "employee")


def pages_of(world):
    """Return every kind of page that a person sees on the way through the authorization endpoint."""
    partner, stranger = world.party("partner", "employee"), world.party("web")
    login = stranger.authorize(scope=SCOPE)["Location"]
    consent = partner.authorize(scope=SCOPE)["Location"]
    return {
        "login": stranger.browser.get(login),
        "consent": partner.browser.get(consent),
        "error": stranger.authorize(redirect_uri="https://elsewhere.example/"),
        "logout": partner.browser.get("/logout"),
    }


@pytest.mark.spec("auth0", "F.1", "auth0-python sends JSON, openid-client a charset")
@pytest.mark.parametrize("content_type", [FORM, JSON], ids=["form", "json"])
def test_token_and_revocation_take_forms_and_json_with_a_charset(world, content_type):
    party = world.party("web", "employee")
    client = {"client_id": party.client_id, "client_secret": party.client_secret}

    def post(path, body):
        return Client().post(path, urlencode(body) if content_type == FORM else body, content_type=content_type)

    request = {"grant_type": "authorization_code", "code": party.code(scope=SCOPE), "redirect_uri": CALLBACK}
    exchanged = post("/oauth/token", {**request, "code_verifier": party.verifier, **client})
    renewed = post(
        "/oauth/token",
        {"grant_type": "refresh_token", "refresh_token": exchanged.json()["refresh_token"], **client},
    )
    revoked = post("/oauth/revoke", {"token": renewed.json()["refresh_token"], **client})

    assert (exchanged.status_code, renewed.status_code, revoked.status_code) == (200, 200, 200)


@pytest.mark.spec("auth0", "F.1", "authlib and openid-client name the charset everywhere")
@pytest.mark.parametrize("path", ["/oauth/introspect", "/userinfo"])
def test_the_other_endpoints_take_forms_with_a_charset(world, path):
    party = world.party("web", "employee")
    token = party.tokens("openid", audience=None)["access_token"]
    introspection = {"token": token, "client_id": party.client_id, "client_secret": party.client_secret}
    body = introspection if path == "/oauth/introspect" else {"access_token": token}

    response = Client().post(path, urlencode(body), content_type=FORM)

    assert response.status_code == 200
    assert response.json().get("active", True) is True


@pytest.mark.spec("auth0", "F.2", "auth0-spa-js compares iss with its domain, https:// in front and / behind")
def test_the_issuer_is_an_origin_and_a_slash_everywhere(world, settings):
    party = world.party("web", "employee")
    answer = answer_in(party.authorize(scope=SCOPE))
    tokens = party.redeem(answer["code"]).json()

    issuer = Client().get("/.well-known/openid-configuration").json()["issuer"]

    parts = urlsplit(issuer)
    assert issuer == f"{parts.scheme}://{parts.netloc}/" == settings.AUTHHUB["ISSUER"]
    said = {answer["iss"], claims_of(tokens["access_token"])["iss"], claims_of(tokens["id_token"])["iss"]}
    assert said == {issuer}


@pytest.mark.spec("auth0", "F.3", "a pop-up must keep the page that opened it: auth0-spa-js's loginWithPopup")
def test_no_page_on_the_way_cuts_a_popup_off(world):
    answers = [*pages_of(world).values(), world.party("web", "employee").authorize(scope=SCOPE)]

    assert {answer["Cross-Origin-Opener-Policy"] for answer in answers} == {"unsafe-none"}


@pytest.mark.spec("auth0", "F.4", "auth0-spa-js and oidc-client-ts renew in a hidden frame")
@pytest.mark.parametrize("mode", [None, "web_message"])
@pytest.mark.parametrize("user", ["employee", None])
def test_answers_without_a_page_may_be_framed_by_the_application(spa, world, mode, user):
    party = spa if user else world.party("spa")

    answer = party.authorize(scope=SCOPE, prompt="none", response_mode=mode)

    assert answer.status_code == (200 if mode else 302)
    assert "X-Frame-Options" not in answer
    policy = answer.headers.get("Content-Security-Policy", "")
    assert f"frame-ancestors {ORIGIN}" in policy if mode else "frame-ancestors" not in policy


@pytest.mark.spec("auth0", "F.4", "both headers on every page that a person sees")
def test_every_page_that_a_person_sees_refuses_to_be_framed(world):
    for name, page in pages_of(world).items():
        assert page.status_code in (200, 400), name
        assert page["X-Frame-Options"] == "DENY", name
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"], name


@pytest.mark.spec("auth0", "F.5", "web_message goes to the exact origin")
def test_a_web_message_is_for_the_application_s_origin_and_no_other(spa):
    answer = spa.authorize(scope=SCOPE, prompt="none", response_mode="web_message")

    html = answer.content.decode()
    assert ORIGIN in html
    assert '"*"' not in html
    assert "'*'" not in html


@pytest.mark.spec("auth0", "F.6", "oidc-client-ts refuses text/plain")
def test_revocation_answers_with_nothing_and_calls_it_nothing(world):
    party = world.party("web")
    body = {"token": "unknown", "client_id": party.client_id, "client_secret": party.client_secret}

    response = Client().post("/oauth/revoke", urlencode(body), content_type=FORM)

    assert (response.status_code, response.content) == (200, b"")
    assert "Content-Type" not in response


@pytest.mark.spec("auth0", "F.7", "auth0-spa-js asks for offline_access and not for consent")
def test_a_single_page_application_gets_a_refresh_token_without_a_prompt(spa):
    tokens = spa.tokens(SCOPE)

    assert "refresh_token" in tokens
    assert "refresh_token" in spa.refresh(tokens["refresh_token"]).json()


@pytest.mark.spec("auth0", "F.8", "auth0-spa-js calls the first, certified libraries the second")
def test_both_addresses_sign_out_and_lead_back_to_the_application(world):
    after = "https://client.example/after"
    world.applications["web"].post_logout_redirect_uris = after
    world.applications["web"].save()
    first, second = world.party("web", "employee"), world.party("web", "employee")
    hint = second.tokens("openid")["id_token"]

    answers = [
        first.browser.get("/v2/logout", {"client_id": first.client_id, "returnTo": after}),
        second.browser.get("/oidc/logout", {"id_token_hint": hint, "post_logout_redirect_uri": after}),
    ]

    assert [answer["Location"] for answer in answers] == [after, after]
    for party in (first, second):
        assert answer_in(party.authorize(scope="openid", prompt="none"))["error"] == "login_required"


@pytest.mark.spec("auth0", "F.9", "mozilla-django-oidc refuses a user without them")
def test_the_e_mail_address_and_whether_it_is_verified_are_in_both(world):
    tokens = world.party("web", "employee").tokens("openid email")
    userinfo = Client().get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()

    for claims in (userinfo, claims_of(tokens["id_token"])):
        assert claims["email"] == world.users["employee"].email
        assert claims["email_verified"] in (True, False)


@pytest.mark.spec("auth0", "F.10", "the application's origins, never with credentials")
@pytest.mark.parametrize("path", CALLED_BY_SCRIPTS)
def test_scripts_of_registered_origins_may_call_what_they_need(spa, path):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "auth0-client,content-type"}

    preflight = Client().options(path, headers={"Origin": ORIGIN, **asked})
    answer = Client().post(path, "", content_type=FORM, headers={"Origin": ORIGIN})
    stranger = Client().options(path, headers={"Origin": "https://elsewhere.example", **asked})

    assert preflight.status_code == 204
    allowed = preflight["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("auth0-client", "authorization", "content-type"))
    assert preflight["Access-Control-Allow-Origin"] == answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Origin" not in stranger


@pytest.mark.spec("auth0", "F.10", "any origin reads public documents, without credentials")
@pytest.mark.parametrize("path", PUBLIC_DOCUMENTS)
def test_scripts_of_any_origin_may_read_what_is_public(world, path):
    answer = Client().get(path, headers={"Origin": "https://elsewhere.example"})

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.spec("auth0", "F.11", "mozilla-django-oidc and the conformance suite send no PKCE")
def test_a_confidential_application_may_do_without_pkce_once_it_is_allowed_to(world):
    profile = world.applications["web"].authhub_profile
    party = world.party("web", "employee")
    refused = party.authorize(scope=SCOPE, code_challenge=None, code_challenge_method=None)
    profile.require_pkce = False
    profile.save()

    code = party.code(scope=SCOPE, code_challenge=None, code_challenge_method=None)

    assert answer_in(refused)["error"] == "invalid_request"
    assert party.redeem(code, code_verifier=None).status_code == 200
