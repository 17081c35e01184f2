"""The Timesheets API: what each request needs is one line, and whose entries they are, the token says."""

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authhub.resource_server.authentication import AccessTokenAuthentication
from authhub.resource_server.permissions import RequiresScopes, RequiresScopesByMethod
from authhub.resource_server.tokens import VerifiedToken
from authhub_site.authhub_rules import EMAIL_CLAIM
from authhub_site.timesheets.models import Timesheet
from authhub_site.timesheets.serializers import TimesheetSerializer, UploadedTimesheetSerializer


class TimesheetView(APIView):
    """What all views of this API share: only access tokens count, no session and no password."""

    authentication_classes = [AccessTokenAuthentication]

    def email(self) -> str:
        """
        Return whose token it is.

        Raises:
            PermissionDenied: it is nobody's; a machine has no timesheets of its own.
        """
        token = self.request.auth
        email = token.claims.get(EMAIL_CLAIM) if isinstance(token, VerifiedToken) else None
        if not isinstance(email, str) or not email:
            raise PermissionDenied("the token does not say whose timesheets are meant")
        return email


class TimesheetList(TimesheetView):
    """A person's own timesheets."""

    permission_classes = [RequiresScopesByMethod(GET="read:timesheets", POST="create:timesheets")]
    serializer_class = TimesheetSerializer

    def get(self, request: Request) -> Response:
        """List them, newest day first."""
        return Response(TimesheetSerializer(Timesheet.objects.filter(user_id=self.email()), many=True).data)

    def post(self, request: Request) -> Response:
        """Enter hours; they wait for approval, whatever the request says."""
        serializer = TimesheetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save(user_id=self.email(), approved=False)
        return Response(serializer.data, status=status.HTTP_201_CREATED)


class TimesheetDetail(TimesheetView):
    """One of a person's own timesheets; somebody else's is as unknown as one that does not exist."""

    permission_classes = [RequiresScopesByMethod(DELETE="delete:timesheets")]
    serializer_class = TimesheetSerializer

    def delete(self, request: Request, pk: int) -> Response:
        """Delete it."""
        deleted, _per_model = Timesheet.objects.filter(pk=pk, user_id=self.email()).delete()
        if not deleted:
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


class ApprovalList(TimesheetView):
    """Everybody's timesheets that wait for approval."""

    permission_classes = [RequiresScopes("approve:timesheets")]
    serializer_class = TimesheetSerializer

    def get(self, request: Request) -> Response:
        """List them, newest day first."""
        return Response(TimesheetSerializer(Timesheet.objects.filter(approved=False), many=True).data)


class ApprovalDetail(TimesheetView):
    """One timesheet, to approve."""

    permission_classes = [RequiresScopes("approve:timesheets")]
    serializer_class = TimesheetSerializer

    def put(self, request: Request, pk: int) -> Response:
        """Approve it; once more does no harm."""
        if not Timesheet.objects.filter(pk=pk).update(approved=True):
            raise Http404
        return Response(TimesheetSerializer(Timesheet.objects.get(pk=pk)).data)


class TimesheetUpload(TimesheetView):
    """The import job's door: entries for any employee."""

    permission_classes = [RequiresScopes("batch:upload")]
    serializer_class = UploadedTimesheetSerializer

    def post(self, request: Request) -> Response:
        """Enter hours for the employee that the request names."""
        serializer = UploadedTimesheetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save(approved=False)
        return Response(serializer.data, status=status.HTTP_201_CREATED)
