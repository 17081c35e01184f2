"""What is wrong with an export, so wrong that nothing is imported."""

from collections.abc import Iterable

SHOWN_MAX = 20


class ExportError(Exception):
    """An export that cannot be used, or an id in it that cannot be resolved: a sentence for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        shown = list(self.problems[:SHOWN_MAX])
        if len(self.problems) > SHOWN_MAX:
            shown.append(f"and {len(self.problems) - SHOWN_MAX} more")
        super().__init__("\n".join(shown))
