"""
Searching users with Auth0's ``q``: the subset of Lucene's syntax that Auth0 documents for users (search engine v3).

``email:"a@b.example"``, ``name:jo*``, ``user_id:…``, ``email_verified:true``, ``app_metadata.plan:"gold"``,
``last_login:[2026-01-01 TO *]``, ``_exists_:picture``, AND, OR, NOT, parentheses. A bare word is looked for in the
names and the address. A list in the metadata meets what one of its values meets. Letters count as the same in either
case, but in metadata. What is not understood is refused, not ignored.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import CharField, F, JSONField, Q, QuerySet, Value
from django.db.models.fields.json import DataContains, KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce, Concat, NullIf

from authhub.api.errors import invalid_query
from authhub.api.lucene import WILDCARD, Range, Reading, Text
from authhub.api.search_conditions import ANY, NONE, matching, moment_condition, range_condition, text_of
from authhub.models import key_in_subject
from authhub.oauth.password_grant import REALMS
from authhub.oauth.user_attributes import column_of, has_column

# A key that Python takes for a number is an index in SQL, which knows no `-5` and nothing beyond 32 bits.
METADATA_NAME = re.compile(r"(user_metadata|app_metadata)(\.([0-9]{1,9}|[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*)){1,5}")
DEFAULT_FIELDS = ("email", "username", "name", "nickname", "given_name", "family_name")
"""Where a bare word is looked for."""
TEXTS = ("email", "username", "name", "nickname", "given_name", "family_name", "picture")
MOMENTS = ("created_at", "updated_at", "last_login")
FLAGS = ("email_verified", "blocked")
SORTABLE = (*TEXTS, *MOMENTS, *FLAGS, "logins_count")


def search(users: QuerySet[Any, Any], query: str) -> QuerySet[Any, Any]:
    """
    Return those of `users` that meet a query, in one SQL query.

    Raises:
        ApiError: 400, it cannot be read, is too long, or asks for what is not known of users.
    """
    reading = _Search()
    condition = reading.read(query)
    found: QuerySet[Any, Any] = users.alias(**_expressions(), **reading.aliases).filter(condition)
    return found


def ordered(users: QuerySet[Any, Any], sort: str) -> QuerySet[Any, Any]:
    """
    Return users in the order that ``field:1`` or ``field:-1`` asks for.

    Raises:
        ApiError: 400, it is no such order.
    """
    name, _, direction = sort.partition(":")
    if name not in SORTABLE or direction not in ("1", "-1") or not _is_known(name):
        raise invalid_query("sort: A field, a colon, and 1 or -1.")
    column = F(_column(name))
    # Who has none comes last whichever way, and equals always in the same order.
    by = column.asc(nulls_last=True) if direction == "1" else column.desc(nulls_last=True)
    sorted_: QuerySet[Any, Any] = users.alias(**_expressions())
    return sorted_.order_by(by if name != "blocked" else _inverted(direction), "pk")


class _Search(Reading):
    """`aliases` are the expressions that the condition speaks of."""

    def __init__(self) -> None:
        self.aliases: dict[str, Any] = {}

    def term(self, name: str, value: Text | Range) -> Q:
        """Return the condition of one term."""
        if not name:
            return self._bare(value)
        if name == "_exists_":
            return self._exists(text_of(value))
        metadata = METADATA_NAME.fullmatch(name)
        if metadata:
            return self._metadata(name, value)
        if name == "identities.connection":
            return ANY if text_of(value) in REALMS else NONE
        if name == "user_id":
            return self._identified(text_of(value))
        kinds: Mapping[str, Callable[[str, Text | Range], Q]] = {
            **dict.fromkeys(TEXTS, _text_condition),
            **dict.fromkeys(MOMENTS, moment_condition),
            **dict.fromkeys(FLAGS, _flag_condition),
            "logins_count": _number_condition,
        }
        if name not in kinds or not _is_known(name):
            raise invalid_query(f"q: `{name[:100]}` is not a field of users that can be searched.")
        return kinds[name](_column(name), value)

    def _bare(self, value: Text | Range) -> Q:
        text = text_of(value)
        if text == WILDCARD:
            return ANY
        wanted = text if WILDCARD in text else f"{WILDCARD}{text}{WILDCARD}"
        fields = [_column(name) for name in DEFAULT_FIELDS if _is_known(name)]
        return Q(*(matching(column, wanted) for column in fields), _connector=Q.OR)

    def _identified(self, subject: str) -> Q:
        if WILDCARD in subject:
            raise invalid_query("q: A user_id is searched for as a whole.")
        key = key_in_subject(subject)
        return Q(authhub_profile__subject=subject) | (Q() if key is None else Q(pk=key))

    def _exists(self, name: str) -> Q:
        if METADATA_NAME.fullmatch(name):
            return Q(**{f"{self._alias(name, KeyTransform)}__isnull": False})
        if name not in SORTABLE or not _is_known(name):
            raise invalid_query(f"q: `{name[:100]}` is not a field of users that can be searched.")
        column = _column(name)
        return ~Q(**{f"{column}__isnull": True}) & (~Q(**{column: ""}) if name in TEXTS else Q())

    def _metadata(self, name: str, value: Text | Range) -> Q:
        text = text_of(value)
        if WILDCARD in text:
            return matching(self._alias(name, KeyTextTransform), text)
        alias = self._alias(name, KeyTransform)
        wanted: list[Any] = [text]
        if isinstance(value, Text) and not value.is_quoted:
            wanted += {"true": [True], "false": [False]}.get(text, [])
            wanted += [int(text)] if re.fullmatch(r"-?\d{1,18}", text) else []
        is_one = Q(
            *(Q(**{alias: each}) | Q(_Holds(F(alias), Value(each, JSONField()))) for each in wanted), _connector=Q.OR
        )
        # So that its negation is met by who has nothing there.
        return is_one & Q(**{f"{alias}__isnull": False})

    def _alias(self, name: str, transform: Any) -> str:
        """Name the value behind a path in the metadata; as an expression, so that no part of it is a lookup."""
        alias = f"said_{len(self.aliases)}"
        column, *keys = name.split(".")
        value: Any = f"authhub_profile__{column}"
        for key in keys[:-1]:
            value = KeyTransform(key, value)
        self.aliases[alias] = transform(keys[-1], value)
        return alias


class _Holds(DataContains):
    """Whether a list holds a value. SQLite has no such operator for JSON, so there we look through the list."""

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params, keys = self.lhs.preprocess_lhs(compiler, connection)
        path = "".join(("$", *(f'."{key}"' for key in keys)))
        wanted, wanted_params = self.process_rhs(compiler, connection)
        # Only of a list are the keys numbers; true has the value 1, and another type.
        sql = (
            f"EXISTS (SELECT 1 FROM JSON_EACH({column}, %s) AS held JOIN JSON_EACH({wanted}) AS wanted"  # noqa: S608
            " ON held.value = wanted.value AND held.type = wanted.type WHERE TYPEOF(held.key) = 'integer')"
        )
        return sql, (*params, path, *wanted_params)


def _is_known(name: str) -> bool:
    return name in ("name", "nickname", "picture", "email_verified", "updated_at", "logins_count") or bool(
        column_of(name) or name == "created_at"
    )


def _column(name: str) -> str:
    """Return the lookup of a field: a column of the user model or of the profile, or an alias of `_expressions`."""
    if name == "name":
        return "authhub_name"
    if name == "created_at":
        return column_of(name) or "authhub_profile__created_at"
    if name == "email_verified" and has_column(name):
        return name
    return column_of(name) or f"authhub_profile__{name}"


def _expressions() -> dict[str, Any]:
    given, family = column_of("given_name"), column_of("family_name")
    own: Any = F(get_user_model().USERNAME_FIELD)
    if given and family:
        full = NullIf(Concat(F(given), Value(" "), F(family), output_field=CharField()), Value(" "))
        own = Coalesce(full, own, output_field=CharField())
    elif given:
        own = Coalesce(NullIf(F(given), Value("")), own, output_field=CharField())
    profile = NullIf(F("authhub_profile__name"), Value(""))
    return {"authhub_name": Coalesce(profile, own, output_field=CharField())}


def _inverted(direction: str) -> Any:
    column = F(column_of("blocked"))
    return column.desc() if direction == "1" else column.asc()


def _text_condition(column: str, value: Text | Range) -> Q:
    return matching(column, text_of(value))


def _flag_condition(column: str, value: Text | Range) -> Q:
    text = text_of(value)
    if text not in ("true", "false"):
        raise invalid_query("q: Either true or false.")
    if column == column_of("blocked"):
        return Q(**{column: text == "false"})
    is_set = Q(**{column: True})
    # A user without a profile has nothing that was ever verified.
    return is_set if text == "true" else ~is_set


def _number_condition(column: str, value: Text | Range) -> Q:
    return range_condition(column, value, _number)


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise invalid_query(f"q: `{text[:100]}` is not a number.")
    return int(text)
