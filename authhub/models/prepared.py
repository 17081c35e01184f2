"""
Queries that the ORM compiles once per database, for the few that every token asks.

Composing and compiling a query costs the ORM several times what the database takes to answer it.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connections, router
from django.db.models import Expression, Field, Model, QuerySet


class Blank(Expression):
    """A place in a statement where a value is filled in later."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Leave itself among the parameters."""
        return "%s", (self,)


class Statement(NamedTuple):
    """A compiled query: its text, its parameters with their blanks, and what turns a column into a Python value."""

    sql: str
    parameters: tuple[Any, ...]
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]


class PreparedRows:
    """
    The rows of a ``values_list`` queryset that `make` composes of blanks, one for each of `fields`.

    Give fields by functions: which model is the application is known only when apps are loaded.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], **fields: "Callable[[], Field[Any, Any]]") -> None:
        self._make, self._field_getters = make, fields
        self._statements: dict[str, Statement] = {}

    def __call__(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these values, in one query."""
        connection = connections[router.db_for_read(self._queryset.model)]
        statement = self._statements.get(connection.alias) or self._compiled(connection)
        prepared = {name: self._fields[name].get_db_prep_value(value, connection) for name, value in values.items()}
        filled = [prepared[each.name] if isinstance(each, Blank) else each for each in statement.parameters]
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, filled)
            return [_converted(row, statement.converters, connection) for row in cursor.fetchall()]

    @cached_property
    def _fields(self) -> "dict[str, Field[Any, Any]]":
        return {name: getter() for name, getter in self._field_getters.items()}

    @cached_property
    def _queryset(self) -> QuerySet[Any, Any]:
        return self._make(**{name: Blank(name, field) for name, field in self._fields.items()})

    def _compiled(self, connection: Any) -> Statement:
        compiler = self._queryset.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        statement = Statement(sql, tuple(parameters), converters)
        self._statements[connection.alias] = statement
        return statement


def partial(model: type[Model], names: Iterable[str], values: Iterable[Any]) -> Any:
    """Return an instance of which only these columns were read; any other costs a query of its own."""
    read = dict(zip(names, values, strict=True))
    # `from_db` takes the values in the order of the model's fields, whatever that of the names.
    ordered = [field.attname for field in model._meta.concrete_fields if field.attname in read]
    return model.from_db(router.db_for_read(model), ordered, [read[name] for name in ordered])


def _converted(row: tuple[Any, ...], converters: dict[int, tuple[list[Any], Any]], connection: Any) -> tuple[Any, ...]:
    values = list(row)
    for index, (functions, expression) in converters.items():
        for function in functions:
            values[index] = function(values[index], expression, connection)
    return tuple(values)
