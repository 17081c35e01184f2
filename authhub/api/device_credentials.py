"""The devices on which somebody uses a native application: Auth0's device credentials (C.9)."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import UnknownIdError, not_found
from authhub.api.fields import FieldsQuery, shown
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, query_of
from authhub.api.preconditions import require_match
from authhub.api.refresh_tokens import REASON, RIGHTS, key_in
from authhub.api.rights import GuardedView
from authhub.models import ApplicationType, LoginSession, TokenFamily
from authhub.oauth.account import browser_in_words
from authhub.oauth.claims import subject_of, user_key_of
from authhub.oauth.families import lock_family, revoke_families
from authhub.oauth.offline_access import offline_families

PLAIN, ROTATING = "refresh_token", "rotating_refresh_token"


class DeviceCredentialOut(StrictSerializer):
    """A device as it is shown."""

    id = serializers.CharField()
    device_name = serializers.CharField(allow_blank=True, help_text="The browser in which the person signed in.")
    type = serializers.ChoiceField([PLAIN, ROTATING])
    user_id = serializers.CharField()
    client_id = serializers.CharField()


class DeviceCredentialsQuery(FieldsQuery, PageQuery):
    """Whose devices."""

    user_id = serializers.CharField(max_length=255, required=False)
    client_id = serializers.CharField(max_length=200, required=False)
    type = serializers.ChoiceField(["public_key", PLAIN, ROTATING], required=False)


class DeviceCredentialsView(GuardedView):
    """All devices. None is registered with a public key: there is nothing to create."""

    scopes = {"GET": ("read:device_credentials",)}
    rights = RIGHTS
    listing = "device_credentials"

    @extend_schema(parameters=[DeviceCredentialsQuery], responses=DeviceCredentialOut(many=True))
    def get(self, request: Request) -> Response:
        """List the native applications that hold a refresh token, and for whom."""
        query, devices = query_of(request, DeviceCredentialsQuery), _devices()
        if "user_id" in query:
            devices = devices.filter(user=user_key_of(query["user_id"]))
        if "client_id" in query:
            devices = devices.filter(application__client_id=query["client_id"])
        if "type" in query:
            # Those of a native application always rotate.
            devices = devices if query["type"] == ROTATING else devices.none()
        represent = shown(request, _device_data, DeviceCredentialsQuery)
        return page_of(request, devices.order_by("pk"), "device_credentials", represent, DeviceCredentialsQuery)


class DeviceCredentialView(GuardedView):
    """One device."""

    scopes = {"DELETE": ("delete:device_credentials",)}
    rights = RIGHTS

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, device_credential_id: str) -> Response:
        """End what the application may do there: its tokens are dead."""
        with suppress(UnknownIdError), transaction.atomic():
            key = key_in(device_credential_id)
            device = None if key is None or lock_family(pk=key) is None else _devices().filter(pk=key).first()
            if key is None or device is None:
                raise not_found("device_credential", device_credential_id)
            require_match(request, _device_data(device))
            revoke_families(TokenFamily.objects.filter(pk=key), reason=REASON, by=self.caller.actor)
        return Response(status=204)


def _device_data(family: Any) -> dict[str, Any]:
    return {
        "id": family.pk.hex,
        "device_name": browser_in_words(family.user_agent or ""),
        "type": ROTATING,
        "user_id": subject_of(family.user),
        "client_id": family.application.client_id,
    }


def _devices() -> QuerySet[Any, Any]:
    session = LoginSession.objects.filter(pk=OuterRef("session_id"))
    is_native = {"application__authhub_profile__application_type": ApplicationType.NATIVE}
    return offline_families(timezone.now()).filter(**is_native).annotate(user_agent=session.values("user_agent")[:1])
