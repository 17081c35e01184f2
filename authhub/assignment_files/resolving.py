"""Turn a batch of rows into what shall be assigned, in a number of queries that does not depend on how many."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from authhub.assignment_files.people import find_people
from authhub.assignment_files.rows import Row, RowProblem, moment_in
from authhub.models import Group, Organization, Permission, Role
from authhub.rbac.bulk import Wanted

NOUNS = ("role", "group", "organization")


def resolve(rows: Sequence[Row], *, accepts_unverified: bool = False) -> list[Wanted | RowProblem]:
    """Return for each row what it wants, or what in it means nothing here."""
    people = find_people({row.user for row in rows}, accepts_unverified=accepts_unverified)
    things = {
        "role": _by_name_or_id(Role, {row.role for row in rows}),
        "group": _by_name_or_id(Group, {row.group for row in rows}),
        "organization": _organizations({row.organization for row in rows}),
    }
    permissions = _permissions({row.permission for row in rows})
    return [_wanted(row, people, things, permissions) for row in rows]


def _wanted(row: Row, people: Any, things: Any, permissions: Any) -> Wanted | RowProblem:
    user = people[row.user]
    if isinstance(user, str):
        return RowProblem(row.line, user)
    given: dict[str, Any] = {}
    for noun in NOUNS:
        name = getattr(row, noun)
        if name:
            given[noun] = things[noun].get(name)
            if given[noun] is None:
                return RowProblem(row.line, f"there is no {noun} `{name}`")
    if row.api and not row.permission:
        return RowProblem(row.line, "names an API but no permission of it")
    if row.permission:
        found = [each for each in permissions[row.permission] if row.api in ("", each.resource_server.identifier)]
        if len(found) != 1:
            at = f" at the API `{row.api}`" if row.api else ""
            several = f"several APIs define `{row.permission}`: name one in `api`"
            return RowProblem(row.line, several if found else f"there is no permission `{row.permission}`{at}")
        given["permission"] = found[0]
    for name in ("starts_at", "ends_at"):
        try:
            given[name] = moment_in(getattr(row, name))
        except (ValueError, OverflowError):
            sentence = f"`{getattr(row, name)}` is no moment such as 2026-12-24T18:00+01:00"
            return RowProblem(row.line, sentence)
    return Wanted(user=user, **given)


def _by_name_or_id(model: Any, names: Iterable[str]) -> dict[str, Any]:
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    uuids = {uuid for uuid in map(model.uuid_in, wanted) if uuid is not None}
    found: dict[str, Any] = {}
    for row in model.objects.filter(Q(name__in=wanted) | Q(uuid__in=uuids)):
        found.setdefault(row.public_id, row)
        found[row.name] = row  # a name goes before an id that looks like it
    return found


def _organizations(names: Iterable[str]) -> dict[str, Any]:
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    digits = {name.removeprefix("org_") for name in wanted if name.startswith("org_")}
    keys = {int(each) for each in digits if each.isascii() and each.isdecimal() and len(each) < 19}
    found: dict[str, Any] = {}
    for row in Organization.objects.filter(Q(name__in=wanted) | Q(pk__in=keys)):
        found.setdefault(row.public_id, row)
        found[row.name] = row
    return found


def _permissions(values: Iterable[str]) -> dict[str, list[Permission]]:
    found: dict[str, list[Permission]] = defaultdict(list)
    wanted = {value for value in values if value}
    if wanted:
        for permission in Permission.objects.filter(value__in=wanted).select_related("resource_server"):
            found[permission.value].append(permission)
    return found
