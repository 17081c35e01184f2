"""The two APIs by which access is administered, themselves APIs with permissions that applications are granted."""

from collections.abc import Mapping
from typing import Any

from authhub.conf import AUTHZ_API_IDENTIFIER, administrative_apis, management_api_identifier
from authhub.models import Permission, ResourceServer, TokenDialect
from authhub.rbac.delegation import changing
from authhub.rbac.records import create_record

MANAGEMENT_API_NAME = "Management API"
AUTHZ_API_NAME = "Authorization Extension API"

MANAGEMENT_PERMISSIONS: Mapping[str, str] = {
    "read:roles": "See roles and their permissions",
    "create:roles": "Create roles",
    "update:roles": "Change roles and their permissions",
    "delete:roles": "Delete roles",
    "read:role_members": "See who has a role",
    "create:role_members": "Give people roles",
    "delete:role_members": "Take people’s roles",
    "read:user_effective_roles": "See the roles that count for a user, and where they come from",
    "read:user_role_source_groups": "See the groups through which a user has a role",
    "read:user_effective_permissions": "See the permissions that count for a user, and where they come from",
    "read:user_permission_source_roles": "See the roles through which a user has a permission",
    "read:organizations": "See organizations",
    "read:group_roles": "See which groups have a role",
    "create:group_roles": "Give groups roles",
    "delete:group_roles": "Take groups’ roles",
    "read:groups": "See groups and which is nested in which",
    "create:groups": "Create groups",
    "update:groups": "Change groups and which is nested in which",
    "delete:groups": "Delete groups",
    "read:group_members": "See who is in a group",
    "create:group_members": "Add people to groups",
    "delete:group_members": "Remove people from groups",
    "read:users": "See, list and export users",
    "read:user": "See a user whose id is known",
    "list:users": "List and search users, the first thousand",
    "export:users": "Read all users, one page after the other",
    "create:users": "Create users",
    "update:users": "Change and block users, set their passwords, give and take their roles and permissions",
    "delete:users": "Delete users",
    "read:resource_servers": "See APIs and the permissions that they define",
    "create:resource_servers": "Make APIs known",
    "update:resource_servers": "Change APIs and the permissions that they define",
    "delete:resource_servers": "Delete APIs",
    "read:clients": "See applications and their settings",
    "create:clients": "Register applications",
    "update:clients": "Change applications",
    "delete:clients": "Delete applications",
    "read:client_keys": "See applications and their settings, as at Auth0; secrets are kept nowhere",
    "update:client_keys": "Give applications new secrets",
    "read:client_grants": "See which application has access to which API",
    "create:client_grants": "Give applications access to APIs",
    "update:client_grants": "Change what applications may ask for at an API",
    "delete:client_grants": "Take applications’ access to APIs",
    "read:grants": "See what people allowed applications",
    "delete:grants": "Take back what people allowed applications",
    "read:device_credentials": "See on which devices people use applications",
    "delete:device_credentials": "End the use of applications on devices",
    "read:sessions": "See where people are signed in",
    "update:sessions": "Change what is kept of sessions",
    "delete:sessions": "Sign people out",
    "read:refresh_tokens": "See which applications hold refresh tokens",
    "update:refresh_tokens": "Change what is kept of refresh tokens",
    "delete:refresh_tokens": "Revoke refresh tokens",
    "read:signing_keys": "See signing keys and their states",
    "create:signing_keys": "Rotate signing keys",
    "update:signing_keys": "Revoke signing keys",
    "read:logs": "See what happened",
    "read:logs_users": "See what happened to users",
    "read:rules": "See rules, and whether and where they run",
    "update:rules": "Switch rules on and off, move them, and try them",
    "read:stats": "See how many people sign in",
    "read:tenant_settings": "See the settings of the server",
    "create:simulations": "Ask who would gain and lose what by a change",
    "read:revisions": "See what was changed, by whom and why",
    "create:revisions": "Undo changes of access",
    "read:organization_client_grants": "See to which organizations an application’s access is limited",
}
"""What may be done at the Management API; a test holds it to what its operations declare."""

AUTHZ_PERMISSIONS: Mapping[str, str] = {
    "read:users": "See users",
    "read:applications": "See applications",
    "read:connections": "See connections",
    "read:configuration": "See the configuration, and export everything",
    "update:configuration": "Change the configuration, and import everything",
    "read:groups": "See groups, who is in them, and what they have",
    "create:groups": "Create groups",
    "update:groups": "Change groups, who is in them, and what they have",
    "delete:groups": "Delete groups",
    "read:roles": "See roles, and who has them",
    "create:roles": "Create roles",
    "update:roles": "Change roles, and who has them",
    "delete:roles": "Delete roles",
    "read:permissions": "See permissions",
    "create:permissions": "Create permissions",
    "update:permissions": "Change permissions",
    "delete:permissions": "Delete permissions",
    "read:resource-server": "See whether this API may be called, and how long its tokens live",
    "create:resource-server": "Make this API known",
    "update:resource-server": "Change whether this API may be called, and how long its tokens live",
    "delete:resource-server": "Switch this API off",
    "read:policy": "Ask what somebody may in an application",
}
"""What may be done at the Authorization Extension's API (B.2)."""


def is_administrative(resource_server: ResourceServer) -> bool:
    """Return whether it is one of these, whose permissions are what the operations declare."""
    return resource_server.identifier in administrative_apis()


def install_administrative_apis(*, by: Any = None, reason: str = "") -> list[ResourceServer]:
    """
    Make the administrative APIs known, with all their permissions; safe to run again, after an upgrade too.

    Nobody may use them yet: an application needs access, a user a role.
    """
    with changing():
        return [
            _install(management_api_identifier(), MANAGEMENT_API_NAME, MANAGEMENT_PERMISSIONS, by, reason),
            _install(AUTHZ_API_IDENTIFIER, AUTHZ_API_NAME, AUTHZ_PERMISSIONS, by, reason),
        ]


def _install(identifier: str, name: str, permissions: Mapping[str, str], by: Any, reason: str) -> ResourceServer:
    api = ResourceServer.objects.select_for_update().filter(identifier=identifier).first()
    if api is None:
        made = ResourceServer(name=name, identifier=identifier, token_dialect=TokenDialect.ACCESS_TOKEN)
        api = create_record(made, by=by, reason=reason)
    defined = set(api.permissions.values_list("value", flat=True))
    for value, description in permissions.items():
        if value not in defined:
            create_record(Permission(resource_server=api, value=value, description=description), by=by, reason=reason)
    return api
