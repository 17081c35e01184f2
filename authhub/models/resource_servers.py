"""Resource servers (RFC 6749 §1.1), on screen "APIs"."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.public_ids import PublicId

LIFETIME_MAX_SECONDS = 2_592_000


class TokenDialect(models.TextChoices):
    """The four formats of an access token; ``*_authz`` adds the ``permissions`` claim."""

    ACCESS_TOKEN = "access_token", _("Auth0 profile")
    ACCESS_TOKEN_AUTHZ = "access_token_authz", _("Auth0 profile with permissions")
    RFC9068_PROFILE = "rfc9068_profile", _("RFC 9068 profile")
    RFC9068_PROFILE_AUTHZ = "rfc9068_profile_authz", _("RFC 9068 profile with permissions")

    @property
    def has_permissions(self) -> bool:
        """Whether the token has the ``permissions`` claim."""
        return self in (TokenDialect.ACCESS_TOKEN_AUTHZ, TokenDialect.RFC9068_PROFILE_AUTHZ)

    @property
    def is_rfc9068(self) -> bool:
        """Whether the token is one of RFC 9068."""
        return self in (TokenDialect.RFC9068_PROFILE, TokenDialect.RFC9068_PROFILE_AUTHZ)


class SigningAlgorithm(models.TextChoices):
    """JWS algorithms (RFC 7518 §3, RFC 9864); asymmetric only."""

    RS256 = "RS256", "RS256"
    ES256 = "ES256", "ES256"
    ED25519 = "Ed25519", "Ed25519"


class UserAccess(models.TextChoices):
    """For which applications a user may get a token for an API."""

    ALLOW_ALL = "allow_all", _("any application")
    REQUIRE_CLIENT_GRANT = "require_client_grant", _("applications with access")
    DENY_ALL = "deny_all", _("none")


class ClientAccess(models.TextChoices):
    """Which applications may get a token for themselves."""

    REQUIRE_CLIENT_GRANT = "require_client_grant", _("applications with access")
    DENY_ALL = "deny_all", _("none")


def validate_identifier(value: str) -> None:
    """Refuse an identifier that would be ambiguous in ``aud``: the userinfo endpoint's own URL."""
    if conf.issuer and value == f"{conf.issuer}userinfo":
        raise ValidationError(_("This identifier is reserved for the userinfo endpoint."))


class ResourceServer(PublicId):
    """
    An API that accepts our access tokens. Its `identifier` is the ``audience`` parameter and the ``aud`` claim.

    The identifier is any string (``https://…``, ``urn:…``, ``appointments:api``), is never called, and never
    changes: tokens already issued name it (M-01).
    """

    name = models.CharField(_("name"), max_length=200)
    identifier = models.CharField(
        _("identifier"),
        max_length=600,
        unique=True,
        validators=[
            RegexValidator(r"\A[\x21-\x7e]+\Z", _("Use printable ASCII characters without blanks.")),
            validate_identifier,
        ],
        help_text=_(
            "The audience of this API's tokens, for example https://api.example.com/timesheets. "
            "It is never called and cannot be changed later."
        ),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off to issue no more tokens for this API.")
    )
    enforce_policies = models.BooleanField(
        _("enforce roles"),
        default=True,
        help_text=_("Tokens carry only the permissions that the user's roles allow (RBAC)."),
    )
    token_dialect = models.CharField(
        _("token format"), max_length=30, choices=TokenDialect.choices, default=TokenDialect.RFC9068_PROFILE
    )
    token_lifetime_seconds = models.PositiveIntegerField(
        _("token lifetime"),
        default=86400,
        validators=[MinValueValidator(1), MaxValueValidator(LIFETIME_MAX_SECONDS)],
        help_text=_("In seconds, at most 2592000 (30 days)."),
    )
    token_lifetime_for_web_seconds = models.PositiveIntegerField(
        _("token lifetime in browsers"),
        default=7200,
        validators=[MinValueValidator(1), MaxValueValidator(LIFETIME_MAX_SECONDS)],
        help_text=_("In seconds, for tokens given directly to a browser (implicit and hybrid flows)."),
    )
    signing_algorithm = models.CharField(
        _("signing algorithm"), max_length=10, choices=SigningAlgorithm.choices, default=SigningAlgorithm.RS256
    )
    allow_offline_access = models.BooleanField(
        _("allow refresh tokens"),
        default=False,
        help_text=_("Applications may ask for offline_access and get a refresh token."),
    )
    skip_consent_for_first_party = models.BooleanField(
        _("skip consent for our own applications"),
        default=True,
        help_text=_("First-party applications with a verifiable callback do not ask the user for consent."),
    )
    user_access = models.CharField(
        _("users may get tokens through"), max_length=30, choices=UserAccess.choices, default=UserAccess.ALLOW_ALL
    )
    client_access = models.CharField(
        _("machines that may get tokens"),
        max_length=30,
        choices=ClientAccess.choices,
        default=ClientAccess.REQUIRE_CLIENT_GRANT,
    )
    introspection_client = models.ForeignKey(
        conf.application_model,
        verbose_name=_("the API's own application"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The application with which this API itself asks about tokens at the introspection endpoint."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("API")
        verbose_name_plural = _("APIs")
        ordering = ["name", "pk"]
        permissions = [("delegate_resourceserver", _("Can hand on permissions of an API"))]
        constraints = [
            models.CheckConstraint(condition=~models.Q(identifier=""), name="authhub_resourceserver_identifier_given"),
        ]

    def __str__(self) -> str:
        return self.name or self.identifier

    def clean(self) -> None:
        """Refuse a changed identifier and a browser lifetime beyond the API's own (M-01, C.1)."""
        if self.token_lifetime_for_web_seconds > self.token_lifetime_seconds:
            raise ValidationError({"token_lifetime_for_web_seconds": _("This must not exceed the token lifetime.")})
        if self.pk is None:
            return
        before = ResourceServer.objects.filter(pk=self.pk).values_list("identifier", flat=True).first()
        if before is not None and before != self.identifier:
            raise ValidationError({"identifier": _("An identifier cannot be changed: tokens already issued name it.")})
