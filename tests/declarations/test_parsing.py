"""The shape of a file of declarations…"""

import pytest
from jsonschema import Draft202012Validator

from authhub.declarations.kinds import Kind
from authhub.declarations.parsing import parse
from authhub.declarations.problems import DeclarationError
from authhub.declarations.schema import schema


def problems(text: str) -> list[str]:
    with pytest.raises(DeclarationError) as error:
        parse(f"version: 1\n{text}")
    return [str(problem) for problem in error.value.problems]


def test_is_a_valid_schema():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rolls: {}", "line 2: `rolls` is not a known key; did you mean `roles`?"),
        ("roles:\n  A:\n    is_actve: true", "line 4: `roles` → `A` → `is_actve` is not a known key; did you mean"),
        ("roles:\n  A:\n    is_active: maybe", "line 4: `roles` → `A` → `is_active` must be true or false"),
        ("roles: []", "line 2: `roles` must be a mapping or nothing"),
        ("roles:\n  A:\n    includes: [B, B]", "line 4: `roles` → `A` → `includes` names something twice"),
        ("roles:\n  ? ''\n  : {}", "line 3: `roles` → `` must not be empty"),
        ("apis:\n  a b: {}", "line 3: `apis` → `a b` has a character that is not allowed there"),
        ("apis:\n  a:\n    token_lifetime_seconds: 0", "must be at least 1"),
        ("apis:\n  a:\n    token_lifetime_seconds: 9999999", "must be at most 2592000"),
        ("apis:\n  a:\n    token_dialect: jwt", "must be one of `access_token`, `access_token_authz`"),
        ("apis:\n  a:\n    permissions:\n      r: 1", "line 5: `apis` → `a` → `permissions` → `r` must be a text or"),
        (
            "apis:\n  a:\n    permissions:\n      r: {descr: x}",
            "line 5: `apis` → `a` → `permissions` → `r` → `descr` is",
        ),
        ("applications:\n  A: {}", "line 3: `applications` → `A` needs `application_type`"),
        ("applications:\n  A:\n    client_secret: x\n    application_type: spa", "`client_secret` is not a known key"),
        (
            "applications:\n  A:\n    application_type: spa\n    grant_types: [magic]",
            "line 5: `applications` → `A` → `gran",
        ),
        ("groups:\n  G:\n    roles: [{organization: x}]", "line 4: `groups` → `G` → `roles` → `0` needs `role`"),
        ("groups:\n  G:\n    roles: [{role: R, starts_at: soon}]", "line 4: `soon` is no moment such as"),
        ("groups:\n  G:\n    roles: [R, R]", "line 4: `R` is given twice"),
        (
            "groups:\n  G:\n    roles: [{role: R, starts_at: '2026-02-01', ends_at: '2026-01-01'}]",
            "line 4: must end after it starts",
        ),
        ("roles:\n  A: {was: B}\n  B: {}", "line 3: `was: B` cannot be: the file has another use for `B`"),
        ("roles:\n  A: {was: X}\n  B: {was: X}", "line 4: `was: X` cannot be"),
        (f"roles:\n  {'a' * 201}: {{}}", "must not be longer than 200 characters"),
    ],
    ids=lambda each: each.replace("\n", " ")[:40],
)
def test_is_refused_in_one_sentence_with_the_line(text, problem):
    assert any(problem in each for each in problems(text)), problems(text)


def test_must_name_its_version():
    for text in ("", "roles: {}", "version: 2", "- version"):
        with pytest.raises(DeclarationError):
            parse(text)


def test_is_told_of_all_that_is_wrong_at_once():
    assert len(problems("roles:\n  A: {x: 1, y: 2}\n  B: 7\nrules: 3")) == 4


def test_manages_only_the_kinds_whose_sections_are_there():
    declared = parse("version: 1\nroles: {}\n")

    assert declared.managed == {Kind.ROLE, Kind.ROLE_PERMISSION, Kind.ROLE_INCLUSION}


def test_may_leave_out_what_is_as_usual():
    state = parse("version: 1\napis:\n  urn:a:\nroles:\n  A:\napplications:\n  S: {application_type: spa}\n").state

    assert state[Kind.API]["urn:a",]["token_lifetime_seconds"] == 86400
    assert state[Kind.API]["urn:a",]["name"] == "urn:a"
    assert state[Kind.ROLE]["A",]["is_active"] is True
    assert state[Kind.APPLICATION]["S",]["grant_types"] == ["authorization_code", "refresh_token"]
