"""APIs at the Management API…"""

from urllib.parse import quote

import pytest

from authhub.conf import management_api_identifier
from authhub.models import ClientGrant, ResourceServer
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db

EXPENSES = "https://api.example.com/expenses"
MADE = {
    "name": "Expenses API",
    "identifier": EXPENSES,
    "scopes": [{"value": "read:expenses", "description": "Read"}, {"value": "approve:expenses"}],
    "token_lifetime": 3600,
    "token_lifetime_for_web": 600,
    "signing_alg": "ES256",
    "enforce_policies": True,
    "token_dialect": "access_token_authz",
    "skip_consent_for_verifiable_first_party_clients": False,
    "allow_offline_access": True,
    "subject_type_authorization": {"user": {"policy": "require_client_grant"}, "client": {"policy": "deny_all"}},
}


def test_are_created_shown_changed_and_deleted(api: Api) -> None:
    made = api.post("resource-servers", MADE)
    shown = made.json()
    path = f"resource-servers/{shown['id']}"

    assert made.status_code == 201
    assert shown == {
        **MADE,
        "id": ResourceServer.objects.get(identifier=EXPENSES).public_id,
        "scopes": [
            {"value": "approve:expenses", "description": ""},
            {"value": "read:expenses", "description": "Read"},
        ],
        "is_system": False,
    }
    assert api.get(path).json() == shown
    assert api.patch(path, {"name": "Costs", "token_lifetime": 700}).json() == {
        **shown,
        "name": "Costs",
        "token_lifetime": 700,
    }
    assert [api.delete(path).status_code for _ in range(2)] == [204, 204]  # as at Auth0
    assert api.get(path).status_code == 404


def test_are_named_by_their_identifier_too(api: Api) -> None:
    made = api.post("resource-servers", MADE).json()

    assert api.get(f"resource-servers/{quote(EXPENSES, safe='')}").json() == made
    # An identifier that is the id of another API leads to that one.
    api.post("resource-servers", {"name": "Impostor", "identifier": made["id"]})
    assert api.get(f"resource-servers/{made['id']}").json() == made


def test_start_as_at_auth0_with_tokens_in_its_format_and_with_roles_enforced(api: Api) -> None:
    made = api.post("resource-servers", {"name": "Plain", "identifier": "urn:plain"}).json()

    assert (made["token_dialect"], made["token_lifetime"], made["scopes"]) == ("access_token", 86400, [])
    assert made["enforce_policies"] is True


def test_lose_the_scopes_that_a_change_leaves_out_and_everybody_who_had_them(api: Api) -> None:
    made = api.post("resource-servers", MADE).json()
    resource_server = ResourceServer.objects.get(identifier=EXPENSES)
    read, approve = (resource_server.permissions.get(value=value) for value in ("read:expenses", "approve:expenses"))
    role = factories.RoleFactory()
    role.permissions.set([read, approve])
    grant = factories.ClientGrantFactory(resource_server=resource_server, permissions=[read, approve])

    changed = api.patch(
        f"resource-servers/{made['id']}",
        {"scopes": [{"value": "read:expenses", "description": "See"}, {"value": "send:expenses"}]},
    ).json()

    assert changed["scopes"] == [
        {"value": "read:expenses", "description": "See"},
        {"value": "send:expenses", "description": ""},
    ]
    assert list(role.permissions.values_list("value", flat=True)) == ["read:expenses"]
    assert list(grant.permissions.values_list("value", flat=True)) == ["read:expenses"]


def test_of_the_server_itself_keep_their_scopes_and_stay(api: Api) -> None:
    path = f"resource-servers/{quote(management_api_identifier(), safe='')}"
    shown = api.get(path).json()

    assert shown["is_system"] is True
    assert api.patch(path, {"scopes": shown["scopes"], "token_lifetime": 7300}).status_code == 200
    refused = [api.patch(path, {"scopes": []}), api.delete(path)]
    assert [answer.status_code for answer in refused] == [400, 400]
    assert "server's own" in refused[0].json()["message"]
    assert api.get(path).json() == {**shown, "token_lifetime": 7300}


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"identifier": "has blank"}, "/identifier"),
    ({"token_lifetime": 2_592_001}, "/token_lifetime"),
    ({"token_lifetime": 10}, "/token_lifetime_for_web"),
    ({"signing_alg": "HS256"}, "/signing_alg"),
    ({"token_dialect": "opaque"}, "/token_dialect"),
    ({"scopes": [{"value": "a"}, {"value": "a"}]}, "/scopes"),
    ({"scopes": [{"value": "a"}, {"value": "openid"}]}, "/scopes/1/value"),
    ({"scopes": "read:expenses"}, "/scopes"),
    ({"subject_type_authorization": {"user": {"policy": "deny"}}}, "/subject_type_authorization/user/policy"),
    ({"signing_secret": "hush"}, "/signing_secret"),
    ({"proof_of_possession": {"mechanism": "dpop", "required": True}}, "/proof_of_possession"),
    ({"allow_online_access": 0}, "/allow_online_access"),
]


def test_are_refused_with_the_place_that_is_wrong(api: Api) -> None:
    answers = [(api.post("resource-servers", {**MADE, **change}), where) for change, where in REFUSED]

    said = [(answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) for answer, _where in answers]
    assert said == [(400, [where]) for _change, where in REFUSED]
    assert not ResourceServer.objects.filter(name="Expenses API").exists()


def test_are_taken_from_tools_that_send_what_means_nothing_here(api: Api) -> None:
    nothing = {"signing_secret": None, "token_encryption": None, "consent_policy": None, "authorization_details": []}

    assert api.post("resource-servers", {**MADE, **nothing}).status_code == 201


def test_do_not_change_their_identifier(api: Api) -> None:
    made = api.post("resource-servers", MADE).json()

    assert api.patch(f"resource-servers/{made['id']}", {"identifier": "urn:other"}).status_code == 400


def test_are_found_by_several_identifiers_and_shown_as_far_as_is_asked(api: Api) -> None:
    for number in range(3):
        factories.ResourceServerFactory(name=f"A {number}", identifier=f"urn:{number}")

    assert api.get("resource-servers?identifiers=urn:0&identifiers=urn:2&fields=name,identifier").json() == [
        {"name": "A 0", "identifier": "urn:0"},
        {"name": "A 2", "identifier": "urn:2"},
    ]
    assert "scopes" not in api.get("resource-servers/urn:0?fields=scopes&include_fields=false").json()


def test_are_not_changed_by_who_has_seen_another_state(api: Api) -> None:
    path = f"resource-servers/{api.post('resource-servers', MADE).json()['id']}"
    seen = api.get(path)["ETag"]

    assert api.patch(path, {"scopes": []}, if_match=seen).status_code == 200
    assert [
        call(if_match=seen).status_code
        for call in (lambda **h: api.patch(path, {}, **h), lambda **h: api.delete(path, **h))
    ] == [412, 412]


@pytest.mark.parametrize("noun", ["resource-servers", "client-grants"])
def test_are_listed_in_as_many_queries_however_many_there_are(
    noun: str, api: Api, django_assert_max_num_queries: object
) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            server = factories.ResourceServerFactory()
            permissions = [factories.PermissionFactory(resource_server=server) for _ in range(2)]
            factories.ClientGrantFactory(resource_server=server, permissions=permissions)
        with django_assert_max_num_queries(100) as queries:  # type: ignore[operator]
            assert api.get(f"{noun}?include_totals=true").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert ClientGrant.objects.count() == 31
