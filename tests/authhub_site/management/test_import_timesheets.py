"""`import_timesheets` refuses..."""

from collections.abc import Callable
from email.message import Message
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from authhub.resource_server.fetching import Answer
from authhub.resource_server.machine_client import MachineClient
from authhub_site.credentials import Credentials

DEAD = "http://127.0.0.1:9/api"


def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("EXAMPLECO_CLIENT_ID", raising=False)
    monkeypatch.delenv("EXAMPLECO_CLIENT_SECRET", raising=False)
    with pytest.raises(CommandError) as refusal:
        call_command("import_timesheets", str(path), "--api-url", DEAD)
    return str(refusal.value)


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cannot be read" in run(tmp_path / "none.json", monkeypatch)


@pytest.mark.parametrize(("text", "sentence"), [("{", "is not JSON"), ("{}", "is not a list"), ("\xff", "is not JSON")])
def test_a_file_that_is_no_list(text: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "entries.json"
    path.write_bytes(text.encode("latin-1"))

    assert sentence in run(path, monkeypatch)


def test_to_start_without_a_secret(files_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files_of_its_own / "entries.json"
    path.write_text("[{}]")

    assert "no secret" in run(path, monkeypatch)


def test_to_go_on_when_the_server_is_away(files_of_its_own: Path, monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.ISSUER = "http://127.0.0.1:9/"
    Credentials(client_ids={"cron": "job"}, client_secrets={"cron": "secret"}).save()
    path = files_of_its_own / "entries.json"
    path.write_text("[{}]")

    said = run(path, monkeypatch)

    assert said.startswith("entry 1 was not uploaded: ")
    assert "secret" not in said.replace("client_secret", "")


@pytest.fixture
def job(files_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], str]:
    """Return a function that uploads one entry and gets the answer given; it returns what is printed."""
    Credentials(client_ids={"cron": "job"}, client_secrets={"cron": "secret"}).save()
    path = files_of_its_own / "entries.json"
    path.write_text('[{"user_id": "007"}]')

    def upload(answer: Answer) -> str:
        monkeypatch.setattr(MachineClient, "request", lambda *_args, **_more: answer)
        out = StringIO()
        call_command("import_timesheets", str(path), stdout=out)
        return out.getvalue()

    return upload


def test_no_entry_that_the_api_takes(job: Callable[[Answer], str]) -> None:
    said = job(Answer(201, Message(), b'{"id": 114, "user_id": "007"}'))

    assert said == "Created timesheet 114 for employee 007\n"


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, b'{"hours": ["wrong"]}', 'the API answered 400: {"hours": ["wrong"]}'),
        (403, b"", "the API answered 403"),
        (500, b"\xff" * 2000, "the API answered 500"),
        (201, b"<html>", "not a timesheet"),
        (201, b"[]", "not a timesheet"),
        (201, b"{}", "not a timesheet"),
    ],
)
def test_to_go_on_after_a_refusal(job: Callable[[Answer], str], status: int, body: bytes, sentence: str) -> None:
    with pytest.raises(CommandError) as refusal:
        job(Answer(status, Message(), body))

    assert sentence in str(refusal.value)
    assert len(str(refusal.value)) < 600
