"""The shapes of the Extension's records, and its filters and pages."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from authhub.api.errors import invalid_query
from authhub.api.extension.joi import DESCRIPTION_MAX, Text, read_query
from authhub.api.parsing import StrictSerializer

MEMBERS_MAX = 25
USERS_MAX = 100


class ShortRecord(StrictSerializer):
    """What every record begins with."""

    _id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()


class RecordOfApplication(ShortRecord):
    """A role or a permission with its application."""

    applicationType = serializers.ChoiceField(["client", "resource_server"])  # noqa: N815
    applicationId = serializers.CharField()  # noqa: N815


class RoleExpanded(RecordOfApplication):
    """A role with its permissions."""

    permissions = ShortRecord(many=True)


class ApplicationIn(StrictSerializer):
    """To which application something belongs."""

    description = Text(max_length=DESCRIPTION_MAX)
    applicationType = serializers.ChoiceField(["client", "resource_server"])  # noqa: N815
    applicationId = Text(max_length=500)  # noqa: N815


class SearchQuery(StrictSerializer):
    """A part of a text to look for, in any case, and in which field; without a field, in name and description."""

    q = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    field = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class MemberQuery(StrictSerializer):
    """Which page of members; the first is 0."""

    per_page = serializers.IntegerField(min_value=1, max_value=MEMBERS_MAX, required=False)
    page = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)


class UserQuery(SearchQuery):
    """Which users, and which page of them; the first is 0."""

    per_page = serializers.IntegerField(min_value=1, max_value=USERS_MAX, required=False)
    page = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)


class ExpandQuery(StrictSerializer):
    """Whether to show what hangs on it."""

    expand = serializers.CharField(required=False, allow_blank=True, max_length=20)


def searched(request: Request, records: Iterable[dict[str, Any]], fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """
    Return the records that the query looks for.

    Raises:
        ApiError: there is no such field.
    """
    wanted, names = search_of(request, fields)
    return [record for record in records if not wanted or any(wanted in str(record[name]).casefold() for name in names)]


def search_of(request: Request, fields: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """
    Return what is looked for, in lower case, and in which fields.

    Raises:
        ApiError: there is no such field.
    """
    query = read_query(request, SearchQuery)
    field = query.get("field", "")
    if field and field not in fields:
        raise invalid_query(f'"field" must be one of [{", ".join(fields)}]')
    return query.get("q", "").casefold(), (field,) if field else ("name", "description")


def wants_more(request: Request) -> bool:
    """Return whether ``?expand`` is there and not false."""
    return read_query(request, ExpandQuery).get("expand", "false").lower() not in ("false", "0", "no")
