"""An API in the same project that asks for live permissions."""

from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from authhub.resource_server.authentication import AccessTokenAuthentication
from authhub.resource_server.permissions import RequiresScopes


class Timesheets(APIView):
    authentication_classes = [AccessTokenAuthentication]
    permission_classes = [RequiresScopes("read:timesheets")]

    def get(self, request):
        return Response({"sub": request.user.sub})


urlpatterns = [path("timesheets", Timesheets.as_view()), path("", include("authhub.urls"))]
