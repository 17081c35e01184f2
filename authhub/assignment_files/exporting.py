"""Write who holds what, row by row, as `reading` reads it again."""

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from authhub.assignment_files.rows import COLUMNS
from authhub.models import GroupMembership, OrganizationMembership, PermissionAssignment, RoleAssignment

CHUNK = 2_000
Cells = dict[str, str]


def export_rows() -> Iterator[Cells]:
    """Yield every assignment and membership of users, without what is empty; in a stable order, in four queries."""
    name = f"user__{get_user_model().USERNAME_FIELD}"
    within = {"organization": "organization__name", "starts_at": "starts_at", "ends_at": "ends_at"}
    permission = {"permission": "permission__value", "api": "permission__resource_server__identifier"}
    users_only = {"user__isnull": False}
    yield from _cells(OrganizationMembership.objects.all(), user=name, organization="organization__name")
    yield from _cells(GroupMembership.objects.all(), user=name, group="group__name")
    yield from _cells(RoleAssignment.objects.filter(**users_only), user=name, role="role__name", **within)
    yield from _cells(PermissionAssignment.objects.filter(**users_only), user=name, **permission, **within)


def write_rows(file: TextIO, file_format: str) -> int:
    """Write all of them and return how many."""
    count = 0
    if file_format == "csv":
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for count, cells in enumerate(export_rows(), start=1):  # noqa: B007 - it is returned
            writer.writerow(cells)
        return count
    is_list = file_format == "json"
    if is_list:
        file.write("[")
    for count, cells in enumerate(export_rows(), start=1):
        before = ("" if count == 1 else ",") + "\n" if is_list else ""
        file.write(before + json.dumps(cells, ensure_ascii=False) + ("" if is_list else "\n"))
    if is_list:
        file.write("\n]\n")
    return count


def _cells(rows: QuerySet[Any], **columns: str) -> Iterator[Cells]:
    for values in rows.order_by("pk").values_list(*columns.values()).iterator(chunk_size=CHUNK):
        said = zip(columns, values, strict=True)
        yield {name: value if isinstance(value, str) else value.isoformat() for name, value in said if value}
