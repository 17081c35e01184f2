"""Advice on which flow to use…"""

import re
from typing import Any

import pytest

from authhub.models import ApplicationType
from authhub.oauth.advice import ASKED, QUESTIONS, Answers, ContradictionError, advise
from authhub.oauth.flows import FLOWS, Flow, markdown_table
from tests.house.checkout import ROOT

SPA, WEB, NATIVE, MACHINE = (
    ApplicationType.SPA,
    ApplicationType.REGULAR_WEB,
    ApplicationType.NATIVE,
    ApplicationType.MACHINE_TO_MACHINE,
)
PAGE = (ROOT / "docs/explanation/which-flow.md").read_text()


@pytest.mark.parametrize(
    ("said", "flow"),
    [
        ({"application_type": SPA}, Flow.CODE_PKCE),
        ({"application_type": SPA, "has_secret": False}, Flow.CODE_PKCE),
        ({"application_type": WEB}, Flow.CODE_PKCE),
        ({"application_type": WEB, "has_pkce": False}, Flow.CODE),
        ({"application_type": NATIVE}, Flow.CODE_PKCE),
        ({"application_type": NATIVE, "has_browser": False}, Flow.DEVICE),
        ({"application_type": NATIVE, "can_redirect": False}, Flow.DEVICE),
        ({"application_type": NATIVE, "has_browser": False, "has_pkce": False}, Flow.DEVICE),
        ({"application_type": MACHINE}, Flow.CLIENT_CREDENTIALS),
        ({"has_user": False}, Flow.CLIENT_CREDENTIALS),
        ({"has_browser": False}, Flow.DEVICE),
        ({"has_secret": True}, Flow.CODE_PKCE),
    ],
)
def test_recommends(said: Any, flow: Flow) -> None:
    assert advise(Answers(**said)).flow is flow


@pytest.mark.parametrize(
    ("said", "legacy"),
    [
        ({"application_type": WEB, "needs_front_channel_id_token": True}, Flow.HYBRID),
        ({"application_type": WEB, "needs_front_channel_id_token": True, "calls_api": True}, Flow.HYBRID),
        ({"application_type": WEB, "needs_front_channel_id_token": True, "calls_api": False}, Flow.IMPLICIT),
        ({"application_type": SPA, "takes_password": True}, Flow.PASSWORD),
        ({"application_type": NATIVE, "takes_password": True}, Flow.PASSWORD),
    ],
)
def test_names_the_legacy_flow_that_was_described_but_recommends_another(said: Any, legacy: Flow) -> None:
    advice = advise(Answers(**said))

    assert (advice.legacy, advice.flow) == (legacy, Flow.CODE_PKCE)
    assert advice.legacy_reasons
    assert FLOWS[legacy].instead


def test_covers_all_seven_flows() -> None:
    named = set()
    for kind in ApplicationType:
        for field in (None, *QUESTIONS):
            for said in (True, False):
                front = {"needs_front_channel_id_token": True} if field == "calls_api" and kind is WEB else {}
                answers = Answers(application_type=kind, **({field: said} if field else {}), **front)
                try:
                    advice = advise(answers)
                except ContradictionError:
                    continue
                named |= {advice.flow, advice.legacy}
                assert not FLOWS[advice.flow].is_legacy
                assert advice.reasons
                assert advice.settings

    assert named - {None} == set(Flow) == set(FLOWS)
    assert len(Flow) == 7


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "say what kind"),
        ({"application_type": MACHINE, "has_user": True}, "has no user"),
        ({"application_type": MACHINE, "takes_password": True}, "has no user"),
        ({"application_type": MACHINE, "has_secret": False}, "cannot prove itself"),
        ({"application_type": SPA, "has_user": False}, "its type is machine to machine"),
        ({"application_type": SPA, "has_secret": True}, "its user can read"),
        ({"application_type": NATIVE, "has_secret": True}, "its user can read"),
        ({"application_type": NATIVE, "has_pkce": False}, "library that has PKCE"),
        ({"application_type": NATIVE, "has_browser": False, "needs_front_channel_id_token": True}, "no browser"),
        ({"application_type": WEB, "has_secret": False}, "single-page"),
        ({"application_type": WEB, "has_browser": False}, "native"),
        ({"application_type": SPA, "can_redirect": False}, "native"),
    ],
)
def test_refuses_answers_that_describe_no_application(said: Any, sentence: str) -> None:
    with pytest.raises(ContradictionError, match=re.escape(sentence)):
        advise(Answers(**said))


def test_says_how_to_work_when_the_person_has_left() -> None:
    settings = advise(Answers(application_type=NATIVE, works_offline=True)).settings

    assert any("offline_access" in setting for setting in settings)
    assert not any("offline_access" in each for each in advise(Answers(application_type=MACHINE)).settings)


def test_asks_only_questions_that_there_are() -> None:
    assert set(QUESTIONS) | {"application_type"} == set(Answers.__dataclass_fields__)
    assert set(ASKED) == set(ApplicationType)
    assert {name for names in ASKED.values() for name in names} <= set(QUESTIONS)


def test_agrees_with_the_table_of_the_documentation_row_by_row() -> None:
    (written,) = re.findall(r"^\| Flow \|.*?(?=\n\n)", PAGE, flags=re.MULTILINE | re.DOTALL)

    assert written.splitlines() == markdown_table().splitlines()


def test_says_of_each_flow_whether_this_server_has_it(settings: Any) -> None:
    before = FLOWS[Flow.PASSWORD].is_enabled, FLOWS[Flow.HYBRID].is_enabled
    settings.AUTHHUB = {**settings.AUTHHUB, "LEGACY_GRANT_TYPES": ["password"]}

    assert (before, FLOWS[Flow.PASSWORD].is_enabled) == ((False, False), True)
    assert not FLOWS[Flow.HYBRID].is_enabled
    assert FLOWS[Flow.CODE_PKCE].is_enabled
