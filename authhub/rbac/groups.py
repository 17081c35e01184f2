"""Who is in which group, and which group in which (M-13)."""

from typing import Any

from authhub.models import AuditTag, Group, GroupMembership, GroupNesting
from authhub.rbac.delegation import changing
from authhub.rbac.edges import refuse_cycle_and_depth
from authhub.rbac.links import add_link, remove_link
from authhub.rbac.refusals import InactiveUserError


def add_member(*, group: Group, user: Any, by: Any, reason: str = "") -> GroupMembership:
    """
    Make a user a direct member of a group, and so an indirect one of all its parents.

    Raises:
        NotAllowedError: whoever asks may not change this.
        AlreadyAssignedError: the user is a direct member.
        InactiveUserError: the account is disabled.
    """
    if not user.is_active:
        raise InactiveUserError(user)
    link = GroupMembership(group=group, user=user)
    already = f"`{user}` is already a member of the group `{group}`"
    with changing():
        add_link(link, tag=AuditTag.GROUP_MEMBER_ADDED, already=already, by=by, reason=reason, user=user)
    return link


def remove_member(*, group: Group, user: Any, by: Any, reason: str = "") -> None:
    """
    End a direct membership; the user may still be an indirect member.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: the user is not a direct member.
    """
    link = GroupMembership(group=group, user=user)
    missing = f"`{user}` is not a direct member of the group `{group}`"
    with changing():
        remove_link(link, tag=AuditTag.GROUP_MEMBER_REMOVED, missing=missing, by=by, reason=reason, user=user)


def nest_group(*, parent: Group, child: Group, by: Any, reason: str = "") -> GroupNesting:
    """
    Make the members of `child` members of `parent`.

    Raises:
        NotAllowedError: whoever asks may not change this.
        AlreadyAssignedError: they are nested already.
        CycleError: `parent` is nested in `child`, directly or not, or they are the same.
        TooDeepError: the chain would be longer than `edges.DEPTH_LIMIT`.
    """
    link = GroupNesting(parent=parent, child=child)
    already = f"the group `{child}` is already nested in `{parent}`"
    with changing():
        refuse_cycle_and_depth(
            GroupNesting.objects.values_list("parent", "child"),
            lock="groups",
            noun="groups",
            upper=parent,
            lower=child,
        )
        add_link(link, tag=AuditTag.GROUP_NESTED, already=already, by=by, reason=reason)
    return link


def unnest_group(*, parent: Group, child: Group, by: Any, reason: str = "") -> None:
    """
    End the direct nesting of a group in another.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: it is not nested there directly.
    """
    link = GroupNesting(parent=parent, child=child)
    missing = f"the group `{child}` is not nested in `{parent}`"
    with changing():
        remove_link(link, tag=AuditTag.GROUP_UNNESTED, missing=missing, by=by, reason=reason)
