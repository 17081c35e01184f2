"""Fields that say how much is shown, and fields that others send and that mean nothing here."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.fields import SkipField, empty
from rest_framework.request import Request

from authhub.api.parsing import StrictSerializer, query_of


class FieldsQuery(StrictSerializer):
    """Which members of a record are shown (C.9)."""

    fields_ = serializers.CharField(max_length=1000, required=False, help_text="Names, separated by commas.")
    include_fields = serializers.BooleanField(
        required=False, default=True, help_text="Whether `fields` are those to show, or those to leave out."
    )

    def get_fields(self) -> dict[str, Any]:
        """Name it ``fields``, which REST framework keeps for itself."""
        found = super().get_fields()
        return {"fields": found.pop("fields_"), **found}


def shown(
    request: Request, represent: Callable[[Any], dict[str, Any]], kind: type[StrictSerializer] = FieldsQuery
) -> Callable[[Any], dict[str, Any]]:
    """
    Return `represent`, but for the members that the query leaves out.

    Raises:
        ApiError: a parameter is wrong.
    """
    query = query_of(request, kind)
    if "fields" not in query:
        return represent
    names, included = {name.strip() for name in query["fields"].split(",")}, query["include_fields"]
    return lambda row: {name: said for name, said in represent(row).items() if (name in names) is included}


class OnlyDefault(serializers.Field):  # type: ignore[type-arg]
    """
    A member that Auth0's tools send and that nothing stands for here: taken, and dropped, if it asks for nothing.

    What asks for something that would not be had is refused.
    """

    def __init__(self, *accepted: Any) -> None:
        super().__init__(required=False, allow_null=True)
        self.accepted = (None, *accepted)
        described = "Means nothing here; only what asks for nothing is taken."
        set_override(self, "field", {"enum": list(self.accepted), "description": described})

    def run_validation(self, data: Any = empty) -> Any:
        """
        Drop it.

        Raises:
            ValidationError: it asks for what is not to be had.
        """
        if data is not empty and not any(type(data) is type(each) and data == each for each in self.accepted):
            raise serializers.ValidationError("This is not to be had here.")
        raise SkipField
