"""A trigger…"""

from importlib import import_module
from typing import Any

import pytest

from authhub.rules.context import RuleContext
from authhub.rules.registry import (
    TRIGGERS,
    RuleRegistrationError,
    RuleSignal,
    credentials_exchange,
    post_login,
    registered,
    rule,
)
from tests.rules.conftest import make_context


def nothing(context: RuleContext) -> None:
    return None


def something(context: RuleContext) -> None:
    return None


def test_runs_rules_in_their_stated_order_and_ties_by_name(trigger: RuleSignal) -> None:
    for order, name in [(300, "z"), (100, "y"), (200, "b"), (200, "a"), (-1, "x")]:
        trigger.connect(lambda _context: None, order=order, name=name)

    assert [found.name for found in trigger.rules] == ["x", "y", "a", "b", "z"]


def test_sends_in_order(trigger: RuleSignal) -> None:
    context = make_context()
    trigger.connect(lambda _context: "late", order=2, name="late")
    trigger.connect(lambda _context: "early", order=1, name="early")

    assert [answer for _, answer in trigger.send(None, context=context)] == ["early", "late"]


def test_holds_rules_fast(trigger: RuleSignal) -> None:
    def register_local() -> None:
        def local(context: RuleContext) -> None:
            return None

        trigger.connect(local, order=1)

    register_local()

    assert len(trigger.rules) == 1


def test_takes_the_same_function_again_without_a_second_rule(trigger: RuleSignal) -> None:
    rule(trigger, order=1)(nothing)
    rule(trigger, order=1)(nothing)

    assert [found.name for found in trigger.rules] == ["tests.rules.test_registry.nothing"]


def test_refuses_another_function_under_a_taken_name(trigger: RuleSignal) -> None:
    trigger.connect(nothing, order=1, name="a rule")

    with pytest.raises(RuleRegistrationError, match="`a rule` is taken"):
        trigger.connect(something, order=1, name="a rule")


def test_refuses_the_same_function_in_another_place(trigger: RuleSignal) -> None:
    trigger.connect(nothing, order=1)

    with pytest.raises(RuleRegistrationError, match="taken"):
        trigger.connect(nothing, order=2)


def test_refuses_a_name_that_another_trigger_has_given_away() -> None:
    with registered(nothing, trigger=post_login, order=1, name="shared"):
        with pytest.raises(RuleRegistrationError, match="taken"):
            credentials_exchange.connect(something, order=1, name="shared")

        with registered(nothing, trigger=credentials_exchange, order=7, name="shared") as both:
            assert both in credentials_exchange.rules


def test_refuses_an_asynchronous_rule(trigger: RuleSignal) -> None:
    async def later(context: RuleContext) -> None:
        return None

    with pytest.raises(RuleRegistrationError, match="plain function"):
        trigger.connect(later, order=1)


def test_refuses_a_name_that_no_setting_can_carry(trigger: RuleSignal) -> None:
    with pytest.raises(RuleRegistrationError, match="longer than 200"):
        trigger.connect(nothing, order=1, name="x" * 201)


def test_forgets_a_rule_registered_for_a_test() -> None:
    with registered(nothing, order=1) as added:
        assert added in post_login.rules

    assert added not in post_login.rules


def test_keeps_a_rule_that_was_there_before_the_test(trigger: RuleSignal) -> None:
    kept = trigger.connect(nothing, order=1)

    with registered(nothing, trigger=trigger, order=1):
        pass

    assert trigger.rules == (kept,)


def test_works_as_a_signal_under_debug(trigger: RuleSignal, settings: Any) -> None:
    settings.DEBUG = True

    trigger.connect(nothing, order=1)

    assert trigger.has_listeners()


def test_has_the_five_names_of_auth0() -> None:
    assert [repr(trigger) for trigger in TRIGGERS] == [
        "<RuleSignal post_login>",
        "<RuleSignal credentials_exchange>",
        "<RuleSignal pre_user_registration>",
        "<RuleSignal post_user_registration>",
        "<RuleSignal post_change_password>",
    ]


def test_finds_the_rules_of_installed_apps() -> None:
    module = import_module("authhub_site.authhub_rules")

    assert any(found.function is module.add_email_to_access_token for found in post_login.rules)
