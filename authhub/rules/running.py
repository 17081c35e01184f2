"""
Running the deployment's code under a time limit: in a thread of its own, while the request's thread waits.

What Python can do: the waiting ends on time, whatever the code does that lets other threads run. A loop in Python is
then interrupted; a sleep or a call to another host goes on, outside the request, until it returns by itself (what loops
after that is interrupted when the next rules start).
What it cannot: a single call of C code that does not let other threads run (a regular expression with catastrophic
backtracking) holds up the whole process; write no such expression.
"""

import contextvars
import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from django.db import connections

T = TypeVar("T")

ABANDONED_MAX = 16
"""How many timed-out threads may still be busy in this process before no more rules are started."""

LOOK_SECONDS = 0.02
"""How long a timed-out thread is watched for whether it is busy."""

BUSY_CPU_SECONDS = 0.001
"""A thread that used more of the processor than this since it was last looked at is taken for busy."""


class OutOfTimeError(Exception):
    """The code was not finished in time, or too much earlier code is still busy."""


class CrashedError(Exception):
    """The code ended its thread, for example with `SystemExit`."""


class RuleInterrupted(BaseException):
    """Raised inside code that ran out of time; like KeyboardInterrupt, no ``except Exception`` holds it up."""


class _Asked:
    """A question from the code's thread, with a place for the answer."""

    def __init__(self, question: Callable[[], Any]) -> None:
        self.question = question
        self.answer: Future[Any] = Future()

    def reply(self) -> None:
        try:
            self.answer.set_result(self.question())
        except BaseException as error:
            self.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise


class _Ended:
    """The last message of the code's thread: that it is over, and how."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Channel:
    """The way from the code's thread to the waiting one."""

    def __init__(self, seconds: float) -> None:
        self._messages: SimpleQueue[Any] = SimpleQueue()
        self._deadline = time.monotonic() + seconds
        self._is_closed = False

    @property
    def _seconds_left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def tell(self, message: object) -> None:
        """Let the waiting thread know."""
        self._messages.put(message)

    def ask(self, question: Callable[[], T]) -> T:
        """
        Have the waiting thread answer, on its own database connection and so in its transaction.

        Raises:
            OutOfTimeError: nobody waits any more.
        """
        if self._is_closed:
            raise OutOfTimeError("nobody waits for this rule any more")
        asked = _Asked(question)
        self._messages.put(asked)
        try:
            answer: T = asked.answer.result(timeout=self._seconds_left)
        except FutureTimeoutError as error:
            raise OutOfTimeError("nobody waits for this rule any more") from error
        return answer

    def listen(self) -> Iterator[Any]:
        """
        Yield what the code's thread tells until it is over, answering its questions.

        Raises:
            OutOfTimeError: it is not over in time.
            CrashedError: it ended in a way that the code itself did not handle.
        """
        try:
            while seconds_left := self._seconds_left:
                try:
                    message = self._messages.get(timeout=seconds_left)
                except Empty:
                    break
                if isinstance(message, _Ended):
                    if message.error is not None:
                        raise CrashedError from message.error
                    return
                if isinstance(message, _Asked):
                    message.reply()
                else:
                    yield message
            raise OutOfTimeError("out of time")
        finally:
            self._is_closed = True


class Worker:
    """A thread that runs the deployment's code once, with the context variables of the thread that made it."""

    def __init__(self, work: Callable[[Channel], None], channel: Channel) -> None:
        self._work = work
        self._channel = channel
        self._lock = threading.Lock()
        self._is_over = False
        self._clock: int | None = None
        self._cpu_seconds = 0.0
        variables = contextvars.copy_context()
        self._thread = threading.Thread(target=variables.run, args=(self._run,), name="authhub-rules", daemon=True)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def look(self) -> None:
        """Note how much of the processor the thread has used."""
        self._cpu_seconds = self._cpu_seconds_now()

    def interrupt_if_busy(self) -> None:
        """
        Raise `RuleInterrupted` in the thread, at its next step in Python, if it used the processor since the last look.

        A thread that sleeps or waits for another host harms nobody and is let be: an exception that waits for it to
        come back would slow down every other thread (and, in Python 3.11 under a tracer, stop them).
        """
        used_before = self._cpu_seconds
        self.look()
        with self._lock:
            if not self._is_over and self._cpu_seconds - used_before > BUSY_CPU_SECONDS:
                ident = ctypes.c_ulong(self._thread.ident or 0)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(RuleInterrupted))

    def _cpu_seconds_now(self) -> float:
        if self._clock is None:
            return self._cpu_seconds + 1  # Nobody can say on this system: take it for busy.
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return self._cpu_seconds  # The thread has just ended.

    def _run(self) -> None:
        with suppress(RuleInterrupted):
            if hasattr(time, "pthread_getcpuclockid"):
                self._clock = time.pthread_getcpuclockid(threading.get_ident())
            error: BaseException | None = None
            try:
                self._work(self._channel)
            except BaseException as raised:  # noqa: BLE001  # the waiting thread must hear of it, whatever it is
                error = raised
            finally:
                # The thread's own connections, opened by rules that query; none of them belongs to the request.
                connections.close_all()
            self._channel.tell(_Ended(error))
            with self._lock:
                self._is_over = True


_abandoned: set[Worker] = set()


def run(work: Callable[[Channel], None], *, seconds: float) -> Iterator[Any]:
    """
    Run `work` in a thread of its own and yield what it tells through its channel.

    Raises:
        OutOfTimeError: it is not over after `seconds`; it was told to stop, and nothing it still says is heard.
        CrashedError: it ended with an exception that it did not handle.
    """
    for abandoned in tuple(_abandoned):
        abandoned.interrupt_if_busy()
        if not abandoned.is_alive:
            _abandoned.discard(abandoned)
    if len(_abandoned) >= ABANDONED_MAX:
        raise OutOfTimeError(f"{ABANDONED_MAX} earlier runs are out of time and still busy")
    channel = Channel(seconds)
    worker = Worker(work, channel)
    worker.start()
    try:
        yield from channel.listen()
    except OutOfTimeError:
        _abandoned.add(worker)
        worker.look()
        time.sleep(LOOK_SECONDS)
        worker.interrupt_if_busy()
        raise
