"""URLs of the demo project."""

from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, include, path, re_path

from authhub.views.login import LoginView
from authhub_site import back_channel, legacy_client, sign_up, tv, views, web_client
from authhub_site.scenarios.businesses import BUSINESSES
from authhub_site.sign_in import AdminLoginView, EmailLoginForm

api_description: list[URLPattern] = []
if apps.is_installed("drf_spectacular"):
    from drf_spectacular.views import SpectacularAPIView

    api_description = [path("api/openapi", SpectacularAPIView.as_view(), name="openapi")]

urlpatterns = [
    path("", views.home, name="home"),
    path("spa/", views.spa, name="spa"),
    path("spa/callback", views.spa),
    path("spa/configuration.json", views.spa_configuration),
    path("spa/sign-out", views.spa_sign_out),
    *[
        path(
            f"{key}/",
            include(
                (
                    [
                        path("", web_client.page, {"key": key}, name="page"),
                        path("login", web_client.login, {"key": key}, name="login"),
                        path("callback", web_client.callback, {"key": key}, name="callback"),
                        path("logout", web_client.logout, {"key": key}, name="logout"),
                        path("back-channel-logout", back_channel.back_channel_logout, {"key": key}),
                    ],
                    key,
                )
            ),
        )
        for key in web_client.WEB_APPLICATIONS
    ],
    *[
        path(f"{key}/sign-up", sign_up.sign_up, {"key": key})
        for key, business in BUSINESSES.items()
        if business.signs_up_into
    ],
    *[
        path(f"{key}/{end}", view, {"key": key})
        for key in legacy_client.RESPONSE_TYPES
        for end, view in (
            ("", legacy_client.page),
            ("login", legacy_client.login),
            ("callback", legacy_client.callback),
        )
    ],
    path("tv/", tv.page, name="tv"),
    path("tv/connect", tv.connect),
    path("tv/disconnect", tv.disconnect),
    path("api/", include("authhub_site.timesheets.urls")),
    *api_description,
    re_path(r"^api(?!/v2/)(?:/|$)", views.not_in_the_api),
    path("admin/login/", AdminLoginView.as_view()),
    path("admin/", admin.site.urls),
    path("login", LoginView.as_view(authentication_form=EmailLoginForm)),
    path("", include("authhub.urls")),
]
