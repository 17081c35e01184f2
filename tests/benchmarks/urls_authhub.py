"""URLs of authhub's site."""

from django.urls import include, path
from rest_framework.views import APIView

from authhub.resource_server.authentication import AccessTokenAuthentication
from authhub.resource_server.permissions import RequiresScopes
from tests.benchmarks.views import Answer


class Protected(Answer, APIView):
    authentication_classes = [AccessTokenAuthentication]
    permission_classes = [RequiresScopes("read")]


class Open(Answer, APIView):
    authentication_classes: list[type] = []
    permission_classes: list[type] = []


urlpatterns = [
    path("protected", Protected.as_view()),
    path("open", Open.as_view()),
    path("", include("authhub.urls")),
]
