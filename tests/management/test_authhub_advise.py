"""The command that says which flow to use…"""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from authhub.oauth.flows import FLOWS


def advise(*arguments: str) -> str:
    output = io.StringIO()
    call_command("authhub_advise", *arguments, stdout=output)
    return output.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def ask(monkeypatch: Any, *replies: str) -> tuple[str, str]:
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{reply}\n" for reply in replies)))
    output, questions = io.StringIO(), io.StringIO()
    call_command("authhub_advise", stdout=output, stderr=questions)
    return output.getvalue(), questions.getvalue()


def test_answers_in_words() -> None:
    said = advise("--type", "spa", "--no-confidential")

    assert said.startswith("Authorization code with PKCE (RFC 6749")
    assert "Set up" in said


def test_says_what_to_use_instead_of_a_legacy_flow() -> None:
    said = advise("--type", "regular_web", "--front-channel-id-token")

    assert said.startswith("Authorization code with PKCE")
    assert "What you described is Hybrid" in said
    assert "off on this server" in said
    assert "Use instead: code with PKCE" in said


def test_answers_in_json() -> None:
    said = json.loads(advise("--type", "machine", "--json"))

    assert (said["flow"], said["grant_type"], said["is_enabled"]) == ("client_credentials", "client_credentials", True)
    assert said["described"] is None


def test_tells_a_script_of_the_legacy_flow_that_was_described() -> None:
    said = json.loads(advise("--type", "native", "--password-form", "--json"))

    assert (said["flow"], said["described"]["flow"]) == ("code_pkce", "password")
    assert said["described"]["instead"]


@pytest.mark.parametrize("name", ["machine", "non_interactive"])
def test_takes_both_names_of_a_machine(name: str) -> None:
    assert advise("--type", name).startswith("Client credentials")


def test_ends_with_two_when_the_answers_contradict_each_other() -> None:
    with pytest.raises(CommandError, match="its user can read") as error:
        advise("--type", "spa", "--confidential")

    assert error.value.returncode == 2


def test_asks_for_the_type_where_it_does_not_follow() -> None:
    with pytest.raises(CommandError, match="see --type"):
        advise("--user")


def test_lists_the_seven() -> None:
    assert len(advise("--list").strip().splitlines()) == 7
    assert [row["title"] for row in json.loads(advise("--list", "--json"))] == [f.title for f in FLOWS.values()]


def test_asks_on_a_terminal_what_is_worth_asking(monkeypatch: Any) -> None:
    said, questions = ask(monkeypatch, "3", "n", "", "YES", "")

    assert said.startswith("Device authorization")
    assert "offline_access" in said
    assert "PKCE?" not in questions


def test_asks_again_what_it_did_not_understand(monkeypatch: Any) -> None:
    said, questions = ask(monkeypatch, "nine", "4")

    assert said.startswith("Client credentials")
    assert questions.count("What is it?") == 2


def test_ends_when_nobody_answers(monkeypatch: Any) -> None:
    with pytest.raises(CommandError, match="were not answered"):
        ask(monkeypatch, "2")


def test_does_not_ask_without_a_terminal(monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("4\n"))

    with pytest.raises(CommandError, match="say what kind"):
        advise()
