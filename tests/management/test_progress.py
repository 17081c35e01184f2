"""The progress bar…"""

from io import StringIO
from typing import Any

from authhub.management import progress
from authhub.management.progress import ProgressBar


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def drawn(*told: tuple[str, int, int]) -> list[str]:
    terminal = Terminal()
    bar = ProgressBar(terminal)
    for each in told:
        bar.tell(*each)
    bar.clear()
    return terminal.getvalue().split("\r\x1b[K")[1:]


def test_shows_how_much_of_a_step_is_done(monkeypatch: Any) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN", 0)

    assert drawn(("groups", 1, 3), ("groups", 3, 3)) == [
        "groups [##########....................]  33 %",
        "groups [##############################] 100 %",
        "",
    ]


def test_counts_where_the_end_is_not_known() -> None:
    assert drawn(("users", 500, 0)) == ["users 500", ""]


def test_draws_the_beginning_and_the_end_of_a_step_and_seldom_between() -> None:
    told = [("groups", number, 1000) for number in range(1001)]

    lines = drawn(*told, ("roles", 0, 5))

    assert [line[:6] for line in lines].count("groups") < 20
    assert lines[-3].endswith("100 %")
    assert lines[-2].startswith("roles")


def test_is_not_there_where_nobody_watches() -> None:
    file = StringIO()
    bar = ProgressBar(file)

    bar.tell("groups", 1, 3)
    bar.clear()

    assert file.getvalue() == ""
