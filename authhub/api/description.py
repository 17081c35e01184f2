"""What the two APIs say of themselves, and what they answer where there is nothing."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import ApiError
from authhub.api.extension.meta import meta
from authhub.api.extension.urls import extension_urlpatterns
from authhub.api.schema import description_of
from authhub.api.urls import management_urlpatterns
from authhub.api.views import ApiView
from authhub.conf import conf

MANAGEMENT_ROOT = "api/v2/"
EXTENSION_ROOT = "authz/api/"
OPERATIONS: dict[str, Sequence[URLPattern | URLResolver]] = {
    MANAGEMENT_ROOT: management_urlpatterns,
    EXTENSION_ROOT: extension_urlpatterns,
}


class OpenView(ApiView):
    """A view for anyone: it has nothing to hide."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema = None


class DescriptionView(OpenView):
    """The OpenAPI document of the API at `root`."""

    root = ""

    def get(self, request: Request) -> Response:
        """Show it to anyone, as Auth0 publishes its own; a script of any page may read it."""
        described = Response(description_at(self.root, conf.issuer))
        described["Access-Control-Allow-Origin"] = "*"
        return described


class NothingView(OpenView):
    """A path of an API at which there is nothing."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """
        Refuse, whatever the method.

        Raises:
            ApiError: 404.
        """
        raise ApiError(404, "not_found", "There is no such endpoint.")


@lru_cache(maxsize=8)
def description_at(root: str, issuer: str) -> dict[str, Any]:
    """Return the OpenAPI document of the API at `root`; made once, since it takes a moment."""
    described = description_of([path(root, include(OPERATIONS[root]))])
    return {**described, "servers": [{"url": issuer.rstrip("/")}]}


management_api_urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", DescriptionView.as_view(root=MANAGEMENT_ROOT), name="management-description"),
    *management_urlpatterns,
    re_path("^.*$", NothingView.as_view(), name="management-nothing"),
]
"""The Management API whole."""

extension_api_urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", DescriptionView.as_view(root=EXTENSION_ROOT), name="extension-description"),
    path("meta", meta, name="extension-meta"),
    *extension_urlpatterns,
    re_path("^.*$", NothingView.as_view(), name="extension-nothing"),
]
"""The Authorization Extension's API whole."""
