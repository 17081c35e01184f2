"""
Subqueries that the ORM compiles once and that are filled in for each question.

Building the recursive queries anew costs several times what the database takes to answer them, and every token asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import BooleanField, DateTimeField, Expression, Field, QuerySet

from authhub.models import Organization, ResourceServer
from authhub.models.prepared import Blank


@dataclass(frozen=True)
class Asked:
    """About whom, for which organization and API if any, and when: primary keys and a moment, or their blanks."""

    user: Any
    organization: Any
    at: Any
    resource_server: Any = None


Make = Callable[[Asked], QuerySet[Any, Any]]
"""Makes a query of one column."""


class Prepared(Expression):
    """The subquery that `make` makes for what is asked, for use behind ``__in``."""

    template = "(%s)"

    def __init__(self, make: Make, asked: Asked, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.make, self.asked = make, asked

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Fill the blanks of the compiled subquery in."""
        sql, parameters = _compiled(
            self.make,
            self.asked.organization is not None,
            self.asked.resource_server is not None,
            connection.alias,
        )
        values = {
            name: field.get_db_prep_value(getattr(self.asked, name), connection) for name, field in _fields().items()
        }
        filled = tuple(values[each.name] if isinstance(each, Blank) else each for each in parameters)
        return self.template % sql, filled


class PreparedExists(Prepared):
    """Whether the subquery finds anything."""

    template = "EXISTS(%s)"

    def __init__(self, make: Make, asked: Asked) -> None:
        super().__init__(make, asked, BooleanField())


def _fields() -> "dict[str, Field[Any, Any]]":
    return {
        "user": get_user_model()._meta.pk,
        "organization": Organization._meta.pk,
        "at": DateTimeField(),
        "resource_server": ResourceServer._meta.pk,
    }


@cache
def _compiled(make: Make, is_within: bool, is_at_api: bool, alias: str) -> tuple[str, tuple[Any, ...]]:
    blanks = {name: Blank(name, field) for name, field in _fields().items()}
    asked = Asked(
        user=blanks["user"],
        organization=blanks["organization"] if is_within else None,
        at=blanks["at"],
        resource_server=blanks["resource_server"] if is_at_api else None,
    )
    query = make(asked).query
    sql, parameters = query.get_compiler(connection=connections[alias]).as_sql()
    return sql, tuple(parameters)
