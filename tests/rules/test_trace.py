"""A trace…"""

import logging

import pytest

from authhub.rules.trace import TEXT_LENGTH_MAX, Status, TraceEntry, log_failure, redacted


def test_blots_out_secrets_the_longest_first() -> None:
    assert redacted("key=hush-hush", {"a": "hush", "b": "hush-hush", "c": ""}) == "key=[secret]"


def test_cuts_long_text() -> None:
    assert len(redacted("x" * 10_000, {})) == TEXT_LENGTH_MAX


def test_logs_a_traceback_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("bad key hush-hush")
    except ValueError as error:
        line = log_failure("a rule", error, {"KEY": "hush-hush"})

    assert line == "ValueError: bad key [secret]"
    assert caplog.records[0].levelno == logging.ERROR
    assert "test_trace.py" in caplog.text
    assert "hush-hush" not in caplog.text


def test_leaves_out_what_is_empty() -> None:
    entry = TraceEntry(rule="a", order=1, status=Status.RAN, milliseconds=0.5)

    assert entry.as_details() == {"rule": "a", "order": 1, "status": "ran", "milliseconds": 0.5}


@pytest.mark.parametrize(
    ("entry", "is_worth_recording"),
    [
        ({}, True),
        ({"is_builtin": True}, False),
        ({"is_builtin": True, "status": Status.FAILED}, True),
        ({"is_builtin": True, "refusals": ("x",)}, True),
        ({"is_builtin": True, "is_shadow": True}, True),
    ],
)
def test_is_worth_recording_unless_only_the_built_in_rule_ran(
    entry: dict[str, object], is_worth_recording: bool
) -> None:
    values = {"rule": "a", "order": 1, "status": Status.RAN, "milliseconds": 0.5, **entry}

    assert TraceEntry(**values).is_worth_recording is is_worth_recording
