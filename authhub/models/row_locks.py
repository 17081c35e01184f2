"""Locking rows until the transaction ends, on databases that differ in what they can lock."""

from typing import TypeVar

from django.db import connections
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def locked(rows: "QuerySet[Row]") -> "QuerySet[Row]":
    """
    Return rows to be locked, without those that are joined to them; requires a transaction.

    PostgreSQL refuses to lock what may be missing; MariaDB cannot tell the tables apart and locks them all.
    """
    locks_one_table = connections[rows.db].features.has_select_for_update_of
    return rows.select_for_update(of=("self",) if locks_one_table else ())
