"""What roles are made of: permissions, and other roles (NIST RBAC: GrantPermission, AddInheritance)."""

from typing import Any

from authhub.models import AuditTag, Permission, Role, RoleInclusion, RolePermission
from authhub.rbac.delegation import changing
from authhub.rbac.edges import refuse_cycle_and_depth
from authhub.rbac.links import add_link, remove_link


def add_permission_to_role(*, role: Role, permission: Permission, by: Any, reason: str = "") -> RolePermission:
    """
    Let a role confer a permission.

    Raises:
        NotAllowedError: whoever asks may not change this.
        AlreadyAssignedError: it does already.
    """
    link = RolePermission(role=role, permission=permission)
    already = f"the role `{role}` already has the permission `{permission}`"
    with changing():
        add_link(link, tag=AuditTag.ROLE_PERMISSION_ADDED, already=already, by=by, reason=reason)
    return link


def remove_permission_from_role(*, role: Role, permission: Permission, by: Any, reason: str = "") -> None:
    """
    Let a role no longer confer a permission itself; it may still include a role that does.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: it does not.
    """
    link = RolePermission(role=role, permission=permission)
    missing = f"the role `{role}` does not have the permission `{permission}`"
    with changing():
        remove_link(link, tag=AuditTag.ROLE_PERMISSION_REMOVED, missing=missing, by=by, reason=reason)


def include_role(*, role: Role, included_role: Role, by: Any, reason: str = "") -> RoleInclusion:
    """
    Let a role confer all that another confers (B-10).

    Raises:
        NotAllowedError: whoever asks may not change this.
        AlreadyAssignedError: it does already.
        CycleError: the included role includes the role, directly or not, or they are the same.
        TooDeepError: the chain would be longer than `edges.DEPTH_LIMIT`.
    """
    link = RoleInclusion(role=role, included_role=included_role)
    already = f"the role `{role}` already includes `{included_role}`"
    with changing():
        refuse_cycle_and_depth(
            RoleInclusion.objects.values_list("role", "included_role"),
            lock="roles",
            noun="roles",
            upper=role,
            lower=included_role,
        )
        add_link(link, tag=AuditTag.ROLE_INCLUDED, already=already, by=by, reason=reason)
    return link


def exclude_role(*, role: Role, included_role: Role, by: Any, reason: str = "") -> None:
    """
    Let a role no longer include another.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: it does not.
    """
    link = RoleInclusion(role=role, included_role=included_role)
    missing = f"the role `{role}` does not include `{included_role}`"
    with changing():
        remove_link(link, tag=AuditTag.ROLE_EXCLUDED, missing=missing, by=by, reason=reason)
