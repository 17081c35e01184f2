"""Permissions: what may be done at an API; while one travels in a token it is called a scope."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.models.public_ids import PublicId
from authhub.models.resource_servers import ResourceServer

IDENTITY_SCOPES: dict[str, str] = {
    "openid": "Know who you are",
    "profile": "See your name and profile",
    "email": "See your e-mail address",
    "address": "See your postal address",
    "phone": "See your phone number",
    "offline_access": "Keep access while you are away",
}
"""Scopes of OpenID Connect Core §5.4 and §11, with the words of the consent page. No API may define them."""


def validate_not_identity_scope(value: str) -> None:
    """Refuse a permission that would shadow an identity scope (GP05)."""
    if value in IDENTITY_SCOPES:
        raise ValidationError(_("“%(value)s” is an OpenID Connect scope."), params={"value": value})


class Permission(PublicId):
    """
    A right at one API, such as ``read:timesheets``.

    `value` is a scope-token of RFC 6749 §3.3 (printable ASCII without blank, quote and backslash), so that it can
    stand in a token's ``scope`` without splitting or shadowing another.
    """

    resource_server = models.ForeignKey(
        ResourceServer, verbose_name=_("API"), on_delete=models.CASCADE, related_name="permissions"
    )
    value = models.CharField(
        _("value"),
        max_length=280,
        validators=[
            RegexValidator(
                r"\A[\x21\x23-\x5b\x5d-\x7e]+\Z",
                _("Use printable ASCII characters without blanks, quotes or backslashes, for example read:timesheets."),
            ),
            validate_not_identity_scope,
        ],
        help_text=_("For example read:timesheets."),
    )
    description = models.CharField(
        _("description"), max_length=500, blank=True, help_text=_("Shown to people who are asked for consent.")
    )

    class Meta:
        verbose_name = _("permission")
        verbose_name_plural = _("permissions")
        ordering = ["resource_server", "value"]
        constraints = [
            models.UniqueConstraint(fields=["resource_server", "value"], name="authhub_permission_value_per_api"),
            models.CheckConstraint(condition=~models.Q(value=""), name="authhub_permission_value_given"),
        ]

    def __str__(self) -> str:
        return self.value
