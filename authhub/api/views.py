"""What every view of the two APIs has in common: who may call it, how it reads, and how it refuses."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPMethod
from typing import Any, cast

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework.views import APIView

from authhub.api.authentication import Caller, LiveTokenAuthentication
from authhub.api.errors import handle
from authhub.api.parsing import StrictJSONParser
from authhub.api.preconditions import etag_matches, etag_of
from authhub.api.schema import ApiSchema
from authhub.api.scopes import DeclaredScopes
from authhub.api.throttling import ApplicationThrottle
from authhub.conf import management_api_identifier

CORRELATION = re.compile(r"[\x21-\x7e]{1,64}")
"""What may come back of a request's ``X-Correlation-ID``, as at Auth0: no blank, no line break."""


class OnlyJson(BaseContentNegotiation):
    """Answers JSON whatever the request would rather have: there is nothing else."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """Return the parser of the body's type, or None: 415."""
        return next((each for each in parsers if media_type_matches(each.media_type, request.content_type)), None)

    def select_renderer(self, request: Request, renderers: Iterable[Any], format_suffix: Any = None) -> Any:
        """Return the only one."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ApiView(APIView):
    """
    A view that only a living token opens, with one of the `scopes` that it declares for the method.

    Whatever a project sets for its own views of REST framework does not count here.
    """

    scopes: Mapping[str, tuple[str, ...]] = {}
    """By method, the scopes any of which opens it. What is not named is closed."""

    audience = ""
    """The identifier of the API that the token must be for."""

    listing = ""
    """What a list that GET answers in pages is called in them."""

    is_wrapped = False
    """Whether that list is never a bare array."""

    authentication_classes: Sequence[type[Any]] = (LiveTokenAuthentication,)
    permission_classes: Sequence[type[Any]] = (DeclaredScopes,)
    throttle_classes: Sequence[type[Any]] = (ApplicationThrottle,)
    renderer_classes = (JSONRenderer,)
    parser_classes = (StrictJSONParser,)
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    metadata_class = None
    versioning_class = None
    content_negotiation_class = OnlyJson
    schema: Any = ApiSchema()

    @property
    def caller(self) -> Caller:
        """Who calls; there is one in every handler."""
        return cast("Caller", self.request.auth)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Refuse as `authhub.api.errors` does."""
        return handle

    def get_throttles(self) -> list[Any]:
        """Keep the throttles that counted, for what the answer tells."""
        self._throttles = super().get_throttles()
        return self._throttles

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add what every answer carries: no caching, what is left of the rate, and the validator of a GET."""
        response["Cache-Control"] = "no-store"
        correlation = request.headers.get("X-Correlation-ID", "")
        if CORRELATION.fullmatch(correlation):
            response["X-Correlation-ID"] = correlation
        for throttle in getattr(self, "_throttles", []):
            throttle.tell(response)
        if request.method in (HTTPMethod.GET, HTTPMethod.HEAD) and response.status_code == 200:
            response["ETag"] = etag_of(response.data)
            if etag_matches(request, response["ETag"]):
                response.status_code, response.data = 304, None
        return super().finalize_response(request, response, *args, **kwargs)


class ManagementView(ApiView):
    """A view of the Management API v2."""

    @property
    def audience(self) -> str:  # type: ignore[override]
        """Its identifier, Auth0's way."""
        return management_api_identifier()
