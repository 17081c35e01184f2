"""Give users the roles and permissions of Auth0's own that the export of users lists, if it lists any (C.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authhub.management.auth0.findings import Findings
from authhub.management.auth0.users_export import OldUser
from authhub.models import IdentityKind, PendingAssignment, Permission, PermissionAssignment, Role, RoleAssignment
from authhub.rbac.administration import InactiveUserError, assign_later, assign_permission, assign_role
from authhub.rbac.identities import Identity


@dataclass(frozen=True)
class Known:
    """What the names in an export of users mean here: roles by name or old id, permissions by old identifier."""

    roles: Mapping[str, Role]
    permissions: Mapping[tuple[str, str], Permission]

    def of(self, old: OldUser, findings: Findings) -> list[Role | Permission]:
        """Return what a user had at Auth0; what is not known here is reported."""
        subject = f"user `{old.user_id}`"
        given: dict[Role | Permission, None] = {}
        for name in old.roles:
            if name in self.roles:
                given[self.roles[name]] = None
            else:
                findings.not_carried("dangling", subject, f"has the role `{name}`, which is neither exported nor here")
        for identifier, value in old.permissions:
            if (identifier, value) in self.permissions:
                given[self.permissions[identifier, value]] = None
            else:
                reason = f"has the permission `{value}` of `{identifier}`, which is neither exported nor here"
                findings.not_carried("dangling", subject, reason)
        return list(given)


def give_core_access(
    batch: Iterable[OldUser], users: Mapping[str, Any], known: Known, findings: Findings, *, reason: str
) -> int:
    """
    Give some users what they had, now or at their first sign-in, and return how much of it is new.

    At most three queries to see what is there, however many users; then one by one what is new. Requires a transaction.
    """
    wanted = {old.user_id: known.of(old, findings) for old in batch}
    here = {user_id: users[user_id] for user_id in wanted if user_id in users}
    held = _held([user.pk for user in here.values()])
    waiting = _waiting([user_id for user_id in wanted if user_id not in here])
    new = 0
    for user_id, given in wanted.items():
        user = here.get(user_id)
        for each in given:
            key = (type(each), each.pk, user_id if user is None else user.pk)
            if key in held or key in waiting:
                continue
            try:
                _give(each, user_id, user, reason)
            except InactiveUserError:
                break  # which the account's own finding says
            new += 1
    return new


def _give(given: Role | Permission, user_id: str, user: Any, reason: str) -> None:
    said: dict[str, Any] = {"role" if isinstance(given, Role) else "permission": given, "by": None, "reason": reason}
    if user is None:
        assign_later(identity=Identity(IdentityKind.SUBJECT, user_id), **said)
    elif isinstance(given, Role):
        assign_role(user=user, **said)
    else:
        assign_permission(user=user, **said)


def _held(users: list[Any]) -> set[tuple[type, Any, Any]]:
    roles = RoleAssignment.objects.filter(user__in=users, organization=None)
    permissions = PermissionAssignment.objects.filter(user__in=users, organization=None)
    return {
        *((Role, role, user) for role, user in roles.values_list("role_id", "user_id")),
        *((Permission, permission, user) for permission, user in permissions.values_list("permission_id", "user_id")),
    }


def _waiting(user_ids: list[str]) -> set[tuple[type, Any, Any]]:
    rows = PendingAssignment.objects.filter(
        kind=IdentityKind.SUBJECT, identity__in=user_ids, organization=None, group=None
    ).values_list("role_id", "permission_id", "identity")
    return {
        (Permission if role is None else Role, permission if role is None else role, identity)
        for role, permission, identity in rows
    }
