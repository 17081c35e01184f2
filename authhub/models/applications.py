"""What authhub keeps beside the toolkit's application: a side table, one-to-one, nothing swapped."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.client_uris import URI_LENGTH_MAX, validate_login_uri, validate_logo_uri, validate_page_uri
from authhub.models.resource_servers import SigningAlgorithm

LEEWAY_MAX_SECONDS = 300
"""How long a refresh token that was used may at most be used again: a thief could, too (RT15)."""


class ApplicationType(models.TextChoices):
    """Auth0's four kinds of application (M-02)."""

    REGULAR_WEB = "regular_web", _("Regular web application")
    SPA = "spa", _("Single-page application")
    NATIVE = "native", _("Native application")
    MACHINE_TO_MACHINE = "non_interactive", _("Machine to machine")

    @property
    def is_public(self) -> bool:
        """Whether such an application cannot keep a secret (RFC 6749 §2.1)."""
        return self in (ApplicationType.SPA, ApplicationType.NATIVE)


class GrantType(models.TextChoices):
    """Grant types by their wire names (RFC 6749, RFC 8628)."""

    AUTHORIZATION_CODE = "authorization_code", _("Authorization code")
    REFRESH_TOKEN = "refresh_token", _("Refresh token")
    CLIENT_CREDENTIALS = "client_credentials", _("Client credentials")
    IMPLICIT = "implicit", _("Implicit and hybrid")
    PASSWORD = "password", _("Password")
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code", _("Device code")


class SecretMethod(models.TextChoices):
    """How an application sends its secret, by the names of RFC 7591 §2."""

    BASIC = "client_secret_basic", _("in the Authorization header")
    POST = "client_secret_post", _("in the body")


DEFAULT_GRANT_TYPES: dict[str, list[str]] = {
    ApplicationType.REGULAR_WEB: [GrantType.AUTHORIZATION_CODE.value, GrantType.REFRESH_TOKEN.value],
    ApplicationType.SPA: [GrantType.AUTHORIZATION_CODE.value, GrantType.REFRESH_TOKEN.value],
    ApplicationType.NATIVE: [
        GrantType.AUTHORIZATION_CODE.value,
        GrantType.REFRESH_TOKEN.value,
        GrantType.DEVICE_CODE.value,
    ],
    ApplicationType.MACHINE_TO_MACHINE: [GrantType.CLIENT_CREDENTIALS.value],
}


def default_metadata() -> dict[str, str]:
    """Return empty client metadata."""
    return {}


class ApplicationProfile(models.Model):
    """
    The part of an application that the toolkit's model does not know (RFC 6749 §2; Auth0's client settings).

    An application without a profile gets no token: what we do not know, we do not serve.
    """

    application = models.OneToOneField(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="authhub_profile",
    )
    application_type = models.CharField(_("type"), max_length=20, choices=ApplicationType.choices)
    description = models.CharField(
        _("description"), max_length=140, blank=True, help_text=_("For whoever administers applications.")
    )
    grant_types = models.JSONField(_("grant types"), default=list, help_text=_("What the application may use."))
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off to refuse every token of this application at once.")
    )
    is_first_party = models.BooleanField(
        _("our own"), default=True, help_text=_("Third-party applications always ask the user for consent.")
    )
    require_pkce = models.BooleanField(
        _("require PKCE"),
        default=True,
        help_text=_("Only an application that keeps a secret may do without (RFC 7636)."),
    )
    token_endpoint_auth_method = models.CharField(
        _("sends its secret"),
        max_length=30,
        blank=True,
        choices=SecretMethod.choices,
        help_text=_("Any other way is refused. Empty: either way will do."),
    )
    id_token_lifetime_seconds = models.PositiveIntegerField(
        _("ID token lifetime"), default=36000, validators=[MinValueValidator(1)], help_text=_("In seconds.")
    )
    id_token_signing_algorithm = models.CharField(
        _("ID token algorithm"), max_length=10, choices=SigningAlgorithm.choices, default=SigningAlgorithm.RS256
    )
    refresh_token_lifetime_seconds = models.PositiveIntegerField(
        _("refresh token lifetime"),
        default=2_592_000,
        validators=[MinValueValidator(1)],
        help_text=_("In seconds from the login; use does not prolong it."),
    )
    refresh_token_idle_lifetime_seconds = models.PositiveIntegerField(
        _("refresh token idle lifetime"),
        default=1_296_000,
        validators=[MinValueValidator(1)],
        help_text=_("In seconds without use; at most the refresh token lifetime."),
    )
    refresh_tokens_expire = models.BooleanField(
        _("refresh tokens expire"),
        default=True,
        help_text=_(
            "Only an application that keeps a secret may do without; a revocation ends its tokens all the same."
        ),
    )
    rotate_refresh_tokens = models.BooleanField(
        _("rotate refresh tokens"),
        default=True,
        help_text=_("Each is used once. Only an application that keeps a secret may do without (RFC 9700)."),
    )
    refresh_token_leeway_seconds = models.PositiveIntegerField(
        _("refresh token leeway"),
        default=0,
        validators=[MaxValueValidator(LEEWAY_MAX_SECONDS)],
        help_text=_("In seconds, for which the token before the newest still works, and gives the newest again."),
    )
    client_uri = models.CharField(
        _("home page"),
        max_length=URI_LENGTH_MAX,
        blank=True,
        validators=[validate_page_uri],
        help_text=_("Linked when the user is asked for consent, as the next two are."),
    )
    policy_uri = models.CharField(
        _("privacy policy"), max_length=URI_LENGTH_MAX, blank=True, validators=[validate_page_uri]
    )
    tos_uri = models.CharField(
        _("terms of service"), max_length=URI_LENGTH_MAX, blank=True, validators=[validate_page_uri]
    )
    logo_uri = models.CharField(
        _("logo"),
        max_length=URI_LENGTH_MAX,
        blank=True,
        validators=[validate_logo_uri],
        help_text=_("Shown when the user is asked; loaded by the browser, https only."),
    )
    initiate_login_uri = models.CharField(
        _("login page of the application"),
        max_length=URI_LENGTH_MAX,
        blank=True,
        validators=[validate_login_uri],
        help_text=_("Where people who want to sign in are sent from here (OpenID Connect Core §4)."),
    )
    backchannel_logout_uri = models.CharField(
        _("back-channel logout URI"),
        max_length=500,
        blank=True,
        help_text=_("Its server is sent a logout token here when a session ends in which it took part."),
    )
    backchannel_logout_session_required = models.BooleanField(
        _("back-channel logout needs the session"), default=True, help_text=_("The token names the session anyway.")
    )
    frontchannel_logout_uri = models.CharField(
        _("front-channel logout URI"),
        max_length=500,
        blank=True,
        help_text=_("Opened in a hidden frame when the person signs out; most browsers keep cookies from it."),
    )
    frontchannel_logout_session_required = models.BooleanField(
        _("front-channel logout names the session"), default=True, help_text=_("Adds iss and sid to the address.")
    )
    administrator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acts with at most the rights of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("What it changes through the administrative APIs, this person must be allowed to change, too."),
    )
    previous_client_secret = models.CharField(max_length=255, blank=True, editable=False)
    previous_client_secret_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    metadata = models.JSONField(
        _("metadata"), default=default_metadata, blank=True, help_text=_("Names and values for rules to read.")
    )

    class Meta:
        verbose_name = _("application settings")
        verbose_name_plural = _("application settings")

    def __str__(self) -> str:
        return str(self.application)

    def allows_grant_type(self, grant_type: str) -> bool:
        """Return whether the application may use a grant type, by its wire name."""
        return grant_type in self.grant_types

    @property
    def is_public(self) -> bool:
        """Whether the application cannot keep a secret."""
        return ApplicationType(self.application_type).is_public

    @property
    def rotates_refresh_tokens(self) -> bool:
        """Whether a refresh token is used once: a public application's always is (RFC 9700 §2.2.2)."""
        return self.rotate_refresh_tokens or self.is_public

    def clean(self) -> None:
        """Refuse unknown grant types, impossible lifetimes, and what is safe only for who keeps a secret."""
        unknown = sorted(set(self.grant_types) - set(GrantType.values))
        if unknown:
            raise ValidationError({"grant_types": _("Unknown grant type: %s.") % ", ".join(unknown)})
        if self.application_type not in ApplicationType.values:
            return  # the field has said so
        is_public = self.is_public
        if is_public and self.allows_grant_type(GrantType.CLIENT_CREDENTIALS):
            raise ValidationError({"grant_types": _("Client credentials need an application that keeps a secret.")})
        if is_public and not self.require_pkce:
            raise ValidationError({"require_pkce": _("An application without a secret must use PKCE.")})
        if is_public and self.token_endpoint_auth_method:
            raise ValidationError({"token_endpoint_auth_method": _("An application of this type has no secret.")})
        if not self.is_first_party and self.allows_grant_type(GrantType.PASSWORD):
            raise ValidationError({"grant_types": _("A third-party application never sees the user's password.")})
        if is_public and not self.rotate_refresh_tokens:
            raise ValidationError({"rotate_refresh_tokens": _("An application without a secret must rotate them.")})
        if is_public and not self.refresh_tokens_expire:
            raise ValidationError({"refresh_tokens_expire": _("Those of an application without a secret must expire.")})
        idle, absolute = self.refresh_token_idle_lifetime_seconds, self.refresh_token_lifetime_seconds
        # A field whose value is missing or 0 has said so.
        if idle and absolute and idle > absolute:
            message = _("Longer than the refresh token lifetime, which ends it anyway.")
            raise ValidationError({"refresh_token_idle_lifetime_seconds": message})
