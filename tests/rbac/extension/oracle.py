"""
The Extension's published algorithm, written again from its description (B.4), over its own document; and random ones.

Knows nothing of authhub.
"""

import random
from typing import Any


def policy(
    blob: dict[str, Any], user_id: str, client_id: str, connection: str, posted: list[str]
) -> dict[str, set[str]]:
    """Return what the Extension would answer to ``POST /users/{user_id}/policy/{client_id}``."""
    groups, roles, permissions = (blob.get(name) or [] for name in ("groups", "roles", "permissions"))
    direct = [group for group in groups if user_id in (group.get("members") or [])]
    names = set(posted) | {group["name"] for group in direct}
    dynamic = [group for group in groups if connection and names and _is_mapped(group, connection, names)]
    held: dict[str, dict[str, Any]] = {}
    waiting = [*direct, *dynamic]
    while waiting:
        group = waiting.pop()
        if group["_id"] not in held:
            held[group["_id"]] = group
            waiting += [parent for parent in groups if group["_id"] in (parent.get("nested") or [])]
    of_groups = {role for group in held.values() for role in group.get("roles") or []}
    counting = [
        role
        for role in roles
        if (role["_id"] in of_groups or user_id in (role.get("users") or [])) and role["applicationId"] == client_id
    ]
    conferred = {permission for role in counting for permission in role.get("permissions") or []}
    return {
        "groups": {group["name"] for group in held.values()},
        "roles": {role["name"] for role in counting},
        "permissions": {each["name"] for each in permissions if each["_id"] in conferred},
    }


def _is_mapped(group: dict[str, Any], connection: str, names: set[str]) -> bool:
    mappings = group.get("mappings") or []
    return any(each["connectionName"] == connection and each["groupName"] in names for each in mappings)


CONNECTIONS = ("google-oauth2", "ad")


def random_export(chance: random.Random, world: str) -> dict[str, Any]:
    """Return a small export; `world` keeps its names and ids apart from those of others."""
    # Worlds share applications, by the hundred: what is in them is not shared.
    applications = [f"app{int(world[1:]) // 100}-{n}" for n in range(2)]
    users = [f"{world}|{n}" for n in range(2)]
    permissions = [
        {**_named(chance, world, "p", n), "applicationType": "client", "applicationId": chance.choice(applications)}
        for n in range(chance.randint(0, 3))
    ]
    roles = [
        {
            **_named(chance, world, "r", n),
            "applicationType": "client",
            "applicationId": chance.choice(applications),
            "permissions": some(chance, [each["_id"] for each in permissions]),
            "users": some(chance, users, 0.2),
        }
        for n in range(chance.randint(0, 3))
    ]
    groups: list[dict[str, Any]] = []
    for number in range(chance.randint(0, 4)):
        group = {
            **_named(chance, world, "g", number),
            "members": some(chance, users, 0.3),
            "nested": some(chance, [each["_id"] for each in groups], 0.4),
            "roles": some(chance, [each["_id"] for each in roles], 0.4),
            "mappings": [
                {"connectionName": chance.choice(CONNECTIONS), "groupName": chance.choice(_incoming(world))}
                for _ in range(chance.choice((0, 0, 1)))
            ],
        }
        groups.append(group)
    # As in a real export: what is empty may be left out.
    return {"groups": [_thinned(chance, each) for each in groups], "roles": roles, "permissions": permissions}


def random_question(chance: random.Random, world: str, blob: dict[str, Any]) -> tuple[str, str, str, list[str]]:
    """Return who asks, for which application, through which connection, with which incoming groups."""
    known = [each["applicationId"] for each in (*blob["roles"], *blob["permissions"])] or ["app0-0"]
    posted = some(chance, _incoming(world), 0.3)
    return f"{world}|{chance.randint(0, 2)}", chance.choice(known), chance.choice(CONNECTIONS), posted


def _incoming(world: str) -> list[str]:
    return [f"{world}-in", f"{world}-g0", f"{world}-g1"]


def _named(chance: random.Random, world: str, kind: str, number: int) -> dict[str, Any]:
    blank = chance.choice(("-", " "))
    name = f"{world}-{kind}{number}" if kind == "g" else f"{world}{blank}{kind}{number}"
    return {"_id": f"{chance.getrandbits(128):032x}", "name": name, "description": name}


def some(chance: random.Random, values: list[str], share: float = 0.5) -> list[str]:
    """Return some of the values."""
    return [value for value in values if chance.random() < share]


def _thinned(chance: random.Random, group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if value or chance.random() < 0.5}
