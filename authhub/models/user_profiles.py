"""What Auth0 keeps of a user and Django's user model does not."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf

SUBJECT_LENGTH_MAX = 255
"""OpenID Connect Core §2 allows a ``sub`` no more."""
KEY_BITS = 64
"""Of the largest primary key that is a number."""


class UserProfile(models.Model):
    """
    A user's settings beside the project's user model. A user without one is a user like any other.

    `subject` is the ``sub`` that a user brought along from Auth0, so that what applications stored under it is still
    found; without one it is made of the primary key.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="authhub_profile",
    )
    subject = models.CharField(
        _("user id"),
        max_length=SUBJECT_LENGTH_MAX,
        unique=True,
        null=True,
        blank=True,
        validators=[RegexValidator(r"\A[\x21-\x7e]+\Z", _("Use printable ASCII characters without blanks."))],
        help_text=_("The sub that the user brought along, for example auth0|59c1e3f0. Empty: made by authhub."),
    )
    email_verified = models.BooleanField(_("e-mail address verified"), default=False)
    name = models.CharField(_("name"), max_length=300, blank=True, help_text=_("Empty: the name of the account."))
    nickname = models.CharField(_("nickname"), max_length=300, blank=True)
    picture = models.CharField(
        _("picture"),
        max_length=2048,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("An address of a picture."),
    )
    logins_count = models.PositiveIntegerField(_("sign-ins"), default=0, editable=False)
    user_metadata = models.JSONField(
        _("user metadata"), default=dict, blank=True, help_text=_("What the user may know and change.")
    )
    app_metadata = models.JSONField(
        _("application metadata"), default=dict, blank=True, help_text=_("What only applications and rules know.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("user profile")
        verbose_name_plural = _("user profiles")

    def __str__(self) -> str:
        return str(self.user)

    def clean(self) -> None:
        """Keep no empty subject beside NULL, refuse a machine's, and metadata that is no object."""
        self.subject = self.subject or None
        if self.subject is not None and self.subject.endswith("@clients"):
            raise ValidationError({"subject": _("Such a subject is an application's.")})
        if self.subject is not None and key_in_subject(self.subject) not in (None, self.user_id):
            message = _("It is, or will be, that of another user here: set a SUBJECT_PREFIX that differs.")
            raise ValidationError({"subject": message})
        for name in ("user_metadata", "app_metadata"):
            if not isinstance(getattr(self, name), dict):
                raise ValidationError({name: _("Metadata is a JSON object.")})


def key_in_subject(subject: str) -> Any:
    """
    Return the primary key that a ``sub`` made by authhub carries, or None if it is not made so.

    What could only be read as one is none: ``007``, or the 24 digits that an id of Auth0's may happen to be.
    """
    prefix = conf.subject_prefix
    if not subject.startswith(prefix):
        return None
    rest = subject.removeprefix(prefix)
    try:
        key = get_user_model()._meta.pk.to_python(rest)
    except ValidationError:
        return None
    is_too_large = isinstance(key, int) and key.bit_length() >= KEY_BITS
    return None if str(key) != rest or is_too_large else key


def is_email_verified(user: Any, profile: UserProfile | None) -> bool:
    """Return whether a user has proved the e-mail address: the project's own word, or the profile's."""
    by_project = getattr(user, "email_verified", None)
    return bool(profile and profile.email_verified if by_project is None else by_project)


def subject_of(user: Any) -> str:
    """
    Return the ``sub`` of a user: stable, never reused, and not the e-mail address (JW08, LG19).

    It is the one that the user brought along from Auth0, if any. Costs a query where the profile was not loaded.
    """
    profile = getattr(user, "authhub_profile", None)
    return (profile and profile.subject) or f"{conf.subject_prefix}{user.pk}"
