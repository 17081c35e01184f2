"""Who belongs to which organization (E-29)."""

from typing import Any

from authhub.models import AuditTag, Organization, OrganizationMembership
from authhub.rbac.delegation import changing
from authhub.rbac.links import add_link, remove_link
from authhub.rbac.refusals import InactiveUserError


def add_organization_member(
    *, organization: Organization, user: Any, by: Any, reason: str = ""
) -> OrganizationMembership:
    """
    Make a user a member of an organization; what is assigned within it counts from now on.

    Raises:
        NotAllowedError: whoever asks may not change this.
        AlreadyAssignedError: the user is a member.
        InactiveUserError: the account is disabled.
    """
    if not user.is_active:
        raise InactiveUserError(user)
    link = OrganizationMembership(organization=organization, user=user)
    already = f"`{user}` is already a member of the organization `{organization}`"
    with changing():
        add_link(link, tag=AuditTag.ORGANIZATION_MEMBER_ADDED, already=already, by=by, reason=reason, user=user)
    return link


def remove_organization_member(*, organization: Organization, user: Any, by: Any, reason: str = "") -> None:
    """
    End a membership. Assignments within the organization stay and count again if the user returns.

    Raises:
        NotAllowedError: whoever asks may not change this.
        NotAssignedError: the user is not a member.
    """
    link = OrganizationMembership(organization=organization, user=user)
    missing = f"`{user}` is not a member of the organization `{organization}`"
    with changing():
        remove_link(link, tag=AuditTag.ORGANIZATION_MEMBER_REMOVED, missing=missing, by=by, reason=reason, user=user)
