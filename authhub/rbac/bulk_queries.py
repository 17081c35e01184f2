"""Recursive queries about many users at once, whose rows no database can foresee."""

from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet


def rows_of(query: QuerySet[Any, Any]) -> list[Any]:
    """
    Return the rows of such a query.

    PostgreSQL takes it for so expensive that it would compile it first, which takes a second or two, every time.
    """
    connection = connections[query.db]
    if connection.vendor != "postgresql":
        return list(query)
    with transaction.atomic(using=query.db):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
        return list(query)
