"""Code under a time limit…"""

import contextvars
import threading
import time

import pytest

from authhub.rules import running
from authhub.rules.running import Channel, CrashedError, OutOfTimeError, RuleInterrupted, run


@pytest.fixture(autouse=True)
def _nothing_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_abandoned", set())


def test_tells_what_it_does_until_it_is_over() -> None:
    def work(channel: Channel) -> None:
        channel.tell(1)
        channel.tell(2)

    assert list(run(work, seconds=5)) == [1, 2]


def test_sees_the_context_variables_of_the_caller() -> None:
    language = contextvars.ContextVar("language", default="en")
    language.set("de")

    assert list(run(lambda channel: channel.tell(language.get()), seconds=5)) == ["de"]


def test_has_its_questions_answered_by_the_waiting_thread() -> None:
    def work(channel: Channel) -> None:
        channel.tell((threading.current_thread(), channel.ask(threading.current_thread)))

    [(asking, answering)] = run(work, seconds=5)

    assert answering is threading.current_thread()
    assert asking is not answering


def test_gets_the_exception_of_an_answer() -> None:
    def work(channel: Channel) -> None:
        try:
            channel.ask(lambda: 1 // 0)
        except ZeroDivisionError:
            channel.tell("caught")

    assert list(run(work, seconds=5)) == ["caught"]


def test_does_not_hide_an_interruption_of_the_waiting_thread() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run(lambda channel: channel.ask(interrupted), seconds=5))


def test_reports_a_crash() -> None:
    def work(channel: Channel) -> None:
        raise SystemExit(3)

    with pytest.raises(CrashedError) as caught:
        list(run(work, seconds=5))

    assert isinstance(caught.value.__cause__, SystemExit)


def test_is_waited_for_no_longer_than_said_and_then_interrupted() -> None:
    ended = threading.Event()
    cause: list[BaseException] = []

    def work(channel: Channel) -> None:
        try:
            while True:
                pass
        except BaseException as error:
            cause.append(error)
            raise
        finally:
            ended.set()

    started_at = time.monotonic()
    with pytest.raises(OutOfTimeError):
        list(run(work, seconds=0.1))

    assert time.monotonic() - started_at < 3
    assert ended.wait(5)
    assert isinstance(cause[0], RuleInterrupted)


def test_is_not_held_up_by_code_that_catches_exceptions() -> None:
    ended = threading.Event()

    def work(channel: Channel) -> None:
        try:
            while True:
                try:
                    sum(range(100))
                except Exception:  # noqa: BLE001
                    continue
        finally:
            ended.set()

    with pytest.raises(OutOfTimeError):
        list(run(work, seconds=0.1))

    assert ended.wait(5)


def test_is_let_be_while_it_waits_and_interrupted_when_it_loops_later() -> None:
    waits, ended = threading.Event(), threading.Event()

    def work(channel: Channel) -> None:
        try:
            waits.wait(10)
            while True:
                pass
        finally:
            ended.set()

    with pytest.raises(OutOfTimeError):
        list(run(work, seconds=0.05))
    assert not ended.wait(0.1)
    waits.set()

    # Each look needs the thread to have used the processor since the one before.
    for _ in range(100):
        list(run(lambda channel: channel.tell(1), seconds=5))
        if ended.wait(0.05):
            break

    assert ended.is_set()


def test_is_taken_for_busy_where_nobody_can_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(running.time, "pthread_getcpuclockid", raising=False)
    test_is_waited_for_no_longer_than_said_and_then_interrupted()


def test_asks_in_vain_after_the_time() -> None:
    asked = threading.Event()
    kept: list[Channel] = []

    def work(channel: Channel) -> None:
        kept.append(channel)
        time.sleep(0.3)

    with pytest.raises(OutOfTimeError):
        list(run(work, seconds=0.05))

    with pytest.raises(OutOfTimeError, match="nobody waits"):
        kept[0].ask(asked.set)

    assert not asked.is_set()


def test_asks_in_vain_when_the_answer_takes_too_long() -> None:
    seen: list[str] = []

    def work(channel: Channel) -> None:
        try:
            channel.ask(lambda: time.sleep(0.4))
        except OutOfTimeError:
            seen.append("refused")

    with pytest.raises(OutOfTimeError):
        list(run(work, seconds=0.1))

    assert seen == ["refused"]


def test_is_not_started_when_too_much_is_still_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ABANDONED_MAX", 2)
    release = threading.Event()
    for _ in range(2):
        with pytest.raises(OutOfTimeError):
            list(run(lambda _channel: release.wait(5), seconds=0.02))

    with pytest.raises(OutOfTimeError, match="still busy"):
        list(run(lambda channel: channel.tell(1), seconds=5))

    release.set()
    for worker in tuple(running._abandoned):
        worker._thread.join(5)
    assert list(run(lambda channel: channel.tell(1), seconds=5)) == [1]
