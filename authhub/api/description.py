"""What the Management API says of itself, and what it answers where there is nothing."""

from functools import lru_cache
from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import ApiError
from authhub.api.schema import description_of
from authhub.api.urls import management_urlpatterns
from authhub.api.views import ManagementView
from authhub.conf import conf

MANAGEMENT_ROOT = "api/v2/"


class OpenView(ManagementView):
    """A view for anyone: it has nothing to hide."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema = None


class DescriptionView(OpenView):
    """The OpenAPI document."""

    def get(self, request: Request) -> Response:
        """Show it to anyone, as Auth0 publishes its own; a script of any page may read it."""
        described = Response(management_description(conf.issuer))
        described["Access-Control-Allow-Origin"] = "*"
        return described


class NothingView(OpenView):
    """A path of the API at which there is nothing."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """
        Refuse, whatever the method.

        Raises:
            ApiError: 404.
        """
        raise ApiError(404, "not_found", "There is no such endpoint.")


@lru_cache(maxsize=8)
def management_description(issuer: str) -> dict[str, Any]:
    """Return the OpenAPI document of the Management API; made once, since it takes a moment."""
    described = description_of([path(MANAGEMENT_ROOT, include(management_urlpatterns))])
    return {**described, "servers": [{"url": issuer.rstrip("/")}]}


described_urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", DescriptionView.as_view(), name="management-description"),
    *management_urlpatterns,
    re_path("^.*$", NothingView.as_view(), name="management-nothing"),
]
"""The Management API whole."""
