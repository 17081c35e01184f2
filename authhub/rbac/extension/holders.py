"""
Who holds something: somebody who is here, or somebody who is expected, for whom it waits (E-39).

Both are asked alike, so that the Extension's API answers the same before and after the first sign-in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django_cte import with_cte

from authhub.models import Group, GroupMembership, PendingAssignment, PermissionAssignment, Role, RoleAssignment
from authhub.models.assignments import Assignment
from authhub.rbac.hierarchy import groups_containing, roles_conferred_by
from authhub.rbac.identities import Identity, find_users, identity_in
from authhub.rbac.pending_assignments import waiting_for


@dataclass(frozen=True)
class Holder:
    """
    A user, or an identity that nobody has signed in with; and the moment that counts.

    `at` decides which assignments count. A disabled user holds nothing.
    """

    user: Any
    identity: Identity
    at: datetime

    @property
    def is_here(self) -> bool:
        """Whether there is such a user."""
        return self.user is not None

    def memberships(self) -> QuerySet[Any, Any]:
        """Return the active groups that count as the holder's own, as a query of ``held_group``."""
        rows: QuerySet[Any, Any] = GroupMembership.objects.filter(user=self.user) if self.is_here else self._waiting()
        rows = self._if_enabled(rows.filter(group__is_active=True))
        return rows.order_by().values(held_group=F("group_id"))

    def role_assignments(self, organization: Any = None) -> QuerySet[Any, Any]:
        """Return the rows by which active roles are the holder's own and count, also as ``role_id``."""
        rows: QuerySet[Any, Any] = RoleAssignment.objects.filter(user=self.user) if self.is_here else self._waiting()
        return (
            self._if_enabled(rows)
            .filter(role__is_active=True)
            .filter(Assignment.active_at(self.at), organization=organization)
            .order_by()
        )

    def permission_assignments(self, organization: Any = None) -> QuerySet[Any, Any]:
        """Return the rows by which permissions are the holder's own and count, also as ``permission_id``."""
        held: QuerySet[Any, Any] = (
            PermissionAssignment.objects.filter(user=self.user)
            if self.is_here
            else self._waiting().filter(permission__isnull=False)
        )
        return self._if_enabled(held).filter(Assignment.active_at(self.at), organization=organization).order_by()

    def direct_groups(self) -> QuerySet[Group]:
        """Return the groups that the holder is a direct member of."""
        return Group.objects.filter(pk__in=self.memberships())

    def all_groups(self) -> QuerySet[Group]:
        """Return these and all that they are nested in; no incoming group is known here, so none is mapped."""
        groups = groups_containing([self.memberships()])
        return Group.objects.filter(pk__in=with_cte(groups, select=groups.queryset().values("held_group")))

    def direct_roles(self) -> QuerySet[Role]:
        """Return the roles assigned to the holder."""
        return Role.objects.filter(pk__in=self.role_assignments().values("role_id"))

    def all_roles(self) -> QuerySet[Role]:
        """Return the roles held directly, through groups, and included in others."""
        groups = groups_containing([self.memberships()])
        to_groups = RoleAssignment.objects.filter(
            Assignment.active_at(self.at), organization=None, role__is_active=True
        ).order_by()
        roles = roles_conferred_by(
            [
                self.role_assignments().values(held_role=F("role_id")),
                groups.join(to_groups, group=groups.col.held_group).values(held_role=F("role_id")),
            ]
        )
        return Role.objects.filter(pk__in=with_cte(groups, roles, select=roles.queryset().values("held_role")))

    def _waiting(self) -> QuerySet[PendingAssignment, PendingAssignment]:
        # Kind and value may be the blanks of a prepared query, which `waiting_for` could not tell apart.
        return PendingAssignment.objects.filter(kind=self.identity.kind, identity=self.identity.value)

    @property
    def is_disabled(self) -> bool:
        """Whether the account is switched off."""
        return not getattr(self.user, "is_active", True)

    def _if_enabled(self, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return rows.none() if self.is_disabled else rows


def find_holder(external_id: str) -> Holder:
    """Return who an id from outside means. Anybody may be expected, so there is always one."""
    return Holder(find_users([external_id]).get(external_id), identity_in(external_id), timezone.now())


def is_expected(holder: Holder) -> bool:
    """Return whether anything waits for a holder who is not here."""
    return waiting_for([holder.identity]).exists()
