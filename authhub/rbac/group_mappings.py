"""Which incoming groups of which connection make somebody a member of a group (E-23)."""

from typing import Any

from authhub.models import AuditTag, Group, GroupMapping
from authhub.rbac import needs
from authhub.rbac.delegation import changing, require
from authhub.rbac.recording import delete_recorded, record_change, snapshot
from authhub.rbac.refusals import NotAssignedError
from authhub.rbac.storing import store_once


def map_group(*, group: Group, connection_name: str, group_name: str, by: Any, reason: str = "") -> GroupMapping:
    """
    Let whoever signs in through a connection with an incoming group count as a member of `group`.

    Raises:
        AlreadyAssignedError: it does already.
        NotAllowedError: whoever asks may not change what the group's members hold.
        ValidationError: a name is missing or too long.
    """
    mapping = GroupMapping(group=group, connection_name=connection_name, group_name=group_name)
    mapping.clean_fields(exclude={"group"})
    twins = GroupMapping.objects.filter(group=group, connection_name=connection_name, group_name=group_name)
    already = f"`{group_name}` at `{connection_name}` is already mapped to the group `{group}`"
    with changing():
        require(by, lambda: needs.record(mapping, needs.ADD), reason)
        store_once(mapping, twins=twins, already=already)
        record_change(AuditTag.RECORD_CREATED, subject=mapping, by=by, reason=reason, after=snapshot(mapping))
    return mapping


def unmap_group(*, mapping: GroupMapping, by: Any, reason: str = "") -> None:
    """
    End a mapping; people lose what they had by it at their next sign-in.

    Raises:
        NotAllowedError: whoever asks may not change what the group's members hold.
        NotAssignedError: it has been ended already.
    """
    with changing():
        stored = GroupMapping.objects.select_for_update().filter(pk=mapping.pk).first()
        if stored is None:
            raise NotAssignedError(f"`{mapping}` is not mapped any more")
        require(by, lambda: needs.record(stored, needs.DELETE), reason)
        delete_recorded(stored, AuditTag.RECORD_DELETED, by=by, reason=reason)
