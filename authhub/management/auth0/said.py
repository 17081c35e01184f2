"""Take values from a record of an export, and say where one is not of the type that Auth0 writes."""

from typing import Any

from authhub.management.auth0.problems import ExportError


class Said:
    """What a record says; `place` is how messages call it. What is null or absent gives the default."""

    def __init__(self, record: Any, place: str) -> None:
        self.place = place
        if not isinstance(record, dict):
            raise ExportError([f"{place} must be an object"])
        self.record: dict[str, Any] = record

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        return str(self._of_type(key, str, "a text", default))

    def name(self, key: str) -> str:
        """Return a text that must be there."""
        found = self.text(key)
        if not found.strip():
            raise ExportError([f"{self.place}: `{key}` must be a text"])
        return found

    def flag(self, key: str, default: bool = False) -> bool:
        """Return true or false."""
        return bool(self._of_type(key, bool, "true or false", default))

    def number(self, key: str, default: int) -> int:
        """Return a whole number that is not negative."""
        found = self._of_type(key, int, "a whole number", default)
        if isinstance(found, bool) or found < 0:
            raise ExportError([f"{self.place}: `{key}` must be a whole number"])
        return int(found)

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, each once."""
        found = self._of_type(key, list, "a list of texts", [])
        if not all(isinstance(each, str) for each in found):
            raise ExportError([f"{self.place}: `{key}` must be a list of texts"])
        return list(dict.fromkeys(found))

    def records(self, key: str) -> "list[Said]":
        """Return a list of records."""
        found = self._of_type(key, list, "a list of objects", [])
        return [Said(each, f"{self.place}, {key} {number}") for number, each in enumerate(found, start=1)]

    def within(self, key: str) -> "Said":
        """Return a record that stands in this one, an empty one if it does not."""
        return Said(self._of_type(key, dict, "an object", {}), f"{self.place}, {key}")

    def has(self, key: str) -> bool:
        """Return whether anything is said under a key."""
        return self.record.get(key) not in (None, "", [], {}, False)

    def _of_type(self, key: str, kind: type, words: str, default: Any) -> Any:
        found = self.record.get(key)
        if found is None:
            return default
        if not isinstance(found, kind):
            raise ExportError([f"{self.place}: `{key}` must be {words}"])
        return found
