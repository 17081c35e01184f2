"""Small exports of the Extension, written by hand: B.4's reference vectors, and the sample of Auth0's documentation."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5


def guid(name: str) -> str:
    """Return the same GUID for the same name."""
    return str(uuid5(NAMESPACE_URL, name))


def record(name: str, **further: Any) -> dict[str, Any]:
    return {"_id": guid(name), "name": name, "description": f"The {name}", **further}


def of(application: str, name: str, **further: Any) -> dict[str, Any]:
    return record(name, applicationType="client", applicationId=application, **further)


def reference_vector() -> dict[str, Any]:
    """The Extension's own unit test of its policy endpoint."""
    permissions = {
        "read": "client_id",
        "update": "client_id",
        "delete": "2",
        "comment": "client_id",
        "create": "client_id",
    }
    roles = [
        of(application, f"{name}-role", permissions=[guid(name)], **({"users": ["1"]} if name == "create" else {}))
        for name, application in permissions.items()
    ]
    mapping = {"_id": guid("mapping"), "groupName": "google-group", "connectionName": "google-oauth2"}
    return {
        "groups": [
            record("main", nested=[guid("sub")], roles=[guid("read-role")]),
            record("sub", members=["1"], roles=[guid("update-role"), guid("delete-role")]),
            record("mapped", mappings=[mapping], roles=[guid("comment-role")]),
        ],
        "roles": roles,
        "permissions": [of(application, name) for name, application in permissions.items()],
    }


def integration_vector() -> dict[str, Any]:
    """Nested departments, and a group that is mapped from an incoming group of the same name as one of them."""
    mapping = {"groupName": "Auth0 Employees", "connectionName": "Username-Password-Authentication"}
    return {
        "groups": [
            record("Auth0 Employees", nested=[guid("Engineering")]),
            record("Engineering", nested=[guid("Development")]),
            record("Development", members=["auth0|59c1e3f0"]),
            record("Internal Talks", mappings=[mapping]),
        ]
    }


DOCUMENTED_SAMPLE: dict[str, Any] = {
    "configuration": [{"_id": "v1", "rolesInToken": True}],
    "groups": [
        {"name": "Admin", "description": "Administrators", "_id": "f185e4aa-1a2b-4c3d-8e4f-5a6b7c8d9e01"},
        {
            "_id": "5f5371c6-1a2b-4c3d-8e4f-5a6b7c8d9e02",
            "name": "HR",
            "description": "Human Resources",
            "members": ["auth0|59c1e3f0a1b2c3d4e5f60718"],
            "roles": ["6ab494d6-1a2b-4c3d-8e4f-5a6b7c8d9e05"],
            "nested": ["59f2adac-1a2b-4c3d-8e4f-5a6b7c8d9e03"],
        },
        {"name": "Trainers", "description": "Trainers", "_id": "59f2adac-1a2b-4c3d-8e4f-5a6b7c8d9e03"},
    ],
    "permissions": [
        {
            "applicationType": "client",
            "applicationId": "fhginJ1tw2k3y4l5m6n7o8p9",
            "description": "Approve Expenses",
            "name": "Approve Expenses",
            "_id": "e61f10f4-1a2b-4c3d-8e4f-5a6b7c8d9e04",
        }
    ],
    "roles": [
        {
            "applicationType": "client",
            "applicationId": "fhginJ1tw2k3y4l5m6n7o8p9",
            "description": "HR Manager",
            "name": "HR Manager",
            "permissions": ["e61f10f4-1a2b-4c3d-8e4f-5a6b7c8d9e04"],
            "_id": "6ab494d6-1a2b-4c3d-8e4f-5a6b7c8d9e05",
        }
    ],
}
