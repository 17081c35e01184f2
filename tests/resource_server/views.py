"""The Timesheets API, in miniature, for the tests."""

from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authhub.resource_server.authentication import AccessTokenAuthentication
from authhub.resource_server.permissions import (
    RequiresAnyScope,
    RequiresPermissions,
    RequiresScopes,
    RequiresScopesByMethod,
)

REPORTS = "urn:exampleco:reports"


class Timesheets(APIView):
    """Needs one scope, and tells who is asking."""

    authentication_classes = [AccessTokenAuthentication]
    permission_classes = [RequiresScopes("read:timesheets")]

    def get(self, request: Request) -> Response:
        """Return who asks."""
        return Response(
            {"sub": getattr(request.user, "sub", None), "scopes": sorted(getattr(request.auth, "scopes", ()))}
        )


class Public(Timesheets):
    """Needs nothing."""

    permission_classes = [AllowAny]


class Approvals(Timesheets):
    """Needs two scopes."""

    permission_classes = [RequiresScopes("read:timesheets", "approve:timesheets")]


class Either(Timesheets):
    """Needs one of two scopes."""

    permission_classes = [RequiresAnyScope("approve:timesheets", "read:timesheets")]


class ByMethod(Timesheets):
    """Needs a scope that depends on the method."""

    permission_classes = [RequiresScopesByMethod(GET="read:timesheets", post=["create:timesheets"])]

    def post(self, request: Request) -> Response:
        """Create nothing."""
        return Response(status=201)

    delete = Timesheets.get


class Claimed(Timesheets):
    """Needs a value of the `permissions` claim."""

    permission_classes = [RequiresPermissions("approve:timesheets")]


class Composed(Timesheets):
    """Open to administrators and to a scope."""

    permission_classes = [(IsAdminUser | RequiresScopes("batch:upload")) | RequiresScopes("read:timesheets")]


class Both(Timesheets):
    """Needs two permission classes at once."""

    permission_classes = [RequiresScopes("read:timesheets") & RequiresAnyScope("a:x", "b:x")]


class Reports(Timesheets):
    """Another API of the same project, named by the view."""

    resource_server_audience = REPORTS


class MoreReports(Timesheets):
    """Another API of the same project, named by the authentication class."""

    authentication_classes = [AccessTokenAuthentication.for_audience(REPORTS)]
