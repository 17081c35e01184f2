"""
Work after a commit that makes nobody wait, through Django's tasks.

A backend of tasks that runs them at once, the default, would make the person wait for servers that are slow: then a
thread of this process does it. What a process leaves undone stands in an outbox, for whoever looks into it next.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from threading import BoundedSemaphore, Thread
from typing import Any

import django
from django.db import close_old_connections, connections

logger = logging.getLogger("authhub.background")

THREADS_MAX = 4
_threads = BoundedSemaphore(THREADS_MAX)


def framework() -> str:
    """Return the module of Django's tasks, of their backport, or nothing if the project has neither."""
    if django.VERSION >= (6, 0):
        return "django.tasks"
    return "django_tasks" if find_spec("django_tasks") else ""


HAS_TASKS = bool(framework())
background: Callable[[Callable[[int], None]], Any] = (
    import_module(framework()).task if HAS_TASKS else lambda function: function
)
"""Makes a task of a function that takes the key of a row."""


def start(task: Any, keys: Sequence[int], then: Callable[[], object]) -> None:
    """Begin the task for each key, and come back at once; call it after the commit. A thread does `then` at its end."""
    if not keys:
        return
    if HAS_TASKS and not _runs_at_once(task):
        for key in keys:
            task.enqueue(key)
    elif _threads.acquire(blocking=False):
        arguments = (task, list(keys), then, _threads.release)
        Thread(target=_in_thread, args=arguments, name="authhub-background", daemon=True).start()


def run_now(task: Any, key: int) -> None:
    """Do the task for one key here and now."""
    if HAS_TASKS:
        task.call(key)
    else:
        task(key)


def run_later(task: Any, key: int, moment: datetime | None) -> None:
    """Do the task again at a moment, if there is one and the backend can wait for it."""
    if moment is not None and HAS_TASKS and task.get_backend().supports_defer:
        task.using(run_after=moment).enqueue(key)


def _runs_at_once(task: Any) -> bool:
    return type(task.get_backend()).__name__ == "ImmediateBackend"


def _in_thread(task: Any, keys: Sequence[int], then: Callable[[], object], done: Callable[[], None]) -> None:
    try:
        close_old_connections()
        for key in keys:
            run_now(task, key)
        then()
    except Exception:  # nobody is there to tell; the outbox keeps what was not done
        logger.exception("%s could not be done", getattr(task, "name", task))
    finally:
        connections.close_all()
        done()
