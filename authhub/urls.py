"""URLs; mounted at the root or under a prefix, discovery names the endpoints."""

from django.urls import URLPattern, URLResolver, include, path

from authhub.api.description import (
    EXTENSION_ROOT,
    MANAGEMENT_ROOT,
    extension_api_urlpatterns,
    management_api_urlpatterns,
)
from authhub.oauth.views import (
    account,
    activate,
    authorize,
    consent,
    device_code,
    initiate,
    introspection,
    logout,
    metadata,
    registration,
    revocation,
    token,
    userinfo,
)
from authhub.views.login import LoginView, logout_page

app_name = "authhub"

protocol_urlpatterns: list[URLPattern | URLResolver] = [
    path("authorize", authorize.authorize, name="authorize"),
    path("consent", consent.consent, name="consent"),
    path("oauth/token", token.token, name="token"),
    path("oauth/device/code", device_code.device_code, name="device-code"),
    path("activate", activate.activate, name="activate"),
    path("activate/confirm", activate.confirm, name="activate-confirm"),
    path("oauth/revoke", revocation.revoke, name="revoke"),
    path("oauth/introspect", introspection.introspect, name="introspect"),
    path("userinfo", userinfo.userinfo, name="userinfo"),
    path("v2/logout", logout.v2_logout, name="v2-logout"),
    path("oidc/check-session", logout.check_session, name="check-session"),
    path("oidc/logout", logout.end_session_endpoint, name="end-session"),
    path("oidc/logout/confirm", logout.confirm_logout, name="confirm-logout"),
    path("oidc/register", registration.register, name="register"),
    path("oidc/register/<str:client_id>", registration.registration, name="registration"),
    path("initiate/<str:client_id>", initiate.initiate, name="initiate"),
]

metadata_urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/openid-configuration", metadata.openid_configuration, name="openid-configuration"),
    path(".well-known/oauth-authorization-server", metadata.authorization_server, name="authorization-server"),
    path(".well-known/jwks.json", metadata.key_set, name="jwks"),
]

page_urlpatterns: list[URLPattern | URLResolver] = [
    path("login", LoginView.as_view(), name="login"),
    path("logout", logout_page, name="logout"),
    path("account/sessions", account.account, name="account"),
    path("account/sessions/end", account.end_own_session, name="end-own-session"),
    path("account/applications/revoke", account.revoke_own_access, name="revoke-own-access"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path(MANAGEMENT_ROOT, include(management_api_urlpatterns)),
    path(EXTENSION_ROOT, include(extension_api_urlpatterns)),
]

urlpatterns = [
    *api_urlpatterns,
    *protocol_urlpatterns,
    *metadata_urlpatterns,
    *page_urlpatterns,
]
