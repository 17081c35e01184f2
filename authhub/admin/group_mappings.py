"""Group mappings, on the group's page and as a list to search."""

from typing import Any

from django.contrib import admin

from authhub.admin.recorded import LinkAdmin, RecordedMixin
from authhub.admin.recorded_rows import PartInline
from authhub.models import GroupMapping
from authhub.rbac import administration


class MappingWrites(RecordedMixin):
    """The use-cases of group mappings."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Map the incoming group."""
        return administration.map_group(
            group=obj.group, connection_name=obj.connection_name, group_name=obj.group_name, by=by, reason=reason
        )

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """End the mapping."""
        administration.unmap_group(mapping=obj, by=by, reason=reason)


class MappingInline(MappingWrites, PartInline):
    """The incoming groups whose members count as members of a group."""

    model = GroupMapping
    fields = ("connection_name", "group_name")
    related_names = ("group",)


@admin.register(GroupMapping)
class GroupMappingAdmin(MappingWrites, LinkAdmin):
    """All group mappings, to search."""

    fields = ("group", "connection_name", "group_name")
    list_filter = ("connection_name",)

    def get_list_display(self, request: Any) -> tuple[str, ...]:
        """Show both ends and where the incoming group comes from."""
        return ("__str__", "connection_name", "group_name", "group")

    def get_search_fields(self, request: Any) -> tuple[str, ...]:
        """Search by either group and by the connection."""
        return ("group__name", "connection_name", "group_name")
