"""What `--map` says: old names and new ones (B-18)."""

from collections.abc import Iterable, Mapping

from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.reading import KEYWORD


class Names:
    """New names for client ids, names of clients, and API identifiers; remembers which were of use."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = {old: new for old, new in given.items() if not KEYWORD.fullmatch(old)}
        self.keywords = {old: new for old, new in given.items() if KEYWORD.fullmatch(old)}
        self.used: set[str] = set()

    def new(self, old: str) -> str | None:
        """Return the new name of something, or None if none was given."""
        if old in self.given:
            self.used.add(old)
        return self.given.get(old)

    def refuse_unused(self) -> None:
        """
        Refuse a name that nothing in the exports bears: it is mistyped.

        Raises:
            ExportError: with all of them.
        """
        unused = sorted(self.given.keys() - self.used)
        if unused:
            raise ExportError(f"--map {old}: nothing in the exports is called so" for old in unused)


def parse_names(written: Iterable[str]) -> Names:
    """
    Return what ``--map OLD=NEW`` says.

    Raises:
        ExportError: one is not written so, or gives a second new name.
    """
    return Names(parse_pairs("--map", written))


def parse_pairs(option: str, written: Iterable[str]) -> dict[str, str]:
    """
    Return what an option says that is given as ``OLD=NEW``; the first ``=`` divides.

    Raises:
        ExportError: one is not written so, or says another of the same.
    """
    given: dict[str, str] = {}
    for each in written:
        old, _equals, new = each.partition("=")
        if not old or not new:
            raise ExportError([f"{option} {each}: write OLD=NEW"])
        if given.setdefault(old, new) != new:
            raise ExportError([f"{option} {each}: `{old}` is to become `{given[old]}` already"])
    return given
