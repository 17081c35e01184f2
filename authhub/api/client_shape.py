"""The shape in which applications are sent and shown: Auth0's client (C.9)."""

from typing import Any
from urllib.parse import urlsplit

from rest_framework import serializers

from authhub.api.fields import OnlyDefault
from authhub.api.parsing import StrictSerializer
from authhub.conf import conf
from authhub.models import ApplicationProfile, ApplicationType, GrantType, SecretMethod, SigningAlgorithm

URIS_MAX = 100
METADATA_MAX = 64
NO_SECRET = "none"
NO_SOCIAL_LOGIN: dict[str, dict[str, bool]] = {name: {"enabled": False} for name in ("apple", "facebook", "google")}
MEANINGLESS: dict[str, tuple[Any, ...]] = {
    "addons": ({},),
    "allowed_clients": ([],),
    "async_approval_notification_channels": ([],),
    "callback_url_template": (False,),
    "client_aliases": ([],),
    "client_authentication_methods": ({},),
    "client_secret": (),
    "compliance_level": ("none",),
    "cross_origin_auth": (False,),
    "cross_origin_authentication": (False,),
    "cross_origin_loc": ("",),
    "custom_login_page": ("",),
    "custom_login_page_on": (True, False),
    "default_organization": (),
    "encryption_key": (),
    "express_configuration": (),
    "external_client_id": (),
    "form_template": ("",),
    "identity_assertion_authorization_grant": ({"active": False},),
    "is_token_endpoint_ip_header_trusted": (False,),
    "jwks_uri": (),
    "mobile": ({},),
    "my_organization_configuration": (),
    "native_social_login": ({}, {k: NO_SOCIAL_LOGIN[k] for k in ("apple", "facebook")}, NO_SOCIAL_LOGIN),
    "oidc_conformant": (True,),
    "organization_discovery_methods": ([],),
    "organization_require_behavior": ("no_prompt",),
    "organization_usage": ("allow",),
    "par_request_expiry": (),
    "redirection_policy": (),
    "require_proof_of_possession": (False,),
    "require_pushed_authorization_requests": (False,),
    "resource_server_identifier": (),
    "session_transfer": (),
    "signed_request_object": (),
    "skip_non_verifiable_callback_uri_confirmation_prompt": (False,),
    "sso": (True, False),
    "sso_disabled": (False,),
    "third_party_security_mode": (),
    "token_exchange": ({},),
    "token_quota": (),
}
"""What Auth0's tools send of a client, and what of it asks for nothing that would be missed here."""


class Uri(serializers.CharField):
    """An address in a list; a blank would make two of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2000, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """
        Read it.

        Raises:
            ValidationError: it has a blank.
        """
        uri: str = super().to_internal_value(data)
        if len(uri.split()) != 1:
            raise serializers.ValidationError("An address has no blanks.")
        return uri


def _uris() -> serializers.ListField:
    return serializers.ListField(child=Uri(), required=False, max_length=URIS_MAX, allow_null=True)


class JwtConfiguration(StrictSerializer):
    """ID tokens."""

    alg = serializers.ChoiceField(SigningAlgorithm.choices, required=False)
    lifetime_in_seconds = serializers.IntegerField(required=False)
    secret_encoded = OnlyDefault(True, False)
    scopes = OnlyDefault({})


class RefreshTokenSettings(StrictSerializer):
    """Refresh tokens. Those that do not expire have lifetimes that do not count."""

    rotation_type = serializers.ChoiceField(["rotating", "non-rotating"])
    expiration_type = serializers.ChoiceField(["expiring", "non-expiring"])
    leeway = serializers.IntegerField(required=False)
    token_lifetime = serializers.IntegerField(required=False)
    idle_token_lifetime = serializers.IntegerField(required=False)
    infinite_token_lifetime = serializers.BooleanField(required=False)
    infinite_idle_token_lifetime = serializers.BooleanField(required=False)
    policies = OnlyDefault([])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """
        Refuse what would expire in one way and not in the other.

        Raises:
            ValidationError: names the member.
        """
        is_infinite = attrs.get("expiration_type") == "non-expiring"
        for name in ("infinite_token_lifetime", "infinite_idle_token_lifetime"):
            if attrs.pop(name, is_infinite) != is_infinite:
                raise serializers.ValidationError({name: ["It goes with the expiration type: all or nothing."]})
        return attrs


class OidcLogout(StrictSerializer):
    """Back-channel logout, of whatever ended the session."""

    backchannel_logout_urls = serializers.ListField(child=Uri(), max_length=1)
    backchannel_logout_initiators = OnlyDefault({"mode": "all"})
    backchannel_logout_session_metadata = OnlyDefault()


class ClientIn(StrictSerializer):
    """
    An application as it is sent.

    `web_origins` and `allowed_origins` are one list here; what stands in either is in it.
    """

    name = serializers.CharField(max_length=255)
    description = serializers.CharField(max_length=140, required=False, allow_blank=True)
    app_type = serializers.ChoiceField(ApplicationType.choices, source="application_type", required=False)
    is_first_party = serializers.BooleanField(required=False)
    callbacks = _uris()
    allowed_logout_urls = _uris()
    web_origins = _uris()
    allowed_origins = _uris()
    grant_types = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=20)
    token_endpoint_auth_method = serializers.ChoiceField([NO_SECRET, *SecretMethod.values], required=False)
    jwt_configuration = JwtConfiguration(required=False)
    refresh_token = RefreshTokenSettings(required=False, allow_null=True)
    oidc_logout = OidcLogout(required=False, allow_null=True)
    oidc_backchannel_logout = OidcLogout(required=False, allow_null=True, help_text="An older name of `oidc_logout`.")
    client_metadata = serializers.DictField(
        child=serializers.CharField(max_length=255, allow_blank=True, allow_null=True),
        required=False,
        help_text="Texts by name; null takes one away, and an empty object all.",
    )
    initiate_login_uri = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    logo_uri = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    require_pkce = serializers.BooleanField(required=False, help_text="Not Auth0's: whether it must use PKCE.")

    def get_fields(self) -> dict[str, Any]:
        """Add what means nothing here."""
        return {**super().get_fields(), **{name: OnlyDefault(*taken) for name, taken in MEANINGLESS.items()}}

    def validate_client_metadata(self, metadata: dict[str, str | None]) -> dict[str, str | None]:
        """
        Keep it small (C.9).

        Raises:
            ValidationError: too many names, or one that is too long.
        """
        if len(metadata) > METADATA_MAX or any(len(name) > 255 for name in metadata):
            raise serializers.ValidationError(f"At most {METADATA_MAX} names of at most 255 characters.")
        return metadata


class ClientOut(StrictSerializer):
    """An application as it is shown. The secret is told once, when it was made: only a hash of it is kept."""

    client_id = serializers.CharField()
    client_secret = serializers.CharField(required=False)
    tenant = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    app_type = serializers.CharField()
    is_first_party = serializers.BooleanField()
    oidc_conformant = serializers.BooleanField()
    callbacks = serializers.ListField(child=serializers.CharField())
    allowed_logout_urls = serializers.ListField(child=serializers.CharField())
    web_origins = serializers.ListField(child=serializers.CharField())
    allowed_origins = serializers.ListField(child=serializers.CharField())
    grant_types = serializers.ListField(child=serializers.ChoiceField(GrantType.choices))
    token_endpoint_auth_method = serializers.CharField(required=False)
    jwt_configuration = JwtConfiguration()
    refresh_token = RefreshTokenSettings()
    oidc_logout = OidcLogout(required=False)
    client_metadata = serializers.DictField()
    initiate_login_uri = serializers.CharField(required=False)
    logo_uri = serializers.CharField(required=False)
    require_pkce = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        """Add ``global``, which Python keeps for itself."""
        return {**super().get_fields(), "global": serializers.BooleanField()}


def client_data(application: Any) -> dict[str, Any]:
    """Return an application as it is shown; its profile must be loaded."""
    profile: ApplicationProfile = application.authhub_profile
    never = not profile.refresh_tokens_expire
    origins = application.allowed_origins.split()
    return {
        "client_id": application.client_id,
        "tenant": urlsplit(conf.issuer).hostname or "",
        "global": False,
        "name": application.name,
        "description": profile.description,
        "app_type": profile.application_type,
        "is_first_party": profile.is_first_party,
        "oidc_conformant": True,
        "callbacks": application.redirect_uris.split(),
        "allowed_logout_urls": application.post_logout_redirect_uris.split(),
        "web_origins": origins,
        "allowed_origins": origins,
        "grant_types": profile.grant_types,
        "jwt_configuration": {
            "alg": profile.id_token_signing_algorithm,
            "lifetime_in_seconds": profile.id_token_lifetime_seconds,
        },
        "refresh_token": {
            "rotation_type": "rotating" if profile.rotates_refresh_tokens else "non-rotating",
            "expiration_type": "non-expiring" if never else "expiring",
            "leeway": profile.refresh_token_leeway_seconds,
            "token_lifetime": profile.refresh_token_lifetime_seconds,
            "idle_token_lifetime": profile.refresh_token_idle_lifetime_seconds,
            "infinite_token_lifetime": never,
            "infinite_idle_token_lifetime": never,
        },
        "client_metadata": profile.metadata,
        "require_pkce": profile.require_pkce,
        **_if_said(
            token_endpoint_auth_method=NO_SECRET if profile.is_public else profile.token_endpoint_auth_method,
            initiate_login_uri=profile.initiate_login_uri,
            logo_uri=profile.logo_uri,
            oidc_logout=profile.backchannel_logout_uri
            and {"backchannel_logout_urls": [profile.backchannel_logout_uri]},
        ),
    }


def _if_said(**members: Any) -> dict[str, Any]:
    return {name: said for name, said in members.items() if said}
