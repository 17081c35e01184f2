"""The event of a verdict…"""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from authhub.models import AuditEvent, AuditTag, RuleSetting
from authhub.rules.context import RuleOrganization, RuleResourceServer
from authhub.rules.outcomes import AddClaim, Deny, RequireMfa
from authhub.rules.pipeline import evaluate
from authhub.rules.recording import record
from authhub.rules.registry import RuleSignal
from tests.rules.conftest import make_context

pytestmark = pytest.mark.django_db


def recorded(trigger: RuleSignal, **values: Any) -> AuditEvent | None:
    context = make_context(
        grant_type="authorization_code",
        resource_server=RuleResourceServer(identifier="https://api.exampleco.com/timesheets"),
        organization=RuleOrganization(id="org_7"),
    )
    return record(evaluate(trigger, context), context, **values)


def test_is_not_written_when_there_are_no_rules(trigger: RuleSignal) -> None:
    assert recorded(trigger) is None
    assert not AuditEvent.objects.exists()


def test_is_not_written_for_the_built_in_rule_alone(trigger: RuleSignal) -> None:
    trigger.connect(lambda _context: None, order=100, name="ours", is_builtin=True)

    assert recorded(trigger) is None


def test_is_written_when_the_built_in_rule_denies(trigger: RuleSignal) -> None:
    trigger.connect(lambda _context: Deny("no_end_users"), order=100, name="ours", is_builtin=True)

    event = recorded(trigger)

    assert event is not None
    assert (event.tag, event.reason) == (AuditTag.RULE_DENIED, "no_end_users")


def test_says_once_what_each_rule_did_and_no_values(trigger: RuleSignal, django_assert_num_queries: Any) -> None:
    user = get_user_model().objects.create(username="eve")
    RuleSetting.objects.create(name="candidate", is_shadow=True)
    trigger.connect(lambda _context: AddClaim("https://x.example/a", "secret value"), order=1, name="claim")
    trigger.connect(lambda _context: [AddClaim("sub", "x"), Deny("later")], order=2, name="candidate")
    evaluate(trigger, make_context())

    with django_assert_num_queries(1):
        event = recorded(trigger, user=user)

    assert event is not None
    assert (event.tag, event.user, event.subject) == (
        AuditTag.RULE_TRACED,
        user,
        "https://api.exampleco.com/timesheets",
    )
    event.refresh_from_db()
    assert event.details["trigger"] == "test"
    assert event.details["client_id"] == "spa"
    assert event.details["grant_type"] == "authorization_code"
    assert event.details["organization"] == "org_7"
    assert len(event.details["version"]) == 12
    claim, candidate = event.details["rules"]
    assert claim.pop("milliseconds") >= 0
    assert candidate.pop("milliseconds") >= 0
    assert claim == {
        "rule": "claim",
        "order": 1,
        "status": "ran",
        "changes": ["set claim https://x.example/a of access_token and id_token"],
    }
    assert candidate == {
        "rule": "candidate",
        "order": 2,
        "status": "denied",
        "shadow": True,
        "changes": ["deny with access_denied: later"],
        "refusals": ["claim sub: this claim is reserved"],
    }
    assert "secret value" not in json.dumps(event.details)


def test_names_the_rule_that_failed_and_why(trigger: RuleSignal) -> None:
    trigger.connect(lambda context: context.nothing, order=1, name="broken")

    event = recorded(trigger)

    assert event is not None
    assert (event.tag, event.reason) == (AuditTag.RULE_FAILED, "broken")
    assert event.details["error"] == "access_denied"
    assert "AttributeError" in event.details["rules"][0]["error"]


def test_is_no_failure_when_only_a_shadow_failed(trigger: RuleSignal) -> None:
    RuleSetting.objects.create(name="broken", is_shadow=True)
    trigger.connect(lambda context: context.nothing, order=1, name="broken")

    event = recorded(trigger)

    assert event is not None
    assert event.tag == AuditTag.RULE_TRACED
    assert "error" not in event.details


def test_says_that_more_was_needed(trigger: RuleSignal) -> None:
    trigger.connect(lambda _context: RequireMfa(), order=1, name="mfa")

    event = recorded(trigger)

    assert event is not None
    assert (event.tag, event.details["error"]) == (AuditTag.RULE_TRACED, "interaction_required")


def test_leaves_out_what_the_token_has_not(trigger: RuleSignal) -> None:
    trigger.connect(lambda _context: None, order=1, name="silent")
    context = make_context()

    event = record(evaluate(trigger, context), context)

    assert event is not None
    assert event.subject == ""
    assert "organization" not in event.details
