"""Scopes are compared whole."""

import pytest

from authhub.resource_server.scopes import has_scope, is_scope, split_scope


@pytest.mark.parametrize("scope", ["approve:timesheets", "read:timesheets approve:timesheets", "a  approve:timesheets"])
def test_finds_a_scope_wherever_it_stands(scope):
    assert has_scope(scope, "approve:timesheets")


@pytest.mark.parametrize(
    "scope", ["", "approve:timesheets2", "xapprove:timesheets", "Approve:timesheets", "approve: timesheets", "a\tb"]
)
def test_never_takes_a_part_for_the_whole(scope):
    assert not has_scope(scope, "approve:timesheets")


def test_never_finds_the_empty_scope():
    assert not has_scope("a b", "")
    assert split_scope("  ") == frozenset()


def test_splits_at_spaces_only():
    assert split_scope("a\u00a0b c\td") == {"a\u00a0b", "c\td"}


@pytest.mark.spec("RFC 6749", "3.3")
@pytest.mark.parametrize("value", ["", "a b", 'a"b', "a\\b", "a\n", "é"])
def test_knows_what_is_no_scope(value):
    assert not is_scope(value)


@pytest.mark.parametrize("value", ["read:timesheets", "https://api.example/x", "!", "~"])
def test_knows_what_is_one(value):
    assert is_scope(value)
