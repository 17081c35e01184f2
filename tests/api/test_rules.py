"""Rules at the Management API…"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from authhub.models import AuditEvent, AuditTag, RuleSetting
from authhub.rules.outcomes import AddClaim, Deny, RemoveScope
from authhub.rules.registry import registered
from authhub.rules.rule_settings import seal_secrets
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db
in_transactions = pytest.mark.django_db(transaction=True)
"""For a rule that is tried: its thread has a transaction of its own."""

EVENT = {
    "user": {"id": "auth0|7", "email": "erin@exampleco.com", "attributes": {"department": "HR"}},
    "client": {"id": "spa", "metadata": {"tier": "gold"}},
    "scopes": ["read:timesheets", "approve:timesheets"],
    "authorization": {"roles": ["Employee"]},
}


def tidy(context: Any) -> Any:
    """Keep approvals to managers."""
    print("roles:", *context.authorization.roles, context.secrets.get("KEY", ""))
    if context.user is None:
        return Deny("Only people.", code="no_people")
    if "Manager" in context.authorization.roles:
        return None
    tier = context.client.metadata.get("tier")
    return [RemoveScope("approve:timesheets"), AddClaim("https://exampleco.com/tier", tier)]


@pytest.fixture
def rule() -> Iterator[str]:
    with registered(tidy, order=200, name="tidy"):
        yield "tidy"


def test_are_listed_with_what_an_administrator_said_of_them(api: Api, rule: str) -> None:
    shown = {
        "id": rule,
        "name": rule,
        "stage": "post_login",
        "description": "Keep approvals to managers.",
        "enabled": True,
        "shadow": False,
        "order": 200,
    }
    assert shown in api.get("rules").json()

    changed = api.patch(f"rules/{rule}", {"enabled": False, "order": 5}, if_match=api.get(f"rules/{rule}")["ETag"])

    assert changed.json() == api.get(f"rules/{rule}").json() == {**shown, "enabled": False, "order": 5}
    assert api.patch(f"rules/{rule}", {"order": None}).json()["order"] == 200
    assert api.patch(f"rules/{rule}", {"script": "x"}).status_code == 400
    tags = [AuditTag.RECORD_CREATED, AuditTag.RECORD_CHANGED]
    subjects = AuditEvent.objects.filter(tag__in=tags, actor_application=api.application, subject=rule)
    assert subjects.count() == 2


@in_transactions
def test_are_tried_on_an_event_that_was_made_up(api: Api, rule: str) -> None:
    tried = api.post(f"rules/{rule}/try", EVENT).json()

    assert {name: said for name, said in tried.items() if name not in ("milliseconds", "changes")} == {
        "status": "ran",
        "denial": None,
        "refusals": [],
        "error": "",
        "scopes": ["read:timesheets"],
        "access_token_claims": {"https://exampleco.com/tier": "gold"},
        "id_token_claims": {"https://exampleco.com/tier": "gold"},
        "console": "roles: Employee \n",
    }
    assert len(tried["changes"]) == 2
    manager = api.post(f"rules/{rule}/try", {**EVENT, "authorization": {"roles": ["Manager"]}}).json()
    assert manager["scopes"] == EVENT["scopes"]
    denied = api.post(f"rules/{rule}/try", {"scopes": ["a"]}).json()
    assert (denied["status"], denied["denial"]["code"], denied["scopes"]) == ("denied", "no_people", [])


@in_transactions
def test_keep_their_secrets_when_they_are_tried_and_run_though_they_are_off(api: Api, rule: str) -> None:
    RuleSetting.objects.create(name=rule, is_enabled=False, secrets=seal_secrets({"KEY": "hush-hush"}))

    tried = api.post(f"rules/{rule}/try", EVENT)

    assert tried.json()["console"] == "roles: Employee [secret]\n"
    assert "hush" not in tried.content.decode()


@in_transactions
def test_that_fail_say_why_to_who_tries_them(api: Api) -> None:
    def broken(context: Any) -> Any:
        return 1 / 0

    with registered(broken, order=1, name="broken"):
        tried = api.post("rules/broken/try", EVENT).json()

    assert (tried["status"], tried["error"], tried["scopes"]) == ("failed", "ZeroDivisionError: division by zero", [])


def test_are_not_tried_on_what_is_no_event(api: Api, rule: str) -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    wrong: list[object] = [
        f'{{"user": {{"attributes": {deep}}}}}',
        [],
        {"users": {}},
        {"user": {"password": "x"}},
        {"scopes": "openid"},
        {"client": None},
    ]

    assert [api.post(f"rules/{rule}/try", body).status_code for body in wrong] == [400] * len(wrong)
    assert api.post("rules/none/try", EVENT).status_code == 404


@in_transactions
def test_leave_nothing_behind_when_they_are_tried(machine: Callable[..., Api]) -> None:
    def writes(context: Any) -> None:
        get_user_model().objects.create(username="made by a rule")
        print(get_user_model().objects.filter(username="made by a rule").count())

    with registered(writes, order=1, name="writes"):
        tried = machine("update:rules").post("rules/writes/try", EVENT).json()

    assert (tried["status"], tried["console"]) == ("ran", "1\n"), tried
    assert not get_user_model().objects.filter(username="made by a rule").exists()
