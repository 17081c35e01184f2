"""Groups of users, nested to any depth with several parents."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.models.public_ids import PublicId


class Group(PublicId):
    """
    A group of users. A member of a nested group is a member of its parents too, and gets their roles (M-13).

    Not `django.contrib.auth`'s flat group.
    """

    PUBLIC_ID_PREFIX = "grp_"

    name = models.CharField(_("name"), max_length=200, unique=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("An inactive group confers nothing."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="GroupMembership",
        related_name="authhub_groups",
        verbose_name=_("members"),
        blank=True,
    )
    children = models.ManyToManyField(
        "self",
        through="GroupNesting",
        through_fields=("parent", "child"),
        symmetrical=False,
        related_name="parents",
        verbose_name=_("nested groups"),
        blank=True,
    )

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GroupMembership(models.Model):
    """That a user is a direct member of a group (RFC 7643 §4.2)."""

    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="authhub_group_memberships",
    )

    class Meta:
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of groups")
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="authhub_groupmembership_once")]

    def __str__(self) -> str:
        return f"{self.user} ∈ {self.group}"


class GroupNesting(models.Model):
    """That the members of `child` are members of `parent`."""

    parent = models.ForeignKey(
        Group, verbose_name=_("parent group"), on_delete=models.CASCADE, related_name="nestings_below"
    )
    child = models.ForeignKey(
        Group, verbose_name=_("nested group"), on_delete=models.CASCADE, related_name="nestings_above"
    )

    class Meta:
        verbose_name = _("nested group")
        verbose_name_plural = _("nested groups")
        constraints = [
            # Walked from a group to those it is nested in: the child first.
            models.UniqueConstraint(fields=["child", "parent"], name="authhub_groupnesting_once"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("child")), name="authhub_groupnesting_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} ⊂ {self.parent}"
