"""Carry a file from one environment to another: other identifiers, client ids and origins (B-18)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from authhub.declarations.kinds import Key, Kind
from authhub.declarations.parsing import Declared
from authhub.declarations.problems import DeclarationError
from authhub.declarations.state import rekeyed

URL_SETTINGS = ("_uri", "_uris", "_origins")


def promoted(declared: Declared, names: Mapping[str, str]) -> Declared:
    """
    Return the declarations with each of `names` replaced: API identifiers, client ids, and URLs or their origins.

    Nothing else is touched: not what a text mentions, nor an application's metadata.

    Raises:
        DeclarationError: a name occurs nowhere, or two APIs or applications would become one.
    """
    if not names:
        return declared
    promotion = _Promotion(names)
    for kind in (Kind.API, Kind.APPLICATION):
        declared = promotion.renamed(declared, kind)
    for settings in declared.state[Kind.APPLICATION].values():
        for name, value in settings.items():
            if name == "client_id":
                settings[name] = promotion.exactly(value)
            elif name.endswith(URL_SETTINGS):
                is_list = isinstance(value, list)
                settings[name] = [promotion.url(each) for each in value] if is_list else promotion.url(value)
    unused = sorted(names.keys() - promotion.used)
    if unused:
        raise DeclarationError.of(f"nothing in the file is called {', '.join(f'`{name}`' for name in unused)}")
    return declared


class _Promotion:
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.used: set[str] = set()

    def renamed(self, declared: Declared, kind: Kind) -> Declared:
        replaced = self.url if kind == Kind.API else self.exactly
        names: dict[Key, Key] = {key: (replaced(key[0]),) for key in declared.state[kind]}
        # References to what the file does not declare itself are promoted with it.
        if kind == Kind.API:
            for other in (Kind.ROLE_PERMISSION, Kind.GROUP_PERMISSION, Kind.ACCESS):
                names |= {(key[1],): (self.url(key[1]),) for key in declared.state[other]}
        names = {old: new for old, new in names.items() if old != new}
        try:
            state = rekeyed(declared.state, kind, names)
        except ValueError as error:
            raise DeclarationError.of(f"two would be called `{error}`") from error
        lines, was = rekeyed(declared.lines, kind, names), rekeyed(declared.was, kind, names)
        for key, settings in state[kind].items():
            old = next((each for each, new in names.items() if new == key), key)
            if kind == Kind.API and settings["name"] == old[0]:
                settings["name"] = key[0]
        if kind == Kind.APPLICATION:
            for settings in state[Kind.API].values():
                settings["introspection_client"] = self.exactly(settings["introspection_client"])
        was[Kind.PERMISSION] = {key: (key[0], old[1]) for key, old in was[Kind.PERMISSION].items()}
        return replace(declared, state=state, lines=lines, was=was)

    def exactly(self, value: Any) -> Any:
        if value in self.names:
            self.used.add(value)
        return self.names.get(value, value)

    def url(self, value: str) -> str:
        """Return a URL under its new name, or with its new origin."""
        if value in self.names:
            return str(self.exactly(value))
        parts = urlsplit(value) if "://" in value else None
        origin = f"{parts.scheme}://{parts.netloc}" if parts and parts.netloc else ""
        if origin not in self.names:
            return value
        self.used.add(origin)
        return self.names[origin].rstrip("/") + value.removeprefix(origin)
