"""The configuration of the Authorization Extension…"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from authhub.api import authentication
from authhub.conf import AUTHZ_API_IDENTIFIER
from authhub.models import AuditEvent, ExtensionSettings, Group, ResourceServer, Role, RuleSetting
from authhub.oauth.presented_tokens import present
from authhub.rbac.extension.documents import TOGGLES
from tests import factories
from tests.api.conftest import Api
from tests.rbac.extension.exports import DOCUMENTED_SAMPLE, record

pytestmark = pytest.mark.django_db


def test_has_nine_toggles_that_are_set_with_booleans_or_words(authz: Api) -> None:
    changed = authz.patch("configuration", {"groupsInToken": "no", "persistRoles": "yes", "rolesPassthrough": True})

    assert changed.status_code == 200
    assert changed.json() == authz.get("configuration").json()
    assert set(changed.json()) == {"_id", *TOGGLES}
    assert [changed.json()[name] for name in ("groupsInToken", "persistRoles", "rolesPassthrough")] == [
        False,
        True,
        True,
    ]
    assert authz.patch("configuration", {"apikey": "x"}).json()["message"] == '"apikey" is not allowed'
    assert authz.patch("configuration", {"persistRoles": 1}).json()["message"] == '"persistRoles" must be a boolean'


def test_tells_a_new_key_once_and_keeps_only_its_hash(authz: Api) -> None:
    key = authz.patch("configuration/rotate-apikey").json()["hash"]

    everything = authz.get("configuration").content + authz.get("configuration/export").content
    everything += json.dumps(list(AuditEvent.objects.values_list("details", flat=True))).encode()
    assert key.encode() not in everything
    assert ExtensionSettings.current().api_key_hash not in (key, "")


def test_says_whether_the_rule_runs(authz: Api) -> None:
    assert authz.get("configuration/status").json()["rule"] == {"exists": True, "enabled": True}

    factories.RuleSettingFactory(name="auth0-authorization-extension", is_enabled=False)

    assert authz.get("configuration/status").json()["rule"] == {"exists": True, "enabled": False}


@pytest.mark.parametrize("said", [{"is_enabled": False}, {"is_shadow": True}])
def test_has_the_rule_run_once_it_is_changed(authz: Api, said: dict[str, bool]) -> None:
    factories.RuleSettingFactory(name="auth0-authorization-extension", order=7, **said)
    assert authz.get("configuration/status").json()["rule"]["enabled"] is False

    authz.patch("configuration", {})

    assert authz.get("configuration/status").json()["rule"]["enabled"] is True
    assert RuleSetting.objects.get().order == 7
    assert AuditEvent.objects.get(tag="record.changed", details__model="authhub.RuleSetting").actor_application


def test_is_imported_as_a_whole_and_exported_again(authz: Api) -> None:
    assert authz.post("configuration/import", DOCUMENTED_SAMPLE).status_code == 204
    exported = authz.get("configuration/export").json()

    assert {group["name"] for group in exported["groups"]} == {"Admin", "HR", "Trainers"}
    assert authz.post("configuration/import", exported).status_code == 204
    assert authz.get("configuration/export").json() == exported
    assert authz.post("configuration/import?mode=merge", {"groups": [record("More")]}).status_code == 204
    assert Group.objects.count() == 4
    assert authz.post("configuration/import").status_code == 400
    assert Group.objects.count() == 4
    assert authz.post("configuration/import", {}).status_code == 204
    assert not Group.objects.exists()
    assert not Role.objects.exists()


def test_is_imported_in_a_dry_run_that_says_what_it_would_do(authz: Api) -> None:
    report = authz.post("configuration/import?dry_run=true", DOCUMENTED_SAMPLE)

    assert (report.status_code, report.json()["created"]["Group"]) == (200, 3)
    assert len(report.json()["warnings"]) == 1
    assert not Group.objects.exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"key": []}, '"key" is not allowed'),
        ([], '"value" must be an object'),
        ({"groups": [{"_id": "1", "name": "a"}]}, '"_id" must be a valid GUID'),
        ({"configuration": [{"rolesInToken": "x"}]}, '"rolesInToken" must be a boolean'),
    ],
)
def test_is_refused_where_it_cannot_be_read(authz: Api, body: object, message: str) -> None:
    refused = authz.post("configuration/import", body)

    assert refused.status_code == 400
    assert message in refused.json()["message"]
    assert authz.post("configuration/import?mode=force", {}).status_code == 400


def test_says_how_long_the_api_s_tokens_live_and_switches_it_off(authz: Api) -> None:
    path = "configuration/resource-server"

    assert authz.get(path).json() == {"apiAccess": True, "token_lifetime": 86400}
    assert authz.patch(path, {"token_lifetime": 600}).json() == {"apiAccess": True, "token_lifetime": 600}
    assert authz.patch(path, {"token_lifetime": 0}).status_code == 400
    assert authz.post(path).json() == {"apiAccess": True, "token_lifetime": 600}
    assert authz.delete(path).status_code == 204
    assert not ResourceServer.objects.get(identifier=AUTHZ_API_IDENTIFIER).is_active
    assert authz.get(path).status_code == 401


def test_offers_the_applications_that_people_sign_in_to(authz: Api) -> None:
    for name, kind in (("b", "spa"), ("A", "regular_web"), ("c", "native")):
        factories.ApplicationFactory(name=name, application_type=kind)

    listed = authz.get("applications").json()

    assert [each["name"] for each in listed] == ["A", "b", "c"]
    assert listed[0] == {
        "client_id": listed[0]["client_id"],
        "name": "A",
        "callbacks": ["https://app.example.com/callback"],
        "app_type": "regular_web",
    }
    shown = authz.get(f"applications/{listed[0]['client_id']}").json()
    assert shown.items() >= listed[0].items()
    assert shown["grant_types"]  # as the Management API shows it
    assert "client_secret" not in shown
    assert authz.get("applications/none").status_code == 404
    assert {each["name"] for each in authz.get("connections").json()} == {"Username-Password-Authentication", "django"}


def test_shows_anybody_that_it_is_there() -> None:
    assert Client().get("/authz/api/meta").json()["name"] == "auth0-authz"
    nothing = Client().post("/authz/api/nothing")
    assert (nothing.status_code, nothing.json()["message"]) == (404, "There is no such endpoint.")


def test_is_closed_to_end_users(extension: Callable[..., Api], monkeypatch: Any) -> None:
    machine = extension("read:groups")
    user = factories.UserFactory()
    monkeypatch.setattr(authentication, "present", lambda token: replace(present(token), user=user))

    refused = machine.get("groups")

    assert refused.status_code == 401
    assert "not end users" in refused.json()["message"]
