"""Where a permission of an application is kept: which permission of its API carries its name."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from authhub.models import ExtensionPermission, Permission, ResourceServer
from authhub.rbac.extension.naming import free, is_scope, scope_for


@dataclass
class Place:
    """A permission of an API, and by which names which applications know it."""

    permission: Permission
    names: set[str] = field(default_factory=set)
    applications: set[str] = field(default_factory=set)

    def takes(self, name: str, application_id: str) -> bool:
        """Return whether an application may take part in what others, or authhub itself, call by that name."""
        is_same = self.names == {name} or (not self.names and is_scope(name))
        return is_same and application_id not in self.applications


class Places:
    """
    Finds the permission for a name. Writes nothing: what is to be stored is in `made`.

    `taken` are ids that a new permission cannot have; `left_alone` are permissions that nobody knows any more after a
    change of name.
    """

    def __init__(self, taken: Collection[UUID] = ()) -> None:
        self._taken = taken
        self.made: list[Permission] = []
        self.left_alone: list[Permission] = []
        self._of_api: dict[int, dict[str, Place]] = {}

    def permission(
        self, api: ResourceServer, name: str, application_id: str, *, uuid: UUID | None = None
    ) -> Permission:
        """Return the permission of that name at the application's API: one that is there, or a new one."""
        places = self._places(api)
        value = scope_for(name)
        if value in places and places[value].takes(name, application_id):
            place = places[value]
        else:
            value = free(value, places)
            permission = Permission(resource_server=api, value=value)
            if uuid is not None and uuid not in self._taken:
                permission.uuid = uuid
            place = places[value] = Place(permission)
            self.made.append(permission)
        place.names.add(name)
        place.applications.add(application_id)
        return place.permission

    def rename(self, row: ExtensionPermission, name: str) -> Permission:
        """Return the permission that carries the new name: the same one with another value, if nobody shares it."""
        permission = row.permission
        places = self._places(permission.resource_server)
        place = places.pop(permission.value)
        if place.applications == {row.application_id} and scope_for(name) not in places:
            permission.value = scope_for(name)
            places[permission.value] = Place(permission, {name}, {row.application_id})
            return permission
        places[permission.value] = place
        place.applications.discard(row.application_id)
        if not place.applications:
            self.left_alone.append(permission)
        return self.permission(permission.resource_server, name, row.application_id)

    def _places(self, api: ResourceServer) -> dict[str, Place]:
        if api.pk not in self._of_api:
            permissions = Permission.objects.filter(resource_server=api).select_related("resource_server")
            places = self._of_api[api.pk] = {each.value: Place(each) for each in permissions}
            rows = ExtensionPermission.objects.filter(permission__resource_server=api)
            for value, name, application_id in rows.values_list("permission__value", "name", "application_id"):
                places[value].names.add(name)
                places[value].applications.add(application_id)
        return self._of_api[api.pk]
