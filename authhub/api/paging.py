"""
Pages of a list, Auth0's way (C.9): by number, as a bare array or with totals; or from a checkpoint, for long lists.
"""

from collections.abc import Callable
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import invalid_query
from authhub.api.parsing import StrictSerializer, query_of

PER_PAGE = 50
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000
SALT = "authhub.api.paging"


class PageQuery(StrictSerializer):
    """The parameters of a list. Subclasses add their filters."""

    page = serializers.IntegerField(min_value=0, max_value=PAGE_MAX, required=False, help_text="The first is 0.")
    per_page = serializers.IntegerField(min_value=1, max_value=PER_PAGE_MAX, required=False)
    include_totals = serializers.BooleanField(required=False, help_text="Answer an object that has the total.")
    take = serializers.IntegerField(min_value=1, max_value=PER_PAGE_MAX, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which Python keeps for itself."""
        checkpoint = serializers.CharField(
            max_length=500, required=False, help_text="Go on after the checkpoint that the answer before called `next`."
        )
        return {**super().get_fields(), "from": checkpoint}


def page_of(
    request: Request,
    rows: QuerySet[Any, Any],
    name: str,
    represent: Callable[[Any], Any],
    kind: type[PageQuery] = PageQuery,
    *,
    is_wrapped: bool = False,
) -> Response:
    """
    Answer one page of `rows`, in two queries at most whatever their number.

    With ``from`` or ``take`` it is ``{name: […], "next": …}``, ordered by primary key; with ``include_totals`` it is
    ``{"start", "limit", "length", "total", name: […]}``; else a bare array. A list that `is_wrapped`, as Auth0's newer
    ones are, is never a bare array: without parameters it begins at the first checkpoint.

    Raises:
        ApiError: a parameter is wrong, the two ways are mixed, or the checkpoint is not one of this list's.
    """
    query = query_of(request, kind)
    is_numbered = "page" in query or "per_page" in query
    if "from" in query or "take" in query or (is_wrapped and not is_numbered):
        if is_numbered:
            raise invalid_query("Either page and per_page, or from and take.")
        return _from_checkpoint(rows, name, represent, query)
    limit = query.get("per_page", PER_PAGE)
    start = query.get("page", 0) * limit
    found = [represent(row) for row in rows[start : start + limit]]
    if not (is_wrapped or query.get("include_totals")):
        return Response(found)
    return Response({"start": start, "limit": limit, "length": len(found), "total": rows.count(), name: found})


def _from_checkpoint(
    rows: QuerySet[Any, Any], name: str, represent: Callable[[Any], Any], query: dict[str, Any]
) -> Response:
    limit, salt = query.get("take", PER_PAGE), f"{SALT}.{name}"
    ordered = rows.order_by("pk")
    if "from" in query:
        try:
            ordered = ordered.filter(pk__gt=signing.loads(query["from"], salt=salt))
        except signing.BadSignature as error:
            raise invalid_query("from: This is no checkpoint of this list.") from error
    found = list(ordered[: limit + 1])
    answer: dict[str, Any] = {name: [represent(row) for row in found[:limit]]}
    if len(found) > limit:
        answer["next"] = signing.dumps(str(found[limit - 1].pk), salt=salt)
    if query.get("include_totals"):
        answer |= {"limit": limit, "total": rows.count()}
    return Response(answer)
