"""
How long the import of a large export of the Authorization Extension takes, and then the answer of the policy endpoint.

    DATABASE=postgresql python -m tests.benchmarks.extension_policy [--scale 1.0] [--samples 500]

Creates a database of its own on the server that libpq's variables lead to, makes 100,000 users who brought their ids
along, imports an export of about 10 MB (10,000 groups nested 10 deep, each user in two of them, every tenth mapped,
1,000 roles of 20 applications, 5,000 permissions), asks, prints what it took, and drops the database. Without
``DATABASE=postgresql`` it uses SQLite in memory. ``--scale`` multiplies users and groups.
"""

import argparse
import json
import os
import random
import statistics
import time
from typing import Any
from uuid import UUID

import django

DATABASE_NAME = "authhub_benchmark_extension_policy"
USERS, GROUPS, DEPTH, ROLES, PERMISSIONS, APPLICATIONS = 100_000, 10_000, 10, 1_000, 5_000, 20
CONNECTION = "ad"
SEED = 20260301


def export(scale: float, chance: random.Random) -> tuple[dict[str, Any], list[str]]:
    """Return an export, and the ids of its users."""
    users = [f"auth0|{chance.getrandbits(96):024x}" for _ in range(int(USERS * scale))]
    permissions = [
        _record(chance, f"do:{n}", applicationType="client", applicationId=f"app{n % APPLICATIONS}")
        for n in range(PERMISSIONS)
    ]
    roles = [
        _record(
            chance,
            f"Role {n}",
            applicationType="client",
            applicationId=f"app{n % APPLICATIONS}",
            permissions=[each["_id"] for each in chance.sample(permissions[n % APPLICATIONS :: APPLICATIONS], 10)],
        )
        for n in range(ROLES)
    ]
    groups = [_record(chance, f"Group {n}", members=[], nested=[], roles=[]) for n in range(int(GROUPS * scale))]
    width = len(groups) // DEPTH
    for n, group in enumerate(groups):
        if n >= width:
            chance.choice(groups[n - width - n % width : n - n % width])["nested"].append(group["_id"])
        group["roles"] = [each["_id"] for each in chance.sample(roles, 2)]
        if n % 10 == 0:
            group["mappings"] = [{"connectionName": CONNECTION, "groupName": f"incoming {n // 10}"}]
    for user in users:
        for group in chance.sample(groups, 2):
            group["members"].append(user)
    return {"groups": groups, "roles": roles, "permissions": permissions}, users


def _record(chance: random.Random, name: str, **further: Any) -> dict[str, Any]:
    return {"_id": str(UUID(int=chance.getrandbits(128))), "name": name, "description": name, **further}


def make_users(subjects: list[str]) -> None:
    made = User.objects.bulk_create([User(username=subject, password="!") for subject in subjects], batch_size=5000)
    profiles = [models.UserProfile(user=user, subject=user.username) for user in made]
    models.UserProfile.objects.bulk_create(profiles, batch_size=5000)


def report(document: dict[str, Any], subjects: list[str], samples: int, chance: random.Random) -> None:
    """Import, ask, and print."""
    print(f"{connection.vendor}, {len(subjects):,} users, export of {len(json.dumps(document)) / 1e6:.1f} MB")
    begin = time.perf_counter()
    import_extension(document, mode=ImportMode.MERGE, by=None)
    print(f"imported in {time.perf_counter() - begin:.0f} seconds", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    taken, held = [], []
    for sample in range(samples + 20):
        incoming = [f"incoming {chance.randrange(len(document['groups']) // 10)}" for _ in range(2)]
        begin = time.perf_counter()
        policy = policy_of(
            find_holder(chance.choice(subjects)),
            application_id=f"app{chance.randrange(APPLICATIONS)}",
            connection_names=[CONNECTION],
            incoming_groups=incoming,
        )
        if sample >= 20:  # the first compile the queries
            taken.append((time.perf_counter() - begin) * 1000)
            held.append((len(policy.groups), len(policy.roles), len(policy.permissions)))
    taken.sort()
    median = " ".join(f"{statistics.median(each):.0f}" for each in zip(*held, strict=True))
    print(
        f"policy: {taken[0]:.2f} fastest, {statistics.median(taken):.2f} median, {taken[int(samples * 0.95)]:.2f} 95 %"
    )
    print(f"groups, roles, permissions of an answer (medians): {median}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--samples", type=int, default=500)
    options = parser.parse_args()
    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["NAME"] = DATABASE_NAME
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        chance = random.Random(SEED)
        document, subjects = export(options.scale, chance)
        make_users(subjects)
        report(document, subjects, options.samples, chance)
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.contrib.auth.models import User
    from django.db import connection

    from authhub import models
    from authhub.rbac.extension.holders import find_holder
    from authhub.rbac.extension.importing import ImportMode, import_extension
    from authhub.rbac.extension.policy import policy_of

    main()
