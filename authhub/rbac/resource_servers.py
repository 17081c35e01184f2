"""APIs together with the permissions that they define, changed as one (C.1)."""

from collections.abc import Mapping
from typing import Any

from authhub.models import Permission, ResourceServer
from authhub.rbac.administrative_apis import is_administrative
from authhub.rbac.delegation import changing
from authhub.rbac.records import change_record, create_record, delete_record
from authhub.rbac.refusals import SystemApiError


def create_resource_server(
    *, resource_server: ResourceServer, permissions: Mapping[str, str], by: Any, reason: str = ""
) -> ResourceServer:
    """
    Store a new API that defines `permissions`: descriptions by value.

    Raises:
        NotAllowedError: whoever asks may not add APIs.
        ValidationError: a field is wrong or the identifier is taken; keyed by field.
    """
    with changing():
        create_record(resource_server, by=by, reason=reason)
        _define(resource_server, permissions, by, reason)
    return resource_server


def change_resource_server(
    *, resource_server: ResourceServer, permissions: Mapping[str, str] | None = None, by: Any, reason: str = ""
) -> ResourceServer:
    """
    Store an API's changed settings, and let it define exactly `permissions`, unless None.

    A permission that is not among them is deleted: from roles, from users, from what applications have access to.

    Raises:
        NotAllowedError: whoever asks may not change it, or what it or a permission of it confers.
        ObjectDoesNotExist: the API is gone.
        SystemApiError: it is one of the server's own, whose permissions do not change.
        ValidationError: a field is wrong; keyed by field.
    """
    with changing():
        change_record(resource_server, by=by, reason=reason)
        if permissions is not None:
            _define(resource_server, permissions, by, reason)
    return resource_server


def delete_resource_server(*, resource_server: ResourceServer, by: Any, reason: str = "") -> None:
    """
    Delete an API with its permissions, wherever they were given.

    Raises:
        As `delete_record`.
    """
    delete_record(resource_server, by=by, reason=reason)


def _define(api: ResourceServer, wanted: Mapping[str, str], by: Any, reason: str) -> None:
    stored = {permission.value: permission for permission in api.permissions.select_for_update()}
    said = {value: permission.description for value, permission in stored.items()}
    if said == dict(wanted):
        return
    if is_administrative(api):
        raise SystemApiError(api.identifier)
    for value in sorted(stored.keys() - wanted.keys()):
        delete_record(stored[value], by=by, reason=reason)
    for value, description in wanted.items():
        if value not in stored:
            create_record(Permission(resource_server=api, value=value, description=description), by=by, reason=reason)
        elif said[value] != description:
            stored[value].description = description
            change_record(stored[value], by=by, reason=reason)
