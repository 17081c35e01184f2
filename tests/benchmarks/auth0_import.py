"""
How long it takes to move a large company's Authorization Extension here, and how much memory.

    DATABASE=postgresql python -m tests.benchmarks.auth0_import [--megabytes 10]

Creates a database of its own on the server that libpq's variables (PGHOST, PGUSER, …) lead to, writes an export of
that size, imports it with the command, equivalence included, shows the command's progress bar, prints what it took, and
drops the database; without ``DATABASE=postgresql`` it uses SQLite in memory. The company: 30,000 users of whom every
third has an account here, 1,000 groups nested in trees, 300 roles and 1,500 permissions of 10 applications, and as many
memberships as fill the file; the Extension itself held half a megabyte.
"""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

DATABASE_NAME = "authhub_benchmark_auth0_import"
USERS, GROUPS, ROLES, PERMISSIONS, APPLICATIONS = 30_000, 1_000, 300, 1_500, 10
CHILDREN, ROLES_PER_GROUP, PERMISSIONS_PER_ROLE = 3, 2, 10
BYTES_PER_MEMBERSHIP = len(json.dumps("auth0|" + "0" * 24)) + 2
SEED = 20261125


def export(megabytes: float, chance: random.Random) -> dict[str, Any]:
    """Return an export of about that size."""
    users = [user_id(number) for number in range(USERS)]
    permissions = [
        {**record("c", n, f"do:thing{n}" if n % 7 else f"Do Thing {n}"), **of_application(n)}
        for n in range(PERMISSIONS)
    ]
    roles = [{**record("b", n, f"Role {n}"), **of_application(n)} for n in range(ROLES)]
    for number, role in enumerate(roles):
        own = permissions[number % APPLICATIONS :: APPLICATIONS]
        role["permissions"] = [each["_id"] for each in chance.sample(own, PERMISSIONS_PER_ROLE)]
        role["users"] = chance.sample(users, 20)
    groups: list[dict[str, Any]] = [record("a", n, f"Group {n}") for n in range(GROUPS)]
    for number, group in enumerate(groups):
        group["nested"] = [each["_id"] for each in groups[CHILDREN * number + 1 : CHILDREN * (number + 1) + 1]]
        group["roles"] = [each["_id"] for each in chance.sample(roles, ROLES_PER_GROUP)]
    said = {"groups": groups, "roles": roles, "permissions": permissions, "configuration": [{"_id": "v1"}]}
    room = megabytes * 1e6 - len(json.dumps(said))
    for group in groups:
        group["members"] = chance.sample(users, max(0, int(room / GROUPS / BYTES_PER_MEMBERSHIP)))
    return said


def record(kind: str, number: int, name: str) -> dict[str, Any]:
    return {"_id": f"{number:08x}-0000-4000-8000-00000000000{kind}", "name": name, "description": f"About {name}"}


def of_application(number: int) -> dict[str, Any]:
    return {"applicationType": "client", "applicationId": f"application-{number % APPLICATIONS}"}


def user_id(number: int) -> str:
    return f"auth0|{number + 0xA00000000000000000000000:024x}"


def fill() -> None:
    """Make the applications, and an account for every third user."""
    from django.contrib.auth import get_user_model

    from authhub.models import UserProfile
    from authhub.oauth.registration import register_application

    for number in range(APPLICATIONS):
        register_application(
            name=f"Application {number}", application_type="non_interactive", client_id=f"application-{number}"
        )
    model = get_user_model()
    here = range(0, USERS, 3)
    users = model.objects.bulk_create([model(username=f"user{n}", password="!") for n in here], batch_size=5_000)
    UserProfile.objects.bulk_create(
        [UserProfile(user=user, subject=user_id(n)) for user, n in zip(users, here, strict=True)], batch_size=5_000
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=10.0)
    options = parser.parse_args()
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["NAME"] = DATABASE_NAME
    before_it = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        fill()
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "extension.json"
            path.write_text(json.dumps(export(options.megabytes, random.Random(SEED))))
            size, before, started = path.stat().st_size, peak_megabytes(), time.monotonic()
            call_command("authhub_import_auth0", "--extension", str(path), stdout=sys.stdout, stderr=sys.stderr)
            seconds = time.monotonic() - started
        print(
            f"{size / 1e6:.1f} MB on {connection.vendor}: {seconds:.1f} s, peak memory {peak_megabytes():.0f} MB "
            f"({before:.0f} before)"
        )
    finally:
        connection.creation.destroy_test_db(before_it, verbosity=0)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    main()
