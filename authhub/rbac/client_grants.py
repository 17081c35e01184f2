"""What an application may ask for at an API; on screen "application access" (E-06)."""

from collections.abc import Iterable
from typing import Any

from authhub.models import AuditTag, ClientGrant, Permission, ResourceServer
from authhub.rbac import needs
from authhub.rbac.delegation import changing, require
from authhub.rbac.recording import delete_recorded, permission_values, record_change, snapshot
from authhub.rbac.refusals import ForeignPermissionError, NotAssignedError
from authhub.rbac.storing import store_once


def give_client_grant(
    *,
    application: Any,
    resource_server: ResourceServer,
    subject_type: str,
    permissions: Iterable[Permission],
    by: Any,
    reason: str = "",
) -> ClientGrant:
    """
    Let an application get tokens for an API, for itself or for its users, with at most these permissions.

    Raises:
        NotAllowedError: whoever asks may not give this.
        AlreadyAssignedError: it has access there of that kind; change that instead.
        ForeignPermissionError: a permission belongs to another API.
        ValidationError: there is no such subject type.
    """
    given = _of_api(permissions, resource_server)
    grant = ClientGrant(application=application, resource_server=resource_server, subject_type=subject_type)
    grant.clean_fields(exclude={"application", "resource_server"})
    twins = ClientGrant.objects.filter(
        application=application, resource_server=resource_server, subject_type=subject_type
    )
    already = f"`{application}` already has access to `{resource_server}` of that kind"
    with changing():
        require(by, lambda: needs.client_grant(grant, needs.ADD, given), reason)
        store_once(grant, twins=twins, already=already)
        grant.permissions.set(given)
        record_change(
            AuditTag.CLIENT_GRANT_CREATED,
            subject=grant,
            by=by,
            reason=reason,
            application=application,
            after=snapshot(grant, permissions=permission_values(given)),
        )
    return grant


def change_client_grant(
    *, client_grant: ClientGrant, permissions: Iterable[Permission], by: Any, reason: str = ""
) -> ClientGrant:
    """
    Set the permissions of an application's access.

    Raises:
        ForeignPermissionError: a permission belongs to another API.
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: the access has been taken.
    """
    with changing():
        stored = _stored(client_grant)
        given = _of_api(permissions, stored.resource_server)
        held = list(stored.permissions.all())
        before = snapshot(stored, permissions=permission_values(held))
        require(by, lambda: needs.client_grant(stored, needs.CHANGE, {*held} ^ {*given}), reason)
        stored.permissions.set(given)
        after = snapshot(stored, permissions=permission_values(given))
        if before != after:
            record_change(
                AuditTag.CLIENT_GRANT_CHANGED,
                subject=stored,
                by=by,
                reason=reason,
                application=stored.application,
                before=before,
                after=after,
            )
    return stored


def withdraw_client_grant(*, client_grant: ClientGrant, by: Any, reason: str = "") -> None:
    """
    Take an application's access to an API.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: it has been taken already.
    """
    with changing():
        stored = _stored(client_grant)
        held = list(stored.permissions.all())
        require(by, lambda: needs.client_grant(stored, needs.DELETE, held), reason)
        delete_recorded(
            stored,
            AuditTag.CLIENT_GRANT_DELETED,
            by=by,
            reason=reason,
            application=stored.application,
            further={"permissions": permission_values(held)},
        )


def _stored(client_grant: ClientGrant) -> ClientGrant:
    stored = ClientGrant.objects.select_for_update().filter(pk=client_grant.pk).first()
    if stored is None:
        raise NotAssignedError(f"the access `{client_grant}` has been taken already")
    return stored


def _of_api(permissions: Iterable[Permission], resource_server: ResourceServer) -> list[Permission]:
    given = list(permissions)
    strangers = [permission for permission in given if permission.resource_server_id != resource_server.pk]
    if strangers:
        raise ForeignPermissionError(permission_values(strangers), resource_server.identifier)
    return given
