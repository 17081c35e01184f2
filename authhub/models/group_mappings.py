"""Group mappings: whom an identity provider puts into one of its groups counts as a member of one of ours (E-23)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.models.groups import Group
from authhub.models.public_ids import PublicId


class GroupMapping(PublicId):
    """
    That a person who signs in through `connection_name` with the incoming group `group_name` counts as a member.

    Not a stored membership: what the identity provider takes away is gone at the next sign-in. Both names are compared
    exactly, upper and lower case included.
    """

    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="mappings")
    connection_name = models.CharField(
        _("connection"), max_length=200, help_text=_("Through which people sign in, for example google-oauth2.")
    )
    group_name = models.CharField(
        _("incoming group"), max_length=200, help_text=_("As the identity provider names it.")
    )

    class Meta:
        verbose_name = _("group mapping")
        verbose_name_plural = _("group mappings")
        constraints = [
            # Also the index by which a sign-in finds them.
            models.UniqueConstraint(
                fields=["connection_name", "group_name", "group"], name="authhub_groupmapping_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_name} at {self.connection_name} → {self.group}"
