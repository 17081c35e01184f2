"""An export of the Authorization Extension…"""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings

from authhub.management.auth0.extension_export import application_ids, check_extension_export, prepare, user_ids
from authhub.management.auth0.findings import FindingKind, Findings
from authhub.management.auth0.oracle import ExtensionOracle
from authhub.management.auth0.problems import ExportError
from tests.management.auth0.exports import extension_exports, key
from tests.management.auth0.samples import DOCUMENTED, EXPENSES, HR_USER


def group(letter: str, **further: Any) -> dict[str, Any]:
    return {"_id": key(letter), "name": f"Group {letter}", "description": "", **further}


def role(letter: str, **further: Any) -> dict[str, Any]:
    return {
        "_id": key(letter),
        "name": f"Role {letter}",
        "applicationType": "client",
        "applicationId": "app",
        **further,
    }


def keys(letters: str) -> list[str]:
    return [key(letter) for letter in letters]


def prepared(export: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    findings = Findings()
    return prepare(check_extension_export(export, "export"), findings), [str(each) for each in findings.made]


def test_is_taken_as_documented_with_its_optional_keys_absent() -> None:
    export, findings = prepared(DOCUMENTED)

    assert findings == []
    assert application_ids(export) == {EXPENSES}
    assert user_ids(export) == {HR_USER}
    assert [each["name"] for each in export["groups"]] == ["Admin", "HR", "Trainers"]
    assert export["groups"][0]["members"] == []


@pytest.mark.parametrize(
    ("export", "sentence"),
    [
        ([], "no groups, roles or permissions"),
        ({"users": []}, "no groups, roles or permissions"),
        ({"groups": {}}, '"groups" must be an array'),
        ({"groups": [{"_id": "a", "name": "A"}]}, r'export: groups\[0\]\._id: "_id" must be a valid GUID'),
        ({"groups": [group("a", members="b")]}, '"members" must be an array of strings'),
        ({"roles": [role("a", applicationId=None)]}, '"applicationId"'),
        ({"groups": [], "users": []}, '"users" is not allowed'),
    ],
)
def test_is_refused_with_what_is_wrong(export: Any, sentence: str) -> None:
    with pytest.raises(ExportError, match=sentence):
        check_extension_export(export, "export")


def test_is_refused_with_all_that_is_wrong_at_once() -> None:
    with pytest.raises(ExportError) as refused:
        check_extension_export({"groups": [{"name": "A"} for _ in range(30)]}, "export")

    assert len(refused.value.problems) == 30
    assert str(refused.value).endswith("and 10 more")


def test_loses_ids_of_nothing_and_says_so() -> None:
    export, findings = prepared(
        {
            "groups": [group("a", nested=keys("0"), roles=keys("e0"))],
            "roles": [role("e", permissions=keys("0"))],
        }
    )

    assert export["groups"][0]["nested"] == []
    assert export["groups"][0]["roles"] == keys("e")
    assert findings == [
        f"group `Group a`: names the group `{key('0')}`, which is not there",
        f"group `Group a`: names the role `{key('0')}`, which is not there",
        f"role `Role e`: names the permission `{key('0')}`, which is not there",
    ]


def test_loses_the_nesting_that_closes_a_circle_and_says_which() -> None:
    circle = [group("a", nested=keys("b")), group("b", nested=keys("c")), group("c", nested=keys("ad")), group("d")]

    export, findings = prepared({"groups": circle})

    assert [each["nested"] for each in export["groups"]] == [keys("b"), keys("c"), keys("d"), []]
    assert findings == [
        "group `Group a`: is not nested in `Group c` any more, which closed the circle "
        "`Group a` → `Group b` → `Group c` → `Group a`"
    ]


def test_loses_a_group_s_nesting_in_itself() -> None:
    export, findings = prepared({"groups": [group("a", nested=keys("a"))]})

    assert export["groups"][0]["nested"] == []
    assert len(findings) == 1


def test_has_one_of_what_stands_there_twice_with_what_either_had() -> None:
    twins = [group("a", members=["u"]), {**group("b", members=["v"]), "name": "Group a"}, group("c", nested=keys("b"))]

    export, findings = prepared({"groups": twins})

    assert [each["members"] for each in export["groups"]] == [["u", "v"], []]
    assert export["groups"][1]["nested"] == keys("a")
    assert findings == ["group `Group a`: stands there twice under one name; both became one, with what either had"]


def test_loses_what_belongs_to_an_api_and_what_belongs_to_another_application() -> None:
    export, findings = prepared(
        {
            "roles": [
                role("e", permissions=keys("f")),
                role("d", applicationType="resource_server", applicationId="urn:x"),
            ],
            "permissions": [{**role("f"), "name": "read", "applicationId": "other"}],
        }
    )

    assert [(each["name"], each["permissions"]) for each in export["roles"]] == [("Role e", [])]
    assert len(findings) == 2


@settings(max_examples=60, deadline=None)
@given(extension_exports())
def test_answers_as_before_once_prepared_unless_something_was_changed(export: dict[str, Any]) -> None:
    checked = check_extension_export(deepcopy(export), "export")
    findings = Findings()

    carried = prepare(checked, findings)

    before, after = ExtensionOracle(checked), ExtensionOracle(carried)
    assert prepare(check_extension_export(deepcopy(carried), "export"), Findings()) == carried
    if all(each.kind == FindingKind.NOT_CARRIED and each.code == "dangling" for each in findings.made):
        for user in user_ids(checked):
            assert after.answers(user, "con", ["Group 1"]) == before.answers(user, "con", ["Group 1"])
