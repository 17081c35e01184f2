"""
Thin tables: fields, constraints, querysets; one file per record. The outside imports only `authhub.models`.

Decides nothing and sends nothing: who may what is `authhub.rbac`, issuing is `authhub.oauth`.
"""

from authhub.models.applications import (
    DEFAULT_GRANT_TYPES,
    ApplicationProfile,
    ApplicationType,
    GrantType,
    SecretMethod,
)
from authhub.models.audit_events import AuditEvent, AuditTag
from authhub.models.authorization_codes import AuthorizationCode
from authhub.models.authorization_transactions import AuthorizationTransaction
from authhub.models.client_grants import ClientGrant, SubjectType
from authhub.models.client_registrations import ClientRegistration
from authhub.models.consents import Consent
from authhub.models.device_authorizations import DeviceAuthorization, DeviceState
from authhub.models.event_webhooks import EventWebhook, WebhookDelivery
from authhub.models.extension import (
    ExtensionApplication,
    ExtensionApplicationType,
    ExtensionPermission,
    ExtensionRole,
    ExtensionSettings,
)
from authhub.models.group_mappings import GroupMapping
from authhub.models.groups import Group, GroupMembership, GroupNesting
from authhub.models.hierarchy_locks import HierarchyLock
from authhub.models.initial_access_tokens import InitialAccessToken
from authhub.models.issued_tokens import IssuedToken, RevokedToken
from authhub.models.login_sessions import LoginSession
from authhub.models.logout_notices import LogoutNotice
from authhub.models.organizations import Organization, OrganizationMembership
from authhub.models.pending_assignments import IdentityKind, PendingAssignment
from authhub.models.permission_assignments import PermissionAssignment
from authhub.models.permissions import IDENTITY_SCOPES, Permission
from authhub.models.resource_servers import (
    ClientAccess,
    ResourceServer,
    SigningAlgorithm,
    TokenDialect,
    UserAccess,
)
from authhub.models.role_assignments import RoleAssignment
from authhub.models.roles import Role, RoleInclusion, RolePermission
from authhub.models.rule_settings import RuleSetting
from authhub.models.signing_keys import KeyState, SigningKey
from authhub.models.token_families import TokenFamily
from authhub.models.user_profiles import UserProfile, is_email_verified, key_in_subject, subject_of

__all__ = [
    "DEFAULT_GRANT_TYPES",
    "IDENTITY_SCOPES",
    "ApplicationProfile",
    "ApplicationType",
    "AuditEvent",
    "AuditTag",
    "AuthorizationCode",
    "AuthorizationTransaction",
    "ClientAccess",
    "ClientGrant",
    "ClientRegistration",
    "Consent",
    "DeviceAuthorization",
    "DeviceState",
    "EventWebhook",
    "ExtensionApplication",
    "ExtensionApplicationType",
    "ExtensionPermission",
    "ExtensionRole",
    "ExtensionSettings",
    "GrantType",
    "Group",
    "GroupMapping",
    "GroupMembership",
    "GroupNesting",
    "HierarchyLock",
    "IdentityKind",
    "InitialAccessToken",
    "IssuedToken",
    "KeyState",
    "LoginSession",
    "LogoutNotice",
    "Organization",
    "OrganizationMembership",
    "PendingAssignment",
    "Permission",
    "PermissionAssignment",
    "ResourceServer",
    "RevokedToken",
    "Role",
    "RoleAssignment",
    "RoleInclusion",
    "RolePermission",
    "RuleSetting",
    "SecretMethod",
    "SigningAlgorithm",
    "SigningKey",
    "SubjectType",
    "TokenDialect",
    "TokenFamily",
    "UserAccess",
    "UserProfile",
    "WebhookDelivery",
    "is_email_verified",
    "key_in_subject",
    "subject_of",
]
