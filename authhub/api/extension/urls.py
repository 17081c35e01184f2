"""Paths of the Extension's API; none ends in a slash."""

from django.urls import URLPattern, path

from authhub.api.extension import (
    catalogue,
    configuration,
    group_mappings,
    group_members,
    group_roles,
    groups,
    nested_groups,
    permissions,
    policy,
    resource_server,
    roles,
    user_groups,
    user_roles,
    users,
)

extension_urlpatterns: list[URLPattern] = [
    path("applications", catalogue.ApplicationsView.as_view(), name="extension-applications"),
    path("applications/<str:client_id>", catalogue.ApplicationView.as_view(), name="extension-application"),
    path("connections", catalogue.ConnectionsView.as_view(), name="extension-connections"),
    path("users", users.UsersView.as_view(), name="extension-users"),
    path("users/<str:user_id>", users.UserView.as_view(), name="extension-user"),
    path("users/<str:user_id>/groups", user_groups.UserGroupsView.as_view(), name="extension-user-groups"),
    path(
        "users/<str:user_id>/groups/calculate",
        user_groups.UserAllGroupsView.as_view(),
        name="extension-user-all-groups",
    ),
    path("users/<str:user_id>/roles", user_roles.UserRolesView.as_view(), name="extension-user-roles"),
    path("users/<str:user_id>/roles/calculate", user_roles.UserAllRolesView.as_view(), name="extension-user-all-roles"),
    path("users/<str:user_id>/policy/<str:client_id>", policy.PolicyView.as_view(), name="extension-policy"),
    path("groups", groups.GroupsView.as_view(), name="extension-groups"),
    path("groups/<str:group_id>", groups.GroupView.as_view(), name="extension-group"),
    path("groups/<str:group_id>/members", group_members.GroupMembersView.as_view(), name="extension-members"),
    path(
        "groups/<str:group_id>/members/nested",
        group_members.NestedMembersView.as_view(),
        name="extension-nested-members",
    ),
    path("groups/<str:group_id>/nested", nested_groups.NestedGroupsView.as_view(), name="extension-nested-groups"),
    path("groups/<str:group_id>/roles", group_roles.GroupRolesView.as_view(), name="extension-group-roles"),
    path(
        "groups/<str:group_id>/roles/nested",
        group_roles.NestedGroupRolesView.as_view(),
        name="extension-nested-group-roles",
    ),
    path("groups/<str:group_id>/mappings", group_mappings.GroupMappingsView.as_view(), name="extension-mappings"),
    path("roles", roles.RolesView.as_view(), name="extension-roles"),
    path("roles/<str:role_id>", roles.RoleView.as_view(), name="extension-role"),
    path("permissions", permissions.PermissionsView.as_view(), name="extension-permissions"),
    path("permissions/<str:permission_id>", permissions.PermissionView.as_view(), name="extension-permission"),
    path("configuration", configuration.ConfigurationView.as_view(), name="extension-configuration"),
    path("configuration/status", configuration.StatusView.as_view(), name="extension-status"),
    path("configuration/rotate-apikey", configuration.RotateKeyView.as_view(), name="extension-rotate-apikey"),
    path("configuration/export", configuration.ExportView.as_view(), name="extension-export"),
    path("configuration/import", configuration.ImportView.as_view(), name="extension-import"),
    path(
        "configuration/resource-server",
        resource_server.ResourceServerView.as_view(),
        name="extension-resource-server",
    ),
]
