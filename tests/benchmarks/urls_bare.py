"""URLs of the bare site."""

from django.urls import include, path
from oauth2_provider.contrib.rest_framework import OAuth2Authentication, TokenHasScope
from rest_framework.views import APIView

from tests.benchmarks.views import Answer


class Protected(Answer, APIView):
    authentication_classes = [OAuth2Authentication]
    permission_classes = [TokenHasScope]
    required_scopes = ["read"]


class Open(Answer, APIView):
    authentication_classes: list[type] = []
    permission_classes: list[type] = []


urlpatterns = [
    path("oauth/", include("oauth2_provider.urls")),
    path("protected", Protected.as_view()),
    path("open", Open.as_view()),
]
