"""The oracle of Auth0's own answers…"""

import pytest

from authhub.management.auth0.oracle import Answer, CoreOracle, ExtensionOracle


def role(key: str, application: str = "client_id") -> dict[str, object]:
    permission = key.removesuffix("-role")
    return {"_id": key, "name": key, "applicationId": application, "permissions": [permission]}


REFERENCE = {
    "groups": [
        {"_id": "main", "name": "main", "nested": ["sub"], "roles": ["read-role"]},
        {"_id": "sub", "name": "sub", "members": ["1"], "roles": ["update-role", "delete-role"]},
        {
            "_id": "mapped",
            "name": "mapped",
            "roles": ["comment-role"],
            "mappings": [{"connectionName": "google-oauth2", "groupName": "google-group"}],
        },
    ],
    "roles": [
        role("read-role"),
        role("update-role"),
        role("delete-role", "client_id_2"),
        role("comment-role"),
        {**role("create-role"), "users": ["1"]},
    ],
    "permissions": [{"_id": name, "name": name} for name in ("read", "update", "delete", "comment", "create")],
}


@pytest.mark.spec("Authorization Extension", "B.4")
def test_gives_the_published_answer_to_the_published_question() -> None:
    answers = ExtensionOracle(REFERENCE).answers("1", "google-oauth2", ["google-group"])

    assert answers["client_id"] == Answer(
        frozenset({"main", "sub", "mapped"}),
        frozenset({"read-role", "update-role", "comment-role", "create-role"}),
        frozenset({"read", "update", "comment", "create"}),
    )


@pytest.mark.spec("Authorization Extension", "B.4")
def test_lets_an_incoming_group_satisfy_a_mapping_but_not_the_groups_below_it() -> None:
    oracle = ExtensionOracle(
        {
            "groups": [
                {"_id": "a", "name": "Auth0 Employees", "nested": ["e"]},
                {"_id": "e", "name": "Engineering", "nested": ["d"]},
                {"_id": "d", "name": "Development", "members": ["developer"]},
                {
                    "_id": "t",
                    "name": "Internal Talks",
                    "mappings": [{"connectionName": "db", "groupName": "Auth0 Employees"}],
                },
            ],
            "roles": [role("any-role")],
        }
    )

    assert oracle.answers("u", "db", ["Auth0 Employees"])["client_id"].groups == {"Internal Talks"}
    assert oracle.answers("u", "db", ["Development"])["client_id"].groups == frozenset()
    assert oracle.answers("developer", "db")["client_id"].groups == {"Auth0 Employees", "Engineering", "Development"}


def test_ends_in_a_circle_and_passes_over_ids_of_nothing() -> None:
    oracle = ExtensionOracle(
        {
            "groups": [
                {"_id": "a", "name": "A", "nested": ["b", "gone"], "roles": ["r", "gone"]},
                {"_id": "b", "name": "B", "nested": ["a"], "members": ["u"]},
            ],
            "roles": [{"_id": "r", "name": "R", "applicationId": "app", "permissions": ["gone"]}],
        }
    )

    assert oracle.answers("u") == {
        "": Answer(frozenset("AB"), frozenset(), frozenset()),
        "app": Answer(frozenset("AB"), frozenset("R"), frozenset()),
    }


def test_lets_names_of_own_groups_satisfy_mappings_unless_told_otherwise() -> None:
    export = {
        "groups": [
            {"_id": "a", "name": "A", "members": ["u"]},
            {"_id": "b", "name": "B", "mappings": [{"connectionName": "db", "groupName": "A"}]},
        ],
        "roles": [role("any-role")],
    }
    oracle = ExtensionOracle(export)

    assert oracle.answers("u", "db")["client_id"].groups == {"A", "B"}
    assert oracle.answers("u", "db", names_leak=False)["client_id"].groups == {"A"}
    assert oracle.answers("u", "")["client_id"].groups == {"A"}


def test_answers_without_collections() -> None:
    assert ExtensionOracle({}).answers("u") == {"": Answer(frozenset(), frozenset(), frozenset())}


def test_of_the_core_unites_roles_by_name_or_id_and_direct_permissions_that_are_defined() -> None:
    apis = [{"identifier": "urn:a", "scopes": [{"value": "read"}, {"value": "write"}]}, {"identifier": "urn:b"}]
    confer = [{"resource_server_identifier": "urn:a", "permission_name": name} for name in ("read", "gone")]
    oracle = CoreOracle(apis, [{"id": "rol_1", "name": "Reader", "permissions": confer}])

    assert oracle.permissions(["rol_1"]) == oracle.permissions(["Reader"]) == {"urn:a": {"read"}}
    assert oracle.permissions([], [("urn:a", "write"), ("urn:b", "x")]) == {"urn:a": {"write"}}
    assert oracle.permissions(["unknown"]) == {}
