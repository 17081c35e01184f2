"""
Searching users with Auth0's ``q``: the subset of Lucene's syntax that Auth0 documents for users (search engine v3).

``email:"a@b.example"``, ``name:jo*``, ``user_id:…``, ``email_verified:true``, ``app_metadata.plan:"gold"``,
``last_login:[2026-01-01 TO *]``, ``_exists_:picture``, AND, OR, NOT, parentheses. A bare word is looked for in the
names and the address. Letters count as the same in either case. What is not understood is refused, not ignored.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce, Concat, NullIf
from luqum import tree

from authhub.api.errors import invalid_query
from authhub.api.lucene import WILDCARD, Reading, matching, moment_condition, range_condition, text_of
from authhub.models import key_in_subject
from authhub.oauth.password_grant import REALMS
from authhub.oauth.user_attributes import column_of, has_column

METADATA_NAME = re.compile(r"(user_metadata|app_metadata)((?:\.[A-Za-z0-9_-]{1,100}){1,5})\Z")
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
        super().__init__()
        self.aliases: dict[str, Any] = {}

    def term(self, name: str, node: Any) -> Q:
        """Return the condition of one term."""
        if not name:
            return self._bare(node)
        if name == "_exists_":
            return self._exists(text_of(node))
        metadata = METADATA_NAME.fullmatch(name)
        if metadata:
            return self._metadata(name, node)
        if name == "identities.connection":
            return Q() if text_of(node) in REALMS else Q(pk__in=[])
        if name == "user_id":
            return self._identified(text_of(node))
        kinds: Mapping[str, Callable[[str, Any], Q]] = {
            **dict.fromkeys(TEXTS, _text_condition),
            **dict.fromkeys(MOMENTS, moment_condition),
            **dict.fromkeys(FLAGS, _flag_condition),
            "logins_count": _number_condition,
        }
        if name not in kinds or not _is_known(name):
            raise invalid_query(f"q: `{name[:100]}` is not a field of users that can be searched.")
        return kinds[name](_column(name), node)

    def _bare(self, node: Any) -> Q:
        text = text_of(node)
        if text == WILDCARD:
            return Q()
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

    def _metadata(self, name: str, node: Any) -> Q:
        text = text_of(node)
        if WILDCARD in text:
            return matching(self._alias(name, KeyTextTransform), text)
        alias = self._alias(name, KeyTransform)
        values: list[Any] = [text]
        if isinstance(node, tree.Word):
            values += {"true": [True], "false": [False]}.get(text, [])
            values += [int(text)] if re.fullmatch(r"-?\d{1,18}", text) else []
        is_one = Q(*(Q(**{alias: value}) for value in values), _connector=Q.OR)
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


def _text_condition(column: str, node: Any) -> Q:
    return matching(column, text_of(node))


def _flag_condition(column: str, node: Any) -> Q:
    text = text_of(node)
    if text not in ("true", "false"):
        raise invalid_query("q: Either true or false.")
    if column == column_of("blocked"):
        return Q(**{column: text == "false"})
    is_set = Q(**{column: True})
    # A user without a profile has nothing that was ever verified.
    return is_set if text == "true" else ~is_set


def _number_condition(column: str, node: Any) -> Q:
    return range_condition(column, node, _number)


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise invalid_query(f"q: `{text[:100]}` is not a number.")
    return int(text)
