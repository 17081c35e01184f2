"""
What the Authorization Extension keeps and authhub does not: to which application a role or permission belongs.

Beside our own rows, so that its API answers as it did; who may what is decided by the rows beside which these stand.
"""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.models.permissions import Permission
from authhub.models.resource_servers import ResourceServer
from authhub.models.roles import Role

APPLICATION_ID_LENGTH_MAX = 500


class ExtensionApplicationType(models.TextChoices):
    """What an `application_id` names, in the Extension's own words."""

    CLIENT = "client", _("application")
    RESOURCE_SERVER = "resource_server", _("API")


class ExtensionApplication(models.Model):
    """
    At which API the permissions of one of the Extension's applications are defined here.

    `application_id` is a ``client_id``, or an API's identifier; it need not be known to authhub. Several applications
    may share an API, and then permissions of the same name.
    """

    application_id = models.CharField(_("application id"), max_length=APPLICATION_ID_LENGTH_MAX, unique=True)
    resource_server = models.ForeignKey(
        ResourceServer,
        verbose_name=_("API"),
        on_delete=models.CASCADE,
        related_name="extension_applications",
        help_text=_("Where new permissions of this application are defined; those that are there stay where they are."),
    )

    class Meta:
        verbose_name = _("application of the Authorization Extension")
        verbose_name_plural = _("applications of the Authorization Extension")
        ordering = ["application_id"]

    def __str__(self) -> str:
        return self.application_id


class OfApplication(models.Model):
    """Of which application something is, and what it is called there."""

    application_type = models.CharField(
        _("kind"), max_length=20, choices=ExtensionApplicationType.choices, default=ExtensionApplicationType.CLIENT
    )
    application_id = models.CharField(_("application id"), max_length=APPLICATION_ID_LENGTH_MAX)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} of {self.application_id}"


class ExtensionRole(OfApplication):
    """
    That a role is one of an application's, and its name there: our names are unique, the Extension's per application.

    Its ``_id`` in the Extension's API is the role's `uuid`.
    """

    role = models.OneToOneField(
        Role, verbose_name=_("role"), on_delete=models.CASCADE, primary_key=True, related_name="extension_role"
    )

    class Meta:
        verbose_name = _("role of the Authorization Extension")
        verbose_name_plural = _("roles of the Authorization Extension")
        ordering = ["application_id", "name"]
        constraints = [
            models.UniqueConstraint(fields=["application_id", "name"], name="authhub_extensionrole_name_once"),
        ]


class ExtensionPermission(OfApplication):
    """
    That a permission is one of an application's, and its name there, which may have blanks: a scope may not.

    Several applications whose API is the same share a permission of the same name, so this has a `uuid` of its own: the
    ``_id`` in the Extension's API. It is the permission's own `uuid` wherever it was made together with it.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    permission = models.ForeignKey(
        Permission, verbose_name=_("permission"), on_delete=models.CASCADE, related_name="extension_permissions"
    )

    class Meta:
        verbose_name = _("permission of the Authorization Extension")
        verbose_name_plural = _("permissions of the Authorization Extension")
        ordering = ["application_id", "name"]
        constraints = [
            models.UniqueConstraint(fields=["application_id", "name"], name="authhub_extensionpermission_name_once"),
        ]


class ExtensionSettings(models.Model):
    """
    The Extension's configuration: one row. Without it everything is off but what the built-in rule always does.

    "In token" means on the user that later rules see; "passthrough" adds to what the identity provider said instead of
    replacing it.
    """

    groups_in_token = models.BooleanField(_("groups for later rules"), default=True)
    roles_in_token = models.BooleanField(_("roles for later rules"), default=True)
    permissions_in_token = models.BooleanField(_("permissions for later rules"), default=True)
    persist_groups = models.BooleanField(_("keep groups in the metadata"), default=False)
    persist_roles = models.BooleanField(_("keep roles in the metadata"), default=False)
    persist_permissions = models.BooleanField(_("keep permissions in the metadata"), default=False)
    groups_passthrough = models.BooleanField(_("add to incoming groups"), default=False)
    roles_passthrough = models.BooleanField(_("add to incoming roles"), default=False)
    permissions_passthrough = models.BooleanField(_("add to incoming permissions"), default=False)
    own_groups_match_mappings = models.BooleanField(
        _("names of own groups match mappings"),
        default=False,
        help_text=_(
            "As in the Extension: who is a direct member of a group here passes for a member of an incoming group of "
            "that name. Only for as long as old answers must stay the same."
        ),
    )
    api_key_hash = models.CharField(max_length=64, blank=True, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    ONLY = 1

    class Meta:
        verbose_name = _("settings of the Authorization Extension")
        verbose_name_plural = _("settings of the Authorization Extension")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="authhub_extensionsettings_only_one")]

    def __str__(self) -> str:
        return "Authorization Extension"

    @classmethod
    def current(cls) -> "ExtensionSettings":
        """Return the stored settings, or the defaults."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY)
