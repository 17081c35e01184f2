"""What is wrong with a file of declarations: a sentence and a line each, all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, where; line 0 is the file as a whole."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}" if self.line else self.sentence


class DeclarationError(Exception):
    """A file that cannot be used; nothing has been written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def of(cls, sentence: str, line: int = 0) -> "DeclarationError":
        """Return the error of a single problem."""
        return cls([Problem(line, sentence)])
