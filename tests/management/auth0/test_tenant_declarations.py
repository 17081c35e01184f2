"""What an Auth0 tenant becomes here…"""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from authhub.declarations.kinds import Kind
from authhub.declarations.state import empty
from authhub.declarations.stored import Stored
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.names import parse_names
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.tenant_declarations import Carried, carry
from authhub.management.auth0.tenant_export import read_tenant
from tests.management.auth0.samples import JOB_ID, SPA_ID, TENANT, TIMESHEETS, write_yaml

NOTHING = Stored(empty(), empty())


@pytest.fixture
def become(tmp_path: Path) -> Any:
    def become(tenant: dict[str, Any] = TENANT, *names: str, stored: Stored = NOTHING) -> tuple[Carried, list[str]]:
        findings, given = Findings(), parse_names(names)
        read = read_tenant(write_yaml(tmp_path / "tenant.yaml", tenant), given.keywords, findings)
        carried = carry(read, given, stored, findings)
        return carried, [str(each) for each in findings.made]

    return become


def one_client(**said: Any) -> dict[str, Any]:
    client = {"name": "App", "client_id": "app-id", "app_type": "regular_web", "callbacks": ["https://app.example/cb"]}
    return {"clients": [{**client, **said}]}


def test_has_its_apis_with_their_permissions_and_as_strict_as_they_were(become: Any) -> None:
    carried, findings = become()

    api = carried.state[Kind.API][TIMESHEETS,]
    assert api["enforce_policies"] is True
    assert (api["token_dialect"], api["allow_offline_access"]) == ("access_token_authz", True)
    assert (api["token_lifetime_seconds"], api["token_lifetime_for_web_seconds"]) == (3600, 3600)
    values = {key[1] for key in carried.state[Kind.PERMISSION]}
    assert values == {"read:timesheets", "approve:timesheets", "batch:upload"}
    assert any("permission `openid`" in each for each in findings)
    assert f"API `{TIMESHEETS}`: its tokens are signed with RS256, not HS256: verify them by the published keys" in (
        findings
    )


def test_has_its_applications_under_their_client_ids_and_without_their_secrets(become: Any) -> None:
    carried, findings = become()

    spa, job = carried.state[Kind.APPLICATION]["Timesheets SPA",], carried.state[Kind.APPLICATION]["Import Job",]
    assert (spa["client_id"], job["client_id"]) == (SPA_ID, JOB_ID)
    assert carried.client_ids == {SPA_ID: SPA_ID, JOB_ID: JOB_ID}
    assert spa["redirect_uris"] == ["https://timesheets.exampleco.com/callback"]
    assert spa["allowed_origins"] == ["https://timesheets.exampleco.com"]
    assert spa["post_logout_redirect_uris"] == []
    assert spa["grant_types"] == ["authorization_code", "implicit", "refresh_token"]
    assert spa["metadata"] == {"required_roles": "Employee"}
    assert "must not come along" not in str(carried)
    assert {key[0] for key in carried.state[Kind.APPLICATION]} == {"Timesheets SPA", "Import Job"}
    told = "\n".join(findings)
    assert "application `Tableau`: is of the type `sso_integration`" in told
    assert "http://staging.exampleco.com/callback" in told
    assert "https://*.exampleco.com/" in told
    assert 'uses `implicit`, which is off until AUTHHUB["LEGACY_GRANT_TYPES"] names it' in told


def test_has_refresh_tokens_within_what_is_safe(become: Any) -> None:
    spa = become()[0].state[Kind.APPLICATION]["Timesheets SPA",]

    assert spa["rotate_refresh_tokens"] is True
    assert (spa["refresh_token_lifetime_seconds"], spa["refresh_token_idle_lifetime_seconds"]) == (1000, 1000)
    assert spa["refresh_token_leeway_seconds"] == 300


def test_has_access_and_roles_without_what_is_not_defined(become: Any) -> None:
    carried, findings = become()

    assert set(carried.state[Kind.ACCESS_PERMISSION]) == {("Import Job", TIMESHEETS, "client", "batch:upload")}
    assert set(carried.state[Kind.ROLE_PERMISSION]) == {
        ("Employee", TIMESHEETS, "read:timesheets"),
        ("Manager", TIMESHEETS, "read:timesheets"),
        ("Manager", TIMESHEETS, "approve:timesheets"),
    }
    told = "\n".join(findings)
    assert "the API does not define `gone:scope`" in told
    assert "access of `Nobody`" in told
    assert "role `Manager`: its permission `read:gone` is not defined by the API `https://gone.example`" in told


def test_has_new_names_where_the_map_gives_them(become: Any) -> None:
    here = "https://timesheets.example.org"
    carried, _ = become(TENANT, f"{TIMESHEETS}={here}", "Timesheets SPA=spa-here", f"{JOB_ID}=job-here")

    assert set(carried.state[Kind.API]) == {(here,)}
    assert carried.client_ids == {SPA_ID: "spa-here", JOB_ID: "job-here"}
    assert ("Import Job", here, "client") in carried.state[Kind.ACCESS]
    assert ("Employee", here, "read:timesheets") in carried.state[Kind.ROLE_PERMISSION]


def test_leaves_the_administrative_apis_to_this_server(become: Any) -> None:
    management = "https://exampleco.eu.auth0.com/api/v2/"
    tenant = {
        **one_client(app_type="non_interactive"),
        "resourceServers": [{"identifier": management, "is_system": True, "name": "Auth0 Management API"}],
        "clientGrants": [{"client_id": "App", "audience": management, "scope": ["read:roles", "read:branding"]}],
    }
    own = ("http://127.0.0.1:8000/api/v2/",)
    rows = {**empty(), Kind.API: {own: None}, Kind.PERMISSION: {(*own, "read:roles"): None}}

    carried, findings = become(tenant, stored=Stored(empty(), rows))

    assert carried.state[Kind.API] == {}
    assert set(carried.state[Kind.ACCESS_PERMISSION]) == {("App", *own, "client", "read:roles")}
    assert any("does not define `read:branding`" in each for each in findings)


def test_keeps_what_is_stored_where_the_export_is_silent(become: Any) -> None:
    stored = Stored(empty(), empty())
    first, _ = become(one_client())
    kept = {**first.state[Kind.APPLICATION]["App",], "require_pkce": False, "policy_uri": "https://app.example/policy"}
    stored.state[Kind.APPLICATION]["App",] = kept

    again, _ = become(one_client(), stored=stored)

    assert again.state[Kind.APPLICATION]["App",] == kept


@pytest.mark.parametrize(
    ("client", "told"),
    [
        ({"grant_types": ["authorization_code", "urn:x"]}, "grant type `urn:x`: authhub does not have it"),
        ({"app_type": "spa", "grant_types": ["authorization_code", "client_credentials"]}, "it needs a secret"),
        (
            {"is_first_party": False, "grant_types": ["authorization_code", "password"]},
            "never sees the user's password",
        ),
        ({"callbacks": [], "grant_types": ["authorization_code"]}, "no flow is left that it could use here"),
        ({"callbacks": [], "grant_types": ["authorization_code", "refresh_token"]}, "no flow is left"),
        ({"grant_types": ["http://auth0.com/oauth/grant-type/password-realm"]}, "uses `password`, which is off"),
        ({"token_endpoint_auth_method": "none"}, "must send a secret"),
        ({"app_type": "native", "token_endpoint_auth_method": "client_secret_post"}, "sends no secret"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "authenticates with a secret"),
        ({"grant_types": ["authorization_code"]}, "must use PKCE"),
        ({"jwt_configuration": {"alg": "HS256", "lifetime_in_seconds": 60}}, "signed with RS256, not HS256"),
        ({"addons": {"samlp": {}}}, "settings that authhub does not have: addons"),
        ({"logo_uri": "http://app.example/logo.png"}, "`logo_uri` “http://app.example/logo.png” must use https"),
        ({"web_origins": ["https://app.example/path"]}, "origin “https://app.example/path” is more than an origin"),
        ({"client_id": None}, "the export has no client ids"),
        (
            {"oidc_logout": {"backchannel_logout_urls": ["https://app.example/a", "https://app.example/b"]}},
            "there is one for each application",
        ),
    ],
)
def test_is_told_with_what_is_other_than_it_was(become: Any, client: dict[str, Any], told: str) -> None:
    _, findings = become(one_client(**client))

    assert told in "\n".join(findings)


@pytest.mark.parametrize(
    ("tenant", "sentence"),
    [
        ({"clients": [{"app_type": "spa"}]}, "client 1: `name` must be a text"),
        (one_client(callbacks="https://app.example"), "client 1: `callbacks` must be a list of texts"),
        (one_client(callbacks=[7]), "client 1: `callbacks` must be a list of texts"),
        (one_client(is_first_party="yes"), "client 1: `is_first_party` must be true or false"),
        (one_client(refresh_token={"leeway": -1}), "`leeway` must be a whole number"),
        (one_client(client_metadata=[]), "`client_metadata` must be an object"),
        (one_client(client_id="a b"), "client 1: `a b` is no client_id"),
        ({"clients": [{"name": "A", "app_type": "non_interactive"}] * 2}, "several clients are called `A`"),
        ({"resourceServers": [{"identifier": "urn:a", "token_dialect": "x"}]}, "API 1: `x` is none of"),
        ({"resourceServers": [{"name": "A"}]}, "API 1: `identifier` must be a text"),
        ({"roles": [{"name": "A", "permissions": [7]}]}, "role 1, permissions 1 must be an object"),
        ({"roles": [{"name": "A" * 201}]}, "role 1: the name is longer than 200"),
    ],
)
def test_is_refused_when_a_record_is_not_what_auth0_writes(become: Any, tenant: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ExportError, match=sentence):
        become(tenant)


def test_is_refused_with_all_that_is_wrong_at_once(become: Any) -> None:
    tenant = {"clients": [{"app_type": "spa"}], "roles": [{}, {"name": 7}]}

    with pytest.raises(ExportError) as refused:
        become(deepcopy(tenant))

    assert len(refused.value.problems) == 2


def test_names_the_organization_whose_name_cannot_be_one(become: Any) -> None:
    carried, findings = become({"organizations": [{"name": "Travel 0"}, {"name": "travel0", "branding": {"a": 1}}]})

    assert set(carried.state[Kind.ORGANIZATION]) == {("travel0",)}
    assert any(each.startswith("organization `Travel 0`") for each in findings)
