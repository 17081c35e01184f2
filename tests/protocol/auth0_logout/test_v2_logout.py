"""Auth0's older sign-out address…"""

from typing import Any

import pytest

from authhub.models import ApplicationType
from tests.protocol.conftest import World
from tests.protocol.relying_party import RelyingParty, answer_in

FIRST, OTHER = "https://client.example/Signed-Out", "https://client.example"


@pytest.fixture
def party(world: World) -> RelyingParty:
    application = world.applications["web"]
    application.post_logout_redirect_uris = f"{FIRST} {OTHER}"
    application.save()
    return world.party("web", "employee")


def is_signed_in(party: RelyingParty) -> bool:
    return "code" in answer_in(party.authorize(scope="openid", prompt="none"))


@pytest.mark.spec("features", "E-15")
@pytest.mark.spec("auth0", "C.8", "the address is one of the application's, whatever its query")
@pytest.mark.parametrize("target", [FIRST, f"{FIRST}?a=1&b=%20#c", OTHER, f"{OTHER}/?x", "HTTPS://Client.Example/"])
def test_signs_out_and_leads_where_the_application_may_lead(party: RelyingParty, target: str) -> None:
    assert is_signed_in(party)

    response = party.browser.get("/v2/logout", {"client_id": party.client_id, "returnTo": target, "federated": ""})

    assert response.status_code == 302
    assert response["Location"] == target
    assert not is_signed_in(party)
    assert "_auth_user_id" not in party.browser.session


@pytest.mark.spec("features", "E-15", "an address that is not in the list is a page with status 400, and no redirect")
@pytest.mark.spec("security", "LO02")
@pytest.mark.parametrize(
    "target",
    [
        FIRST.lower(),
        f"{FIRST}/",
        f"{FIRST}/more",
        "http://client.example/Signed-Out",
        "https://client.example:8443/Signed-Out",
        "https://sub.client.example/Signed-Out",
        "https://client.example@evil.example/Signed-Out",
        "https://user@client.example/Signed-Out",
        "https://evil.example\\.client.example/Signed-Out",
        "https://client.example\t/Signed-Out",
        "https://client.example/ Signed-Out",
        "https://[client.example/Signed-Out",
        "https:///Signed-Out",
        "//client.example/Signed-Out",
        "/Signed-Out",
        "javascript:alert(1)",
        "https://clıent.example/Signed-Out",
    ],
)
def test_leads_nowhere_else_and_ends_nothing(party: RelyingParty, target: str) -> None:
    response = party.browser.get("/v2/logout", {"client_id": party.client_id, "returnTo": target})

    assert response.status_code == 400
    assert "Location" not in response
    assert is_signed_in(party)


@pytest.mark.spec("auth0", "C.8", "without an address: the first of the list")
def test_leads_to_the_first_address_without_one(party: RelyingParty) -> None:
    assert party.browser.get("/v2/logout", {"client_id": party.client_id})["Location"] == FIRST


@pytest.mark.spec("features", "E-15", "without a client the tenant's list counts, not an application's")
def test_asks_the_tenant_s_list_without_an_application(party: RelyingParty, settings: Any) -> None:
    assert party.browser.get("/v2/logout", {"returnTo": FIRST}).status_code == 400
    settings.AUTHHUB = {**settings.AUTHHUB, "LOGOUT_URLS": ["https://exampleco.com/bye"]}
    assert is_signed_in(party)

    assert party.browser.get("/v2/logout", {"returnTo": FIRST}).status_code == 400
    request = {"client_id": party.client_id, "returnTo": "https://exampleco.com/bye"}
    assert party.browser.get("/v2/logout", request).status_code == 400
    assert is_signed_in(party)
    assert party.browser.get("/v2/logout")["Location"] == "https://exampleco.com/bye"
    assert not is_signed_in(party)


def test_stays_here_where_there_is_no_address(world: World) -> None:
    party = world.party("other", "employee")

    page = party.browser.get("/v2/logout", {"client_id": party.client_id})

    assert page.status_code == 200
    assert "You are signed out" in page.content.decode()
    assert not is_signed_in(party)


def test_knows_the_address_of_a_native_application(world: World, party: RelyingParty) -> None:
    application = world.applications["native"]
    assert application.authhub_profile.application_type == ApplicationType.NATIVE
    application.post_logout_redirect_uris = "com.example.app://bye"
    application.save()

    response = party.browser.get(
        "/v2/logout", {"client_id": application.client_id, "returnTo": "com.example.app://bye"}
    )

    assert response["Location"] == "com.example.app://bye"


@pytest.mark.parametrize("query", ["client_id=unknown", "client_id=%00", "returnTo=a&returnTo=b"])
def test_refuses_what_it_cannot_follow(party: RelyingParty, query: str) -> None:
    assert party.browser.get(f"/v2/logout?{query}").status_code == 400
    assert is_signed_in(party)


def test_ends_nothing_by_another_method(party: RelyingParty) -> None:
    for method in ("post", "put", "head"):
        assert getattr(party.browser, method)("/v2/logout").status_code == 405
    assert is_signed_in(party)
