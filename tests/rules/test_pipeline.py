"""The rules of a token…"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authhub.models import RuleSetting
from authhub.rules.claims import CLAIMS_BYTES_MAX
from authhub.rules.context import Authorization, RuleContext
from authhub.rules.outcomes import (
    AddClaim,
    AddScope,
    Deny,
    EnrichUser,
    RedirectTo,
    RemoveScope,
    RequireMfa,
    UnauthorizedError,
)
from authhub.rules.pipeline import FAILED, Verdict, evaluate
from authhub.rules.registry import RuleSignal
from authhub.rules.rule_settings import seal_secrets
from authhub.rules.trace import Status
from tests.rules.conftest import make_context

pytestmark = pytest.mark.django_db

COLOR = "https://api.exampleco.com/color"


def add(trigger: RuleSignal, name: str, order: int, answer: Any) -> None:
    """Register a rule that answers `answer`, or what it returns if it is a function of the context."""
    trigger.connect(lambda context: answer(context) if callable(answer) else answer, order=order, name=name)


def statuses(verdict: Verdict) -> dict[str, str]:
    return {entry.rule: entry.status.value for entry in verdict.trace}


def test_leave_the_token_as_it_is_when_there_are_none(trigger: RuleSignal) -> None:
    context = make_context()
    assert evaluate(trigger, context) == Verdict(trigger="test", scopes=context.scopes)


def test_leave_the_token_as_it_is_when_they_answer_nothing(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "silent", 1, None)

    verdict = evaluate(trigger, context)

    assert verdict.refusal is None
    assert verdict.scopes == context.scopes


def test_set_claims_where_told(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "a", 1, AddClaim(COLOR, "red"))
    add(trigger, "b", 2, [AddClaim("https://x.example/a", 1, to=("access_token",))])
    add(trigger, "c", 3, lambda context: iter([AddClaim("https://x.example/i", context.user.email, to=("id_token",))]))

    verdict = evaluate(trigger, context)

    assert verdict.access_token_claims == {COLOR: "red", "https://x.example/a": 1}
    assert verdict.id_token_claims == {COLOR: "red", "https://x.example/i": "eve@example.com"}


def test_give_another_result_in_another_order(trigger: RuleSignal) -> None:
    """M-17."""
    context = make_context()
    add(trigger, "strip", 1, RemoveScope("read:timesheets"))
    add(trigger, "tell", 2, lambda context: AddClaim(COLOR, list(context.scopes)))
    reverse = RuleSignal("reverse")
    add(reverse, "strip", 2, RemoveScope("read:timesheets"))
    add(reverse, "tell", 1, lambda context: AddClaim(COLOR, list(context.scopes)))

    assert evaluate(trigger, context).access_token_claims == {COLOR: ["openid"]}
    assert evaluate(reverse, context).access_token_claims == {COLOR: ["openid", "read:timesheets"]}


def test_give_the_same_result_whatever_the_order_of_registration() -> None:
    context = make_context()
    forwards, backwards = RuleSignal("forwards"), RuleSignal("backwards")
    answers = [(f"rule {number}", number // 2, AddClaim(f"https://x.example/{number}", number)) for number in range(6)]
    for name, order, answer in answers:
        add(forwards, name, order, answer)
    for name, order, answer in reversed(answers):
        add(backwards, name, order, answer)

    one, other = evaluate(forwards, context), evaluate(backwards, context)

    assert [entry.rule for entry in one.trace] == [entry.rule for entry in other.trace]
    assert list(one.access_token_claims) == list(other.access_token_claims)
    assert one.version == other.version


def test_deny_and_run_no_further(trigger: RuleSignal) -> None:
    context = make_context()
    ran: list[str] = []
    add(trigger, "claim", 1, AddClaim(COLOR, "red"))
    add(trigger, "deny", 2, Deny("Not on weekends."))
    add(trigger, "late", 3, lambda _context: ran.append("late"))

    verdict = evaluate(trigger, context)

    assert verdict.denial == verdict.refusal == Deny("Not on weekends.", code="access_denied")
    assert (verdict.scopes, verdict.access_token_claims, verdict.id_token_claims) == ((), {}, {})
    assert statuses(verdict) == {"claim": "ran", "deny": "denied"}
    assert ran == []


def test_keep_a_denial_whatever_else_the_rule_answers(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "torn", 1, [Deny("first"), Deny("second"), AddScope("approve:timesheets")])

    assert evaluate(trigger, context).denial == Deny("first")


def _raise(error: BaseException) -> Callable[[RuleContext], None]:
    def function(context: RuleContext) -> None:
        raise error

    return function


@pytest.mark.parametrize(
    "answer",
    [_raise(UnauthorizedError("x")), UnauthorizedError("x"), [UnauthorizedError("x")]],
    ids=["raised", "returned", "listed"],
)
def test_say_unauthorized_in_the_rules_own_words(trigger: RuleSignal, answer: Any) -> None:
    """M-17."""
    context = make_context()
    add(trigger, "gate", 1, answer)

    assert evaluate(trigger, context).denial == Deny("x", code="unauthorized")


def test_deny_without_details_when_one_raises(trigger: RuleSignal, caplog: pytest.LogCaptureFixture) -> None:
    """M-17, RL01."""
    context = make_context()
    add(trigger, "broken", 1, _raise(ValueError("the server at 10.0.0.7 said no")))

    verdict = evaluate(trigger, context)

    assert verdict.denial == FAILED == Deny("The request was denied.", code="access_denied")
    assert verdict.trace[0].error == "ValueError: the server at 10.0.0.7 said no"
    assert "`broken`" in caplog.text
    assert "10.0.0.7" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    "answer", ["yes", {"deny": False}, 1, object(), [AddClaim(COLOR, 1), "yes"], UnauthorizedError]
)
def test_deny_when_an_answer_is_no_outcome(trigger: RuleSignal, answer: Any) -> None:
    context = make_context()
    trigger.connect(lambda _context: answer, order=1, name="odd")

    assert evaluate(trigger, context).denial == FAILED


def test_deny_when_one_ends_its_thread(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "quits", 1, _raise(SystemExit(3)))

    verdict = evaluate(trigger, context)

    assert verdict.denial == FAILED
    assert verdict.trace[0].error == "ended by SystemExit"


def test_deny_when_two_set_one_claim_to_different_values(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "red", 1, AddClaim(COLOR, "red"))
    add(trigger, "blue", 2, AddClaim(COLOR, "blue"))

    verdict = evaluate(trigger, context)

    assert verdict.denial == FAILED
    assert statuses(verdict) == {"red": "ran", "blue": "failed"}
    assert COLOR in verdict.trace[1].error


def test_may_set_one_claim_to_the_same_value_or_in_different_tokens(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "a", 1, AddClaim(COLOR, ["red"], to=("access_token",)))
    add(trigger, "b", 2, AddClaim(COLOR, ("red",), to=("access_token",)))
    add(trigger, "c", 3, AddClaim(COLOR, "blue", to=("id_token",)))

    verdict = evaluate(trigger, context)

    assert verdict.denial is None
    assert (verdict.access_token_claims, verdict.id_token_claims) == ({COLOR: ["red"]}, {COLOR: "blue"})


@pytest.mark.parametrize("name", ["sub", "aud", "scope", "permissions", "act", "org_id"])
def test_do_not_get_a_reserved_claim_and_say_so(
    trigger: RuleSignal, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """M-18, RL04."""
    context = make_context()
    add(trigger, "forger", 1, [AddClaim(name, "forged"), AddClaim(COLOR, "red")])

    verdict = evaluate(trigger, context)

    assert verdict.access_token_claims == verdict.id_token_claims == {COLOR: "red"}
    assert verdict.trace[0].refusals == (f"claim {name}: this claim is reserved",)
    assert "`forger`" in caplog.text
    assert "forged" not in caplog.text


def test_deny_when_claims_outgrow_a_header(trigger: RuleSignal) -> None:
    """RL07."""
    context = make_context()
    add(trigger, "half", 1, AddClaim(COLOR, "x" * (CLAIMS_BYTES_MAX // 2)))
    add(trigger, "more", 2, AddClaim("https://x.example/more", "x" * (CLAIMS_BYTES_MAX // 2)))

    verdict = evaluate(trigger, context)

    assert verdict.denial == FAILED
    assert statuses(verdict) == {"half": "ran", "more": "failed"}


def test_add_a_scope_only_if_it_is_allowed(trigger: RuleSignal) -> None:
    """RL05."""
    context = make_context()
    add(trigger, "a", 1, [AddScope("approve:timesheets"), AddScope("batch:upload"), AddScope("openid")])

    verdict = evaluate(trigger, context)

    assert verdict.scopes == ("openid", "read:timesheets", "approve:timesheets")
    assert verdict.trace[0].changes == ("add scope approve:timesheets",)
    assert len(verdict.trace[0].refusals) == 1
    assert "batch:upload" in verdict.trace[0].refusals[0]


SCOPES = st.sampled_from(["openid", "read", "create", "delete", "approve", "admin"])
OUTCOMES = st.lists(st.one_of(st.builds(AddScope, SCOPES), st.builds(RemoveScope, SCOPES)), max_size=4)


@settings(max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scopes=st.lists(SCOPES, unique=True),
    allowed=st.frozensets(SCOPES),
    answers=st.lists(OUTCOMES, max_size=4),
)
def test_never_exceed_what_was_granted_and_allowed(
    scopes: list[str], allowed: frozenset[str], answers: list[list[Any]]
) -> None:
    """RL05."""
    trigger = RuleSignal("random")
    for place, answer in enumerate(answers):
        trigger.connect(lambda _context, answer=answer: answer, order=place, name=str(place), is_builtin=True)

    verdict = evaluate(trigger, make_context(scopes=scopes, allowed_scopes=allowed))

    assert verdict.refusal is None
    assert set(verdict.scopes) <= set(scopes) | allowed
    assert len(verdict.scopes) == len(set(verdict.scopes))


def test_carry_a_second_factor_and_issue_nothing_meanwhile(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "mfa", 1, RequireMfa(allow_remember_browser=True))
    add(trigger, "later", 2, AddClaim(COLOR, "red"))

    verdict = evaluate(trigger, context)

    assert verdict.denial is None
    assert verdict.require_mfa == RequireMfa(allow_remember_browser=True)
    assert verdict.refusal is not None
    assert verdict.refusal.code == "interaction_required"
    assert (verdict.scopes, verdict.access_token_claims) == ((), {})
    assert statuses(verdict) == {"mfa": "ran", "later": "ran"}


def test_carry_a_redirect_and_run_no_further(trigger: RuleSignal) -> None:
    context = make_context()
    redirect = RedirectTo("https://exampleco.com/terms?token=hush")
    add(trigger, "terms", 1, redirect)
    add(trigger, "later", 2, AddClaim(COLOR, "red"))

    verdict = evaluate(trigger, context)

    assert verdict.redirect == redirect
    assert verdict.refusal is not None
    assert verdict.refusal.code == "interaction_required"
    assert statuses(verdict) == {"terms": "ran"}
    assert verdict.trace[0].changes == ("redirect to https://exampleco.com/terms",)


def test_prefer_a_denial_to_interaction(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "mfa", 1, RequireMfa())
    add(trigger, "deny", 2, Deny("no"))

    assert evaluate(trigger, context).refusal == Deny("no")


def test_enrich_the_user_for_later_rules_only(trigger: RuleSignal) -> None:
    context = make_context()
    add(trigger, "before", 1, lambda context: AddClaim("https://x.example/before", context.user.roles))
    add(trigger, "enrich", 2, EnrichUser(Authorization(roles=["Employee"])))
    add(trigger, "after", 3, lambda context: AddClaim("https://x.example/after", context.user.roles))

    verdict = evaluate(trigger, context)

    assert verdict.access_token_claims == {"https://x.example/before": [], "https://x.example/after": ["Employee"]}


def test_enrich_nobody_when_there_is_no_user(trigger: RuleSignal) -> None:
    add(trigger, "enrich", 1, EnrichUser(Authorization(roles=["Employee"])))

    verdict = evaluate(trigger, make_context(user=None))

    assert verdict.refusal is None
    assert verdict.trace[0].changes == ()


def test_always_see_the_authorization(trigger: RuleSignal) -> None:
    """B-26."""
    add(trigger, "first", 1, lambda context: AddClaim(COLOR, context.authorization.permissions))

    verdict = evaluate(trigger, make_context(authorization=Authorization(permissions=lambda: ["read:timesheets"])))

    assert verdict.access_token_claims == {COLOR: ["read:timesheets"]}


def test_look_names_up_in_the_requests_thread_and_once(trigger: RuleSignal) -> None:
    """So that the query is in the request's transaction, on its connection."""
    threads: list[threading.Thread] = []

    def load() -> list[str]:
        threads.append(threading.current_thread())
        return ["Employee"]

    add(trigger, "a", 1, lambda context: AddClaim("https://x.example/a", context.authorization.roles))
    add(trigger, "b", 2, lambda context: AddClaim("https://x.example/b", context.authorization.roles))

    evaluate(trigger, make_context(authorization=Authorization(roles=load)))

    assert threads == [threading.current_thread()]


def test_deny_when_names_cannot_be_looked_up(trigger: RuleSignal) -> None:
    def load() -> list[str]:
        raise LookupError("gone")

    add(trigger, "a", 1, lambda context: AddClaim(COLOR, context.authorization.roles))

    verdict = evaluate(trigger, make_context(authorization=Authorization(roles=load)))

    assert verdict.denial == FAILED
    assert "gone" in verdict.trace[0].error


def test_leave_a_context_that_was_kept_without_answers(trigger: RuleSignal) -> None:
    kept: list[RuleContext] = []
    add(trigger, "keeps", 1, kept.append)
    evaluate(trigger, make_context(authorization=Authorization(roles=["Employee"])))

    with pytest.raises(Exception, match="nobody waits"):
        kept[0].authorization.roles  # noqa: B018


def _loop(context: RuleContext) -> None:
    while True:
        pass


def _sleep(context: RuleContext) -> None:
    time.sleep(4)


@pytest.mark.parametrize("hang", [_loop, _sleep], ids=["loops", "sleeps"])
def test_deny_in_time_when_one_hangs(
    trigger: RuleSignal, within: Callable[[float], None], hang: Any, caplog: Any
) -> None:
    """M-17, RL02."""
    context = make_context()
    within(0.5)
    add(trigger, "fine", 1, AddClaim(COLOR, "red"))
    trigger.connect(hang, order=2, name="hangs")
    started_at = time.monotonic()

    verdict = evaluate(trigger, context)

    assert time.monotonic() - started_at < 3
    assert verdict.denial == FAILED
    assert (verdict.scopes, verdict.access_token_claims) == ((), {})
    assert statuses(verdict) == {"fine": "ran", "hangs": "timed_out"}
    assert "`hangs` timed_out" in caplog.text


def test_share_the_time_of_one_token(trigger: RuleSignal, within: Callable[[float], None]) -> None:
    context = make_context()
    within(0.3)
    for place in range(4):
        add(trigger, str(place), place, lambda _context: time.sleep(0.12))

    verdict = evaluate(trigger, context)

    assert verdict.denial == FAILED
    assert verdict.trace[-1].status == Status.TIMED_OUT
    assert len(verdict.trace) < 4


def test_start_no_thread_for_the_built_in_rule(trigger: RuleSignal) -> None:
    context = make_context()
    threads: list[threading.Thread] = []
    trigger.connect(lambda _context: threads.append(threading.current_thread()), order=1, name="ours", is_builtin=True)

    evaluate(trigger, context)

    assert threads == [threading.current_thread()]


@pytest.fixture
def shadow() -> Iterator[Callable[[str], None]]:
    def put(name: str) -> None:
        RuleSetting.objects.create(name=name, is_shadow=True)

    return put


def test_run_in_shadow_without_effect(trigger: RuleSignal, shadow: Callable[[str], None]) -> None:
    """B-21."""
    context = make_context()
    shadow("candidate")
    add(
        trigger,
        "candidate",
        1,
        [RemoveScope("read:timesheets"), AddClaim(COLOR, "red"), AddClaim("sub", 1), Deny("too early")],
    )
    add(trigger, "tell", 2, lambda context: AddClaim("https://x.example/scopes", list(context.scopes)))

    verdict = evaluate(trigger, context)

    assert verdict.refusal is None
    assert verdict.scopes == context.scopes
    assert verdict.access_token_claims == {"https://x.example/scopes": ["openid", "read:timesheets"]}
    assert [(entry.rule, entry.is_shadow, entry.status.value) for entry in verdict.trace] == [
        ("candidate", True, "denied"),
        ("tell", False, "ran"),
    ]
    assert verdict.trace[0].changes == (
        "remove scope read:timesheets",
        f"set claim {COLOR} of access_token and id_token",
        "deny with access_denied: too early",
    )
    assert verdict.trace[0].refusals == ("claim sub: this claim is reserved",)


def test_show_a_shadow_the_token_as_it_was_in_its_place(trigger: RuleSignal, shadow: Callable[[str], None]) -> None:
    context = make_context()
    shadow("candidate")
    seen: list[tuple[str, ...]] = []
    add(trigger, "before", 1, RemoveScope("openid"))
    add(trigger, "candidate", 2, lambda context: seen.append(context.scopes))
    add(trigger, "after", 3, RemoveScope("read:timesheets"))

    evaluate(trigger, context)

    assert seen == [("read:timesheets",)]


@pytest.mark.parametrize(
    "hang", [_raise(ValueError("x")), _raise(SystemExit(1)), _loop], ids=["raises", "quits", "loops"]
)
def test_do_not_deny_because_a_shadow_failed(
    trigger: RuleSignal, shadow: Callable[[str], None], within: Callable[[float], None], hang: Any
) -> None:
    context = make_context()
    within(0.5)
    shadow("candidate")
    trigger.connect(hang, order=1, name="candidate")
    add(trigger, "claim", 2, AddClaim(COLOR, "red"))

    verdict = evaluate(trigger, context)

    assert verdict.refusal is None
    assert verdict.access_token_claims == {COLOR: "red"}
    assert statuses(verdict)["candidate"] in ("failed", "timed_out")
    assert verdict.trace[0].is_shadow


def test_do_not_run_when_switched_off(trigger: RuleSignal) -> None:
    """M-17, B-22."""
    context = make_context()
    RuleSetting.objects.create(name="off", is_enabled=False)
    add(trigger, "off", 1, Deny("no"))

    verdict = evaluate(trigger, context)

    assert verdict.refusal is None
    assert verdict.trace == ()


def test_run_where_the_administrator_puts_them(trigger: RuleSignal) -> None:
    context = make_context()
    RuleSetting.objects.create(name="late", order=1)
    add(trigger, "early", 10, None)
    add(trigger, "late", 20, None)

    assert [(entry.rule, entry.order) for entry in evaluate(trigger, context).trace] == [("late", 1), ("early", 10)]


def test_see_their_own_secrets_only(trigger: RuleSignal, caplog: pytest.LogCaptureFixture) -> None:
    context = make_context()
    caplog.set_level(logging.DEBUG)
    RuleSetting.objects.create(name="owner", secrets=seal_secrets({"API_KEY": "hush-hush"}))
    RuleSetting.objects.create(name="leaky", secrets=seal_secrets({"API_KEY": "sotto-voce"}))
    seen: dict[str, dict[str, str]] = {}
    add(trigger, "owner", 1, lambda context: seen.update(owner=dict(context.secrets)))
    add(trigger, "other", 2, lambda context: seen.update(other=dict(context.secrets)))
    add(trigger, "leaky", 3, lambda context: _raise(ValueError(f"bad key {context.secrets['API_KEY']}"))(context))

    verdict = evaluate(trigger, context)

    assert seen == {"owner": {"API_KEY": "hush-hush"}, "other": {}}
    assert verdict.trace[2].error == "ValueError: bad key [secret]"
    for told in (repr(verdict), caplog.text):
        assert "hush-hush" not in told
        assert "sotto-voce" not in told


def test_deny_when_secrets_cannot_be_opened(trigger: RuleSignal, settings: Any) -> None:
    """KY04."""
    context = make_context()
    RuleSetting.objects.create(name="owner", secrets=seal_secrets({"API_KEY": "hush-hush"}))
    add(trigger, "owner", 1, None)
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["another"]}

    assert evaluate(trigger, context).denial == FAILED


def test_cost_one_query_at_most_and_none_while_cached(trigger: RuleSignal, django_assert_num_queries: Any) -> None:
    context = make_context()
    for place in range(5):
        add(trigger, str(place), place, None)

    with django_assert_num_queries(1):
        evaluate(trigger, context)
    with django_assert_num_queries(0):
        evaluate(trigger, context)


def test_cost_no_query_when_there_are_none(trigger: RuleSignal, django_assert_num_queries: Any) -> None:
    context = make_context()
    with django_assert_num_queries(0):
        evaluate(trigger, context)


def test_name_the_list_that_ran(trigger: RuleSignal) -> None:
    """RL06."""
    context = make_context()
    add(trigger, "a", 1, None)
    before = evaluate(trigger, context).version
    RuleSetting.objects.create(name="a", order=7)

    assert len(before) == 12
    assert evaluate(trigger, context).version not in ("", before)


def test_run_the_list_that_was_there_at_the_start(trigger: RuleSignal) -> None:
    """RL06."""
    context = make_context()
    add(trigger, "adds", 1, lambda _context: add(trigger, "added", 2, Deny("no")))

    assert evaluate(trigger, context).refusal is None
    assert {found.name for found in trigger.rules} == {"adds", "added"}


def test_treat_what_users_write_as_data(trigger: RuleSignal) -> None:
    """RL03."""
    add(trigger, "tell", 1, lambda context: AddClaim(COLOR, context.client.name))
    hostile = "{{7*7}} {0.__class__} ${x} %s"
    client = type(make_context().client)(id="spa", name=hostile)

    assert evaluate(trigger, make_context(client=client)).access_token_claims == {COLOR: hostile}


@pytest.mark.django_db(transaction=True)
def test_close_the_connections_that_they_open(trigger: RuleSignal) -> None:
    context = make_context()
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory database is never closed")
    opened: list[Any] = []

    def query(context: RuleContext) -> AddClaim:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        opened.append(connection.connection)
        return AddClaim(COLOR, RuleSetting.objects.count())

    trigger.connect(query, order=1, name="queries")

    verdict = evaluate(trigger, context)

    assert verdict.access_token_claims == {COLOR: 0}
    assert opened[0] is not connection.connection
    assert opened[0].closed
