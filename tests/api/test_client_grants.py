"""Applications' access to APIs, at the Management API…"""

import pytest

from authhub.models import AuditEvent, AuditTag, ClientGrant
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked() -> dict[str, object]:
    """An application and an API that defines three scopes; the body that gives access to one."""
    server = factories.ResourceServerFactory(identifier="https://api.example.com/things")
    for value in ("read:things", "send:things", "zap:things"):
        factories.PermissionFactory(resource_server=server, value=value)
    application = factories.ApplicationFactory(application_type="non_interactive")
    return {"client_id": application.client_id, "audience": server.identifier, "scope": ["read:things"]}


def test_is_given_shown_changed_and_taken(api: Api, asked: dict[str, object]) -> None:
    made = api.post("client-grants", {**asked, "allow_all_scopes": False})
    path = f"client-grants/{made.json()['id']}"

    assert made.status_code == 201
    assert made.json() == {
        **asked,
        "id": ClientGrant.objects.get(resource_server__identifier=asked["audience"]).public_id,
        "subject_type": "client",
        "allow_all_scopes": False,
    }
    assert api.get(path).json() == made.json()
    changed = api.patch(path, {"scope": ["zap:things", "send:things"]})
    assert changed.json() == {**made.json(), "scope": ["send:things", "zap:things"]}
    assert api.get(f"{path}/organizations").json() == []
    assert [api.delete(path).status_code for _ in range(2)] == [204, 204]  # as at Auth0
    assert api.get(path).status_code == 404
    event = AuditEvent.objects.get(tag=AuditTag.CLIENT_GRANT_CHANGED)
    assert (event.actor_application, event.details["after"]["permissions"]) == (
        api.application,
        ["send:things", "zap:things"],
    )


def test_is_given_once_for_itself_and_once_for_its_users(api: Api, asked: dict[str, object]) -> None:
    answers = [api.post("client-grants", {**asked, "subject_type": kind}) for kind in ("client", "user", "user")]

    assert [answer.status_code for answer in answers] == [201, 201, 409]


REFUSED: list[tuple[dict[str, object], int, str]] = [
    ({"scope": ["read:things", "no:such"]}, 400, "invalid_body"),
    ({"scope": None}, 400, "invalid_body"),
    ({"client_id": "nobody"}, 404, "inexistent_client"),
    ({"client_id": "x\x7f"}, 404, "inexistent_client"),
    ({"audience": "urn:none"}, 404, "inexistent_resource_server"),
    ({"subject_type": "both"}, 400, "invalid_body"),
    ({"allow_all_scopes": True}, 400, "invalid_body"),
    ({"organization_usage": "require"}, 400, "invalid_body"),
]


def test_is_refused_with_what_is_wrong(api: Api, asked: dict[str, object]) -> None:
    answers = [api.post("client-grants", {**asked, **change}) for change, _status, _code in REFUSED]

    assert [(answer.status_code, answer.json()["errorCode"]) for answer in answers] == [each[1:] for each in REFUSED]
    assert not ClientGrant.objects.filter(resource_server__identifier=asked["audience"]).exists()


def test_keeps_its_scope_when_a_change_names_one_that_is_unknown(api: Api, asked: dict[str, object]) -> None:
    path = f"client-grants/{api.post('client-grants', asked).json()['id']}"

    refused = api.patch(path, {"scope": ["send:things", "no:such"]})

    assert (refused.status_code, "no:such" in refused.json()["message"]) == (400, True)
    assert api.get(path).json()["scope"] == ["read:things"]


def test_is_found_by_application_api_and_kind(api: Api, asked: dict[str, object]) -> None:
    mine = api.post("client-grants", asked).json()
    factories.ClientGrantFactory(subject_type="user")

    for query in (f"client_id={asked['client_id']}", f"audience={asked['audience']}"):
        assert api.get(f"client-grants?{query}").json() == [mine]
    assert len(api.get("client-grants?subject_type=user").json()) == 1
    assert api.get("client-grants?allow_any_organization=true").json() == []
    page = api.get("client-grants?take=1").json()
    assert len(page["client_grants"]) == 1
    assert len(api.get(f"client-grants?take=5&from={page['next']}").json()["client_grants"]) == 2


def test_is_not_changed_by_who_has_seen_another_state(api: Api, asked: dict[str, object]) -> None:
    path = f"client-grants/{api.post('client-grants', asked).json()['id']}"
    seen = api.get(path)["ETag"]

    assert api.patch(path, {"scope": []}, if_match=seen).status_code == 200
    assert api.patch(path, {"scope": ["read:things"]}, if_match=seen).status_code == 412
    assert api.delete(path, if_match=seen).status_code == 412
