"""Several people at once."""

import threading
from collections.abc import Callable

from django.db import connection

from authhub.rbac.refusals import AdministrationError


def at_once(*actions: Callable[[], None]) -> list[type[BaseException] | None]:
    """Run each in a thread and a connection of its own, all from the same moment; return what each raised."""
    outcomes: list[type[BaseException] | None] = [None] * len(actions)
    starting = threading.Barrier(len(actions))

    def run(position: int, action: Callable[[], None]) -> None:
        try:
            connection.ensure_connection()
            starting.wait(30)
            action()
        except AdministrationError as error:
            outcomes[position] = type(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
