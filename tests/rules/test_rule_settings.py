"""An administrator's word on a rule…"""

from typing import Any

import pytest

from authhub.encryption import UndecryptableError, encrypt
from authhub.models import RuleSetting
from authhub.rules import remembering
from authhub.rules.registry import RuleSignal
from authhub.rules.remembering import CACHE_SECONDS
from authhub.rules.rule_settings import (
    forget_rule_settings,
    open_secrets,
    seal_secrets,
    take_snapshot,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trigger(trigger: RuleSignal) -> RuleSignal:
    trigger.connect(lambda _context: None, order=1, name="a")
    return trigger


def is_shadow(trigger: RuleSignal) -> bool:
    return take_snapshot(trigger).steps[0].is_shadow


def test_counts_at_once_in_the_process_that_changed_it(trigger: RuleSignal) -> None:
    assert not is_shadow(trigger)

    setting = RuleSetting.objects.create(name="a", is_shadow=True)
    assert is_shadow(trigger)

    setting.is_shadow = False
    setting.save()
    assert not is_shadow(trigger)

    setting.is_enabled = False
    setting.save()
    assert take_snapshot(trigger).steps == ()

    setting.delete()
    assert len(take_snapshot(trigger).steps) == 1


def test_is_dropped_again_on_commit(trigger: RuleSignal, django_capture_on_commit_callbacks: Any) -> None:
    """Another thread may have read the old rows in between."""
    with django_capture_on_commit_callbacks(execute=True):
        RuleSetting.objects.create(name="a")
        take_snapshot(trigger)
        RuleSetting.objects.update(is_shadow=True)
        assert not is_shadow(trigger)

    assert is_shadow(trigger)


def test_counts_elsewhere_after_the_stated_time(trigger: RuleSignal, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(remembering.time, "monotonic", lambda: now[0])
    RuleSetting.objects.create(name="a")
    assert not is_shadow(trigger)
    RuleSetting.objects.update(is_shadow=True)

    now[0] += CACHE_SECONDS
    assert not is_shadow(trigger)
    now[0] += 0.001
    assert is_shadow(trigger)


def test_can_be_read_anew_on_demand(trigger: RuleSignal) -> None:
    RuleSetting.objects.create(name="a")
    take_snapshot(trigger)
    RuleSetting.objects.update(is_shadow=True)

    forget_rule_settings()

    assert is_shadow(trigger)


def test_orders_ties_by_name(trigger: RuleSignal) -> None:
    trigger.connect(lambda _context: None, order=9, name="0")
    RuleSetting.objects.create(name="0", order=1)

    assert [step.rule.name for step in take_snapshot(trigger).steps] == ["0", "a"]


def test_keeps_secrets_encrypted() -> None:
    sealed = seal_secrets({"API_KEY": "hush-hush"})

    assert "hush-hush" not in sealed
    assert dict(open_secrets(sealed)) == {"API_KEY": "hush-hush"}


def test_keeps_nothing_for_no_secrets() -> None:
    assert seal_secrets({}) == ""
    assert dict(open_secrets("")) == {}


def test_does_not_open_what_was_sealed_for_another_purpose() -> None:
    with pytest.raises(UndecryptableError):
        open_secrets(encrypt('{"a": "b"}', purpose="signing-key"))
