"""Records that paths and bodies name by their public ids; what the caller may not see does not exist for him."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet
from rest_framework import serializers

from authhub.api.authentication import Caller
from authhub.api.errors import not_found
from authhub.api.visibility import visible
from authhub.models.public_ids import PublicId

AnyRecord = TypeVar("AnyRecord", bound=PublicId)
IDS_MAX = 1000


def find_one(
    caller: Caller, rows: QuerySet[AnyRecord, Any], public_id: str, noun: str, *, lock: bool = False
) -> AnyRecord:
    """
    Return the record of an id.

    Raises:
        ApiError: 404, there is none that the caller may see.
    """
    seen = visible(caller, rows).filter(rows.model.identified_by(public_id))
    found: AnyRecord | None = (seen.select_for_update() if lock else seen).first()
    if found is None:
        raise not_found(noun, public_id)
    return found


def find_each(caller: Caller, rows: QuerySet[AnyRecord, Any], public_ids: Sequence[str], noun: str) -> list[AnyRecord]:
    """
    Return the records of ids, each once, in one query.

    Raises:
        ApiError: 404, one of them is not there, or not to be seen.
    """
    uuids = {public_id: rows.model.uuid_in(public_id) for public_id in public_ids}
    wanted = [uuid for uuid in uuids.values() if uuid is not None]
    found = {each.uuid: each for each in visible(caller, rows).filter(uuid__in=wanted)}
    for public_id, uuid in uuids.items():
        if uuid not in found:
            raise not_found(noun, public_id)
    return [found[uuid] for uuid in dict.fromkeys(wanted)]


def ids_field() -> serializers.ListField:
    """Return the field of a body that names records by their ids."""
    return serializers.ListField(
        child=serializers.CharField(max_length=300), allow_empty=False, max_length=IDS_MAX, help_text="Ids."
    )
