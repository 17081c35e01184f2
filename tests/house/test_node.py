"""Tests of client libraries say why they do not run, and in CI they do not get away with it."""

import json
import stat
from types import SimpleNamespace

import pytest

from tests import conftest, node
from tests.house.checkout import ROOT


@pytest.fixture
def only(tmp_path, monkeypatch):
    """Return a function that makes programs, each printing a word, and nothing else can be found."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def programs(**words: str) -> str:
        for name, word in words.items():
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\necho {word}\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return node.why_not.__wrapped__()

    return programs


class Item:
    """A collected test, as far as the hook looks at it."""

    def __init__(self) -> None:
        self.markers = []

    def get_closest_marker(self, name):
        return SimpleNamespace(name=name) if name == "node" else None

    def add_marker(self, marker):
        self.markers.append(marker)


def test_what_is_missing_is_named(only):
    assert only().endswith("not found: node, npm")
    assert only(node="v22.1.0").endswith("not found: npm")


@pytest.mark.parametrize(("version", "is_enough"), [("v18.20.4", False), ("v20.19.0", True), ("v24.1.0", True)])
def test_an_old_node_is_named(only, version, is_enough):
    reason = only(node=version, npm="11")

    assert reason == "" if is_enough else version in reason


@pytest.mark.parametrize(("ci", "skipped"), [("true", 0), ("", 1)])
def test_are_skipped_outside_of_ci_only(monkeypatch, ci, skipped):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(node, "why_not", lambda: "no Node.js here")
    item = Item()

    conftest.pytest_collection_modifyitems([item])

    assert len(item.markers) == skipped


def test_every_library_is_a_range_and_no_registry_is_named():
    package = json.loads(node.PACKAGE.read_text())

    assert all(version.startswith("^") for version in package["dependencies"].values())
    assert not list((ROOT / "tests" / "clients").glob("*lock*"))
