"""
One factory per model; none assigns, grants or nests anything that the test did not ask for.

A user has no role, a role no permission, a group no member, an application no access.
"""

from datetime import timedelta
from typing import Any, ClassVar

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone
from factory.django import DjangoModelFactory
from oauth2_provider.models import get_application_model

from authhub import models
from authhub.oauth import client_secrets, event_webhooks

PASSWORD = "correct horse battery staple"
"""The password of every user that a factory makes."""

CLIENT_SECRET = "secret-of-every-application-that-a-factory-makes"
"""The secret of every confidential application that a factory makes."""


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence("user{}".format)
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)


class UserProfileFactory(DjangoModelFactory):
    class Meta:
        model = models.UserProfile

    user = factory.SubFactory(UserFactory)
    subject = factory.Sequence("auth0|brought{}".format)


class ResourceServerFactory(DjangoModelFactory):
    class Meta:
        model = models.ResourceServer

    name = factory.Sequence("API {}".format)
    identifier = factory.Sequence("https://api{}.example.com".format)


class PermissionFactory(DjangoModelFactory):
    class Meta:
        model = models.Permission

    resource_server = factory.SubFactory(ResourceServerFactory)
    value = factory.Sequence("read:things{}".format)


class RoleFactory(DjangoModelFactory):
    class Meta:
        model = models.Role

    name = factory.Sequence("Role {}".format)


class RolePermissionFactory(DjangoModelFactory):
    class Meta:
        model = models.RolePermission

    role = factory.SubFactory(RoleFactory)
    permission = factory.SubFactory(PermissionFactory)


class RoleInclusionFactory(DjangoModelFactory):
    class Meta:
        model = models.RoleInclusion

    role = factory.SubFactory(RoleFactory)
    included_role = factory.SubFactory(RoleFactory)


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = models.Group

    name = factory.Sequence("Group {}".format)


class GroupMembershipFactory(DjangoModelFactory):
    class Meta:
        model = models.GroupMembership

    group = factory.SubFactory(GroupFactory)
    user = factory.SubFactory(UserFactory)


class GroupMappingFactory(DjangoModelFactory):
    class Meta:
        model = models.GroupMapping

    group = factory.SubFactory(GroupFactory)
    connection_name = "google-oauth2"
    group_name = factory.Sequence("Incoming group {}".format)


class GroupNestingFactory(DjangoModelFactory):
    class Meta:
        model = models.GroupNesting

    parent = factory.SubFactory(GroupFactory)
    child = factory.SubFactory(GroupFactory)


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organization

    name = factory.Sequence("organization-{}".format)


class OrganizationMembershipFactory(DjangoModelFactory):
    class Meta:
        model = models.OrganizationMembership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)


class AssignmentFactory(DjangoModelFactory):
    """To a user of its own, unless `user` or `group` says to whom."""

    class Meta:
        abstract = True

    group = None
    user = factory.Maybe("group", yes_declaration=None, no_declaration=factory.SubFactory(UserFactory))


class RoleAssignmentFactory(AssignmentFactory):
    class Meta:
        model = models.RoleAssignment

    role = factory.SubFactory(RoleFactory)


class PermissionAssignmentFactory(AssignmentFactory):
    class Meta:
        model = models.PermissionAssignment

    permission = factory.SubFactory(PermissionFactory)


class PendingAssignmentFactory(DjangoModelFactory):
    """Of a role, unless `role` is None and something else is given."""

    class Meta:
        model = models.PendingAssignment

    kind = models.IdentityKind.SUBJECT
    identity = factory.Sequence("auth0|expected{}".format)
    role = factory.SubFactory(RoleFactory)


class ExtensionApplicationFactory(DjangoModelFactory):
    class Meta:
        model = models.ExtensionApplication

    application_id = factory.Sequence("client{}".format)
    resource_server = factory.SubFactory(ResourceServerFactory)


class ExtensionRoleFactory(DjangoModelFactory):
    class Meta:
        model = models.ExtensionRole

    role = factory.SubFactory(RoleFactory)
    application_id = factory.Sequence("client{}".format)
    name = factory.LazyAttribute(lambda made: made.role.name)


class ExtensionPermissionFactory(DjangoModelFactory):
    class Meta:
        model = models.ExtensionPermission

    permission = factory.SubFactory(PermissionFactory)
    application_id = factory.Sequence("client{}".format)
    name = factory.LazyAttribute(lambda made: made.permission.value)
    uuid = factory.LazyAttribute(lambda made: made.permission.uuid)


class ApplicationFactory(DjangoModelFactory):
    """
    The toolkit's application with its profile.

    ``ApplicationFactory(application_type="spa", profile={"is_first_party": False})`` sets fields of the profile.
    """

    class Meta:
        model = get_application_model()

    name = factory.Sequence("Application {}".format)
    application_type = models.ApplicationType.REGULAR_WEB
    profile: ClassVar[dict[str, Any]] = {}
    client_type = factory.LazyAttribute(
        lambda made: "public" if models.ApplicationType(made.application_type).is_public else "confidential"
    )
    authorization_grant_type = factory.LazyAttribute(
        lambda made: (
            "client-credentials"
            if made.application_type == models.ApplicationType.MACHINE_TO_MACHINE
            else "authorization-code"
        )
    )
    redirect_uris = factory.LazyAttribute(
        lambda made: "" if made.authorization_grant_type == "client-credentials" else "https://app.example.com/callback"
    )
    client_secret = factory.LazyFunction(lambda: client_secrets.digest(CLIENT_SECRET))
    hash_client_secret = False

    @classmethod
    def _create(
        cls, model_class: Any, *args: Any, application_type: str, profile: dict[str, Any], **kwargs: Any
    ) -> Any:
        application = super()._create(model_class, *args, **kwargs)
        known = {"application_type": application_type, "grant_types": models.DEFAULT_GRANT_TYPES[application_type]}
        models.ApplicationProfile.objects.create(application=application, **{**known, **profile})
        return application


class ClientGrantFactory(DjangoModelFactory):
    """Access with no permissions, unless ``permissions=[…]`` are given."""

    class Meta:
        model = models.ClientGrant
        skip_postgeneration_save = True

    application = factory.SubFactory(ApplicationFactory)
    resource_server = factory.SubFactory(ResourceServerFactory)

    @factory.post_generation
    def permissions(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted:
            self.permissions.set(extracted)  # type: ignore[attr-defined]


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = models.Consent

    user = factory.SubFactory(UserFactory)
    application = factory.SubFactory(ApplicationFactory)


class TokenFamilyFactory(DjangoModelFactory):
    class Meta:
        model = models.TokenFamily

    user = factory.SubFactory(UserFactory)
    application = factory.SubFactory(ApplicationFactory)
    authenticated_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda family: family.authenticated_at + timedelta(days=30))


class DeviceAuthorizationFactory(DjangoModelFactory):
    """A device on which nobody has decided; its codes are known to nobody."""

    class Meta:
        model = models.DeviceAuthorization

    application = factory.SubFactory(ApplicationFactory, application_type=models.ApplicationType.NATIVE)
    device_code_hash = factory.Sequence("device{}".format)
    user_code_hash = factory.Sequence("user{}".format)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=15))


class LoginSessionFactory(DjangoModelFactory):
    class Meta:
        model = models.LoginSession

    id = factory.Sequence("session-{}".format)
    user = factory.SubFactory(UserFactory)
    authenticated_at = factory.LazyFunction(timezone.now)
    last_seen_at = factory.LazyAttribute(lambda session: session.authenticated_at)


class InitialAccessTokenFactory(DjangoModelFactory):
    class Meta:
        model = models.InitialAccessToken

    name = factory.Sequence("Initial access token {}".format)
    token_hash = factory.Sequence("{:064}".format)


class EventWebhookFactory(DjangoModelFactory):
    """With a secret that nobody knows, unless `secret` is a sealed one."""

    class Meta:
        model = models.EventWebhook

    name = factory.Sequence("Webhook {}".format)
    url = "https://hooks.example.com/access"
    secret = factory.LazyFunction(lambda: event_webhooks.seal(event_webhooks.make_secret()))


class RuleSettingFactory(DjangoModelFactory):
    class Meta:
        model = models.RuleSetting

    name = factory.Sequence("rule{}".format)
