"""
The one door for changes: keyword-only use-cases, each one transaction with who and why, announced on commit.

Floor 4 and the demo import this module only; each noun has its own beside it.
"""

from authhub.rbac.administrative_apis import install_administrative_apis
from authhub.rbac.assignments import (
    assign_permission,
    assign_role,
    change_assignment,
    unassign_permission,
    unassign_role,
)
from authhub.rbac.client_grants import change_client_grant, give_client_grant, withdraw_client_grant
from authhub.rbac.delegation import record_denial
from authhub.rbac.edges import DEPTH_LIMIT
from authhub.rbac.group_mappings import map_group, unmap_group
from authhub.rbac.groups import add_member, nest_group, remove_member, unnest_group
from authhub.rbac.organizations import add_organization_member, remove_organization_member
from authhub.rbac.pending_assignments import (
    assign_later,
    materialize_pending_assignments,
    withdraw_pending_assignment,
)
from authhub.rbac.records import change_record, create_record, delete_record
from authhub.rbac.refusals import (
    AdministrationError,
    AlreadyAssignedError,
    CannotUndoError,
    CycleError,
    ForeignPermissionError,
    InactiveUserError,
    InvalidAssignmentError,
    LastSuperuserError,
    NotAllowedError,
    NotAssignedError,
    SystemApiError,
    TooDeepError,
)
from authhub.rbac.resource_servers import change_resource_server, create_resource_server, delete_resource_server
from authhub.rbac.roles import add_permission_to_role, exclude_role, include_role, remove_permission_from_role

__all__ = [
    "DEPTH_LIMIT",
    "AdministrationError",
    "AlreadyAssignedError",
    "CannotUndoError",
    "CycleError",
    "ForeignPermissionError",
    "InactiveUserError",
    "InvalidAssignmentError",
    "LastSuperuserError",
    "NotAllowedError",
    "NotAssignedError",
    "SystemApiError",
    "TooDeepError",
    "add_member",
    "add_organization_member",
    "add_permission_to_role",
    "assign_later",
    "assign_permission",
    "assign_role",
    "change_assignment",
    "change_client_grant",
    "change_record",
    "change_resource_server",
    "create_record",
    "create_resource_server",
    "delete_record",
    "delete_resource_server",
    "exclude_role",
    "give_client_grant",
    "include_role",
    "install_administrative_apis",
    "map_group",
    "materialize_pending_assignments",
    "nest_group",
    "record_denial",
    "remove_member",
    "remove_organization_member",
    "remove_permission_from_role",
    "unassign_permission",
    "unassign_role",
    "unmap_group",
    "unnest_group",
    "withdraw_client_grant",
    "withdraw_pending_assignment",
]
