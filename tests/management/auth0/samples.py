"""Exports as Auth0 writes them, of a small company: its documentation's own sample, and a tenant in both formats."""

import json
from pathlib import Path
from typing import Any

EXPENSES = "fhginJvhY6WO4dcJ4Vt3Xtq0tLbN4kWl"
HR_USER = "auth0|59c1e3f0a1b2c3d4e5f60718"

DOCUMENTED: dict[str, Any] = {
    "configuration": [{"_id": "v1", "rolesInToken": True}],
    "groups": [
        {"name": "Admin", "description": "Administrators", "_id": "f185e4aa-0000-4000-8000-000000000001"},
        {
            "_id": "5f5371c6-0000-4000-8000-000000000002",
            "name": "HR",
            "description": "Human Resources",
            "members": [HR_USER],
            "roles": ["6ab494d6-0000-4000-8000-000000000005"],
            "nested": ["59f2adac-0000-4000-8000-000000000003"],
        },
        {"name": "Trainers", "description": "Who train", "_id": "59f2adac-0000-4000-8000-000000000003"},
    ],
    "permissions": [
        {
            "applicationType": "client",
            "applicationId": EXPENSES,
            "description": "Approve expense reports",
            "name": "Approve Expenses",
            "_id": "e61f10f4-0000-4000-8000-000000000004",
        }
    ],
    "roles": [
        {
            "applicationType": "client",
            "applicationId": EXPENSES,
            "description": "Manages people",
            "name": "HR Manager",
            "permissions": ["e61f10f4-0000-4000-8000-000000000004"],
            "_id": "6ab494d6-0000-4000-8000-000000000005",
        }
    ],
}
"""The documented sample of the Extension's export (B.6)."""

TIMESHEETS = "https://api.exampleco.com/timesheets"
SPA_ID, JOB_ID = "9wz3J2vK8qSPAqYdGk1nT0aXoRfBhL5m", "Lk2b7TjOBxJOBq4Hs9cVzWnE6uPyRm3d"

TENANT: dict[str, Any] = {
    "tenant": {"friendly_name": "ExampleCo"},
    "resourceServers": [
        {
            "name": "Timesheets API",
            "identifier": TIMESHEETS,
            "enforce_policies": True,
            "token_dialect": "access_token_authz",
            "token_lifetime": 3600,
            "token_lifetime_for_web": 7200,
            "signing_alg": "HS256",
            "allow_offline_access": True,
            "scopes": [
                {"value": "read:timesheets", "description": "See timesheets"},
                {"value": "approve:timesheets", "description": "Approve timesheets"},
                {"value": "batch:upload"},
                {"value": "openid", "description": "cannot be one"},
            ],
        }
    ],
    "clients": [
        {
            "client_id": SPA_ID,
            "name": "Timesheets SPA",
            "app_type": "spa",
            "callbacks": ["https://timesheets.exampleco.com/callback", "http://staging.exampleco.com/callback"],
            "web_origins": ["https://timesheets.exampleco.com/"],
            "allowed_logout_urls": ["https://*.exampleco.com/"],
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
            "refresh_token": {
                "rotation_type": "non-rotating",
                "expiration_type": "expiring",
                "leeway": 600,
                "token_lifetime": 1000,
                "idle_token_lifetime": 2000,
            },
            "token_endpoint_auth_method": "none",
            "client_metadata": {"required_roles": "Employee"},
        },
        {
            "client_id": JOB_ID,
            "name": "Import Job",
            "app_type": "non_interactive",
            "grant_types": ["client_credentials"],
            "client_secret": "must not come along",
        },
        {"client_id": "abc", "name": "Tableau", "app_type": "sso_integration"},
        {"name": "All Applications", "global": True},
    ],
    "clientGrants": [
        {"client_id": "Import Job", "audience": TIMESHEETS, "scope": ["batch:upload", "gone:scope"]},
        {"client_id": "Nobody", "audience": TIMESHEETS, "scope": []},
    ],
    "roles": [
        {
            "id": "rol_Employee",
            "name": "Employee",
            "description": "Works here",
            "permissions": [{"resource_server_identifier": TIMESHEETS, "permission_name": "read:timesheets"}],
        },
        {
            "name": "Manager",
            "permissions": [
                {"resource_server_identifier": TIMESHEETS, "permission_name": "read:timesheets"},
                {"resource_server_identifier": TIMESHEETS, "permission_name": "approve:timesheets"},
                {"resource_server_identifier": "https://gone.example", "permission_name": "read:gone"},
            ],
        },
    ],
    "organizations": [{"name": "travel0", "display_name": "Travel0", "connections": [{"name": "db"}]}],
    "rules": [{"name": "auth0-authorization-extension"}, {"name": "add-email"}],
    "databases": [{"name": "Username-Password-Authentication"}],
}

FOLDERS = {
    "resourceServers": "resource-servers",
    "clients": "clients",
    "clientGrants": "grants",
    "roles": "roles",
    "organizations": "organizations",
    "rules": "rules",
    "databases": "database-connections",
}


def write_yaml(path: Path, tenant: dict[str, Any] = TENANT) -> Path:
    """Write a tenant as one file. JSON is YAML."""
    path.write_text(json.dumps(tenant, indent=2))
    return path


def write_directory(path: Path, tenant: dict[str, Any] = TENANT) -> Path:
    """Write a tenant as a directory."""
    for section, records in tenant.items():
        if section == "tenant":
            (path / "tenant.json").write_text(json.dumps(records))
            continue
        folder = path / FOLDERS[section]
        folder.mkdir(parents=True, exist_ok=True)
        for number, record in enumerate(records):
            if section == "databases":
                (folder / record["name"]).mkdir()
                (folder / record["name"] / "database.json").write_text(json.dumps(record))
            else:
                name = record.get("name") or str(number)
                (folder / f"{name}.json").write_text(json.dumps(record))
    return path


def write_json(path: Path, data: Any) -> Path:
    """Write a file of JSON."""
    path.write_text(json.dumps(data))
    return path


def write_lines(path: Path, records: list[Any]) -> Path:
    """Write one record a line."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
