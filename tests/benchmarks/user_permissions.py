"""
How long the answer to "what may this user do at this API" takes in a large company.

    python -m tests.benchmarks.user_permissions [--scale 1.0] [--samples 1000] [--what-if] [--explain]

Creates a database of its own on the server that libpq's variables (PGHOST, PGUSER, …) lead to, fills it, prints a
table, and drops it; without ``DATABASE=postgresql`` it uses SQLite in memory. The company: 100,000 users, 10,000 groups
nested 10 deep of which every fifth has two parents, 1,000 roles that include others, 100 APIs of 50 permissions, half
of everything within 100 organizations; ``--scale`` multiplies users and groups. Each sample is another user at another
API, asked through the ORM with everything that this costs; "SQL" is the part that the database takes, with the
statement's text made beforehand. ``--explain`` prints the plan for one user; ``--what-if`` also simulates one change
that reaches one user, one that reaches those of a role, and one that reaches all below a group at the top.
"""

import argparse
import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import django

DATABASE_NAME = "authhub_benchmark_user_permissions"
USERS, GROUPS, DEPTH, ROLES, APIS, PERMISSIONS_PER_API, ORGANIZATIONS = 100_000, 10_000, 10, 1_000, 100, 50, 100
MEMBERSHIPS_PER_USER, ROLES_PER_USER, ROLES_PER_GROUP, PERMISSIONS_PER_ROLE = 3, 2, 2, 10
BATCH = 5_000
SEED = 20260301


def store(model: Any, rows: Iterable[Any]) -> list[Any]:
    return list(model.objects.bulk_create(rows, batch_size=BATCH))


def fill(scale: float, chance: random.Random) -> tuple[list[Any], list[Any], list[Any]]:
    """Fill the database; return users, APIs and organizations."""
    users = store(User, (User(username=f"user{n}", password="!") for n in range(int(USERS * scale))))
    apis = store(models.ResourceServer, (_api(n) for n in range(APIS)))
    permissions = store(
        models.Permission,
        (models.Permission(resource_server=api, value=f"do:{n}") for api in apis for n in range(PERMISSIONS_PER_API)),
    )
    organizations = store(models.Organization, (models.Organization(name=f"org-{n}") for n in range(ORGANIZATIONS)))
    roles = store(models.Role, (models.Role(name=f"Role {n}") for n in range(ROLES)))
    store(
        models.RolePermission,
        (
            models.RolePermission(role=role, permission=permission)
            for role in roles
            for permission in chance.sample(permissions, PERMISSIONS_PER_ROLE)
        ),
    )
    # Every role but the last hundred includes one further down, every third two; chains stay short.
    store(
        models.RoleInclusion,
        (
            models.RoleInclusion(role=role, included_role=included)
            for n, role in enumerate(roles[:-100])
            for included in chance.sample(roles[n + 100 :], 2 if n % 3 == 0 and n < ROLES - 110 else 1)
        ),
    )
    groups = store(models.Group, (models.Group(name=f"Group {n}") for n in range(int(GROUPS * scale))))
    width = len(groups) // DEPTH
    levels = [groups[n * width : (n + 1) * width] for n in range(DEPTH)]
    store(
        models.GroupNesting,
        (
            models.GroupNesting(parent=parent, child=group)
            for upper, level in pairwise(levels)
            for n, group in enumerate(level)
            for parent in chance.sample(upper, 2 if n % 5 == 0 else 1)
        ),
    )
    store(
        models.GroupMembership,
        (
            models.GroupMembership(group=group, user=user)
            for user in users
            for group in chance.sample(groups, MEMBERSHIPS_PER_USER)
        ),
    )
    store(
        models.OrganizationMembership,
        (
            models.OrganizationMembership(organization=organizations[n % ORGANIZATIONS], user=user)
            for n, user in enumerate(users)
        ),
    )
    store(models.RoleAssignment, _role_assignments(users, groups, roles, organizations, chance))
    store(
        models.PermissionAssignment,
        (models.PermissionAssignment(user=user, permission=chance.choice(permissions)) for user in users[::2]),
    )
    return users, apis, organizations


def _api(n: int) -> Any:
    return models.ResourceServer(name=f"API {n}", identifier=f"https://api{n}.example.com")


def _role_assignments(
    users: list[Any], groups: list[Any], roles: list[Any], organizations: list[Any], chance: random.Random
) -> Iterator[Any]:
    until = timezone.now() + timedelta(days=30)
    for n, user in enumerate(users):
        inside, outside = chance.sample(roles, ROLES_PER_USER)
        yield models.RoleAssignment(user=user, role=inside, organization=organizations[n % ORGANIZATIONS])
        yield models.RoleAssignment(user=user, role=outside, ends_at=until)
    for group in groups:
        inside, outside = chance.sample(roles, ROLES_PER_GROUP)
        yield models.RoleAssignment(group=group, role=inside, organization=chance.choice(organizations))
        yield models.RoleAssignment(group=group, role=outside)


def measure(questions: Iterable[Any], answer: Callable[[Any], Any]) -> list[float]:
    """Return the milliseconds of each answer, in order."""
    taken = []
    for question in questions:
        begin = time.perf_counter()
        answer(question)
        taken.append((time.perf_counter() - begin) * 1000)
    return sorted(taken)


def ask(queryset: Any) -> Any:
    """Evaluate a query set that is made now."""
    return list(queryset())


def run(statement: tuple[str, Any]) -> Any:
    """Run a statement that was made before."""
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return cursor.fetchall()


def row(name: str, taken: list[float]) -> str:
    p95 = taken[int(len(taken) * 0.95)]
    return f"| {name} | {taken[0]:.2f} | {statistics.median(taken):.2f} | {p95:.2f} |"


def report(users: list[Any], apis: list[Any], samples: int, chance: random.Random) -> None:
    """Print the table."""
    asked = [(chance.choice(users), chance.choice(apis)) for _sample in range(samples)]
    places = {user.pk: models.Organization(pk=user_place) for user, user_place in _places(asked)}
    outside = [lambda user=user, api=api: user_permissions(user, api) for user, api in asked]
    inside = [lambda user=user, api=api: user_permissions(user, api, places[user.pk]) for user, api in asked]
    statements = [query().query.sql_with_params() for query in outside]
    for query in outside[:50]:
        ask(query)
    print(f"\n{connection.vendor}, {len(users):,} users, {samples} samples; milliseconds\n")
    print("| what | fastest | median | 95 % |\n|---|---|---|---|")
    print(row("`user_permissions`", measure(outside, ask)))
    print(row("`user_permissions` in an organization", measure(inside, ask)))
    print(row("`user_permissions`, SQL", measure(statements, run)))
    rights = [(user, api.permissions.order_by("?").first()) for user, api in asked[:100]]
    print(row("`check_access`, with all paths", measure(rights, lambda right: check_access(*right))))
    print(row("`explain_permission`", measure(rights, lambda right: explain_permission(*right).as_text())))
    held = [authorized_groups(user).count() for user, _api in asked[:100]]
    roles = [authorized_roles(user).count() for user, _api in asked[:100]]
    print(f"\nGroups of a user: {statistics.median(held):.0f}, roles: {statistics.median(roles):.0f} (medians)")


def report_simulations() -> None:
    """Print how long it takes to say who gains and loses what, and how many that are."""
    role = models.Role.objects.order_by("pk").first()
    top = models.Group.objects.filter(nestings_above__isnull=True).order_by("pk").first()
    changes = {
        "give a user a role": {"change": "assign_role", "role": role.name, "user": "user7"},
        "delete a role": {"change": "delete_role", "role": role.name},
        "switch a group at the top off": {"change": "change_group", "group": top.name, "is_active": False},
    }
    print("\n| `simulate` | seconds | users reached |\n|---|---|---|")
    for name, change in changes.items():
        begin = time.perf_counter()
        outcome = simulate(read_changes([change]), by=None)
        reached = len({shift.user.pk for shift in outcome.users})
        print(f"| {name} | {time.perf_counter() - begin:.2f} | {reached:,} |", flush=True)
    print(f"\nMemory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _places(asked: list[Any]) -> Iterator[tuple[Any, Any]]:
    memberships = models.OrganizationMembership.objects.filter(user__in=[user for user, _api in asked])
    place_of = dict(memberships.values_list("user", "organization"))
    return ((user, place_of[user.pk]) for user, _api in asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--what-if", action="store_true")
    options = parser.parse_args()
    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["NAME"] = DATABASE_NAME
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        chance = random.Random(SEED)
        begin = time.perf_counter()
        with transaction.atomic():
            users, apis, _organizations = fill(options.scale, chance)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        print(f"filled in {time.perf_counter() - begin:.0f} seconds", flush=True)
        report(users, apis, options.samples, chance)
        if options.what_if:
            report_simulations()
        if options.explain:
            analyze = {"analyze": True} if connection.vendor == "postgresql" else {}
            print("\n" + user_permissions(chance.choice(users), chance.choice(apis)).explain(**analyze))
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.contrib.auth.models import User
    from django.db import connection, transaction
    from django.utils import timezone

    from authhub import models
    from authhub.rbac.access import check_access
    from authhub.rbac.changes import read_changes
    from authhub.rbac.explanation import explain_permission
    from authhub.rbac.review import authorized_groups, authorized_roles, user_permissions
    from authhub.rbac.simulation import simulate

    main()
