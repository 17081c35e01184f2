"""Refresh tokens: the authorizations that hold one (C.9). The tokens themselves are kept as hashes and never shown."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import UnknownIdError, invalid_body, not_found
from authhub.api.fields import FieldsQuery, shown
from authhub.api.moments import moment
from authhub.api.paging import PageQuery, page_of
from authhub.api.parsing import StrictSerializer, body_of, query_of
from authhub.api.preconditions import require_match
from authhub.api.rights import GuardedView
from authhub.models import TokenFamily
from authhub.oauth.claims import subject_of, user_key_of
from authhub.oauth.families import lock_family, revoke_families
from authhub.oauth.offline_access import offline_families

IDS_MAX = 100
METADATA_MAX = 25
RIGHTS = {
    "GET": "authhub.view_tokenfamily",
    "POST": "authhub.change_tokenfamily",
    "PATCH": "authhub.change_tokenfamily",
    "DELETE": "authhub.change_tokenfamily",
}
REASON = "revoked by the Management API"


def metadata_field() -> serializers.DictField:
    """Return the field of metadata: at most 25 texts of 255 characters, by names as long (C.9)."""
    text = serializers.CharField(max_length=255, allow_blank=True)
    return serializers.DictField(child=text, allow_null=True, validators=[_check_metadata])


def _check_metadata(metadata: dict[str, str] | None) -> None:
    if metadata is not None and (len(metadata) > METADATA_MAX or any(len(name) > 255 for name in metadata)):
        raise serializers.ValidationError(f"At most {METADATA_MAX} names of at most 255 characters.")


class RefreshTokenIn(StrictSerializer):
    """What may be changed of a refresh token."""

    refresh_token_metadata = metadata_field()


class GrantedAt(StrictSerializer):
    """What it is good for."""

    audience = serializers.CharField()
    scopes = serializers.CharField()


class RefreshTokenOut(StrictSerializer):
    """A refresh token as it is shown."""

    id = serializers.CharField()
    user_id = serializers.CharField()
    client_id = serializers.CharField()
    session_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    idle_expires_at = serializers.DateTimeField(allow_null=True)
    last_exchanged_at = serializers.DateTimeField()
    rotating = serializers.BooleanField()
    resource_servers = GrantedAt(many=True)
    refresh_token_metadata = serializers.DictField()


class RefreshTokensQuery(FieldsQuery, PageQuery):
    """Whose refresh tokens."""

    user_id = serializers.CharField(max_length=255)
    client_id = serializers.CharField(max_length=200, required=False)


class Revocation(StrictSerializer):
    """Which to revoke: those of `ids`, or those of a user, with one application, at one API."""

    ids = serializers.ListField(child=serializers.CharField(max_length=64), required=False, max_length=IDS_MAX)
    user_id = serializers.CharField(max_length=255, required=False)
    client_id = serializers.CharField(max_length=200, required=False)
    audience = serializers.CharField(max_length=600, required=False)


def refresh_token_data(family: Any) -> dict[str, Any]:
    """Return a refresh token as it is shown; `family` is one of `offline_families`."""
    profile, api = family.application.authhub_profile, family.resource_server
    idle = timedelta(seconds=profile.refresh_token_idle_lifetime_seconds)
    expires = profile.refresh_tokens_expire
    return {
        "id": family.pk.hex,
        "user_id": subject_of(family.user),
        "client_id": family.application.client_id,
        "session_id": family.session_id or None,
        "created_at": moment(family.created_at),
        "expires_at": moment(family.expires_at) if expires else None,
        "idle_expires_at": moment(family.used_at + idle) if expires else None,
        "last_exchanged_at": moment(family.used_at),
        "rotating": profile.rotates_refresh_tokens,
        "resource_servers": [] if api is None else [{"audience": api.identifier, "scopes": family.scopes}],
        "refresh_token_metadata": family.metadata,
    }


def find_refresh_token(public_id: str) -> Any:
    """
    Return the authorization of an id, living and with a refresh token.

    Raises:
        ApiError: 404, there is none.
    """
    key = key_in(public_id)
    found = None if key is None else offline_families(timezone.now()).filter(pk=key).first()
    if found is None:
        raise not_found("refresh_token", public_id)
    return found


class RefreshTokensView(GuardedView):
    """Refresh tokens of a user."""

    scopes = {"GET": ("read:refresh_tokens",)}
    rights = RIGHTS
    listing = "refresh_tokens"
    is_wrapped = True

    @extend_schema(parameters=[RefreshTokensQuery], responses=RefreshTokenOut(many=True))
    def get(self, request: Request) -> Response:
        """List those of a user, with one application if one is named."""
        represent, query = shown(request, refresh_token_data, RefreshTokensQuery), query_of(request, RefreshTokensQuery)
        families = offline_families(timezone.now()).filter(user=user_key_of(query["user_id"]))
        if "client_id" in query:
            families = families.filter(application__client_id=query["client_id"])
        return page_of(request, families, "refresh_tokens", represent, RefreshTokensQuery, is_wrapped=True)


class RefreshTokenView(GuardedView):
    """One refresh token."""

    scopes = {
        "GET": ("read:refresh_tokens",),
        "PATCH": ("update:refresh_tokens",),
        "DELETE": ("delete:refresh_tokens",),
    }
    rights = RIGHTS

    @extend_schema(responses=RefreshTokenOut)
    def get(self, request: Request, refresh_token_id: str) -> Response:
        """Show it."""
        return Response(refresh_token_data(find_refresh_token(refresh_token_id)))

    @extend_schema(request=RefreshTokenIn, responses=RefreshTokenOut)
    def patch(self, request: Request, refresh_token_id: str) -> Response:
        """Set its metadata; null or an empty object takes all away."""
        body = body_of(request, RefreshTokenIn)
        with transaction.atomic():
            family = _locked(refresh_token_id)
            require_match(request, refresh_token_data(family))
            family.metadata = body["refresh_token_metadata"] or {}
            family.save(update_fields=["metadata"])
        return Response(refresh_token_data(family))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, refresh_token_id: str) -> Response:
        """End the authorization: its refresh token and its access tokens are dead."""
        with suppress(UnknownIdError), transaction.atomic():
            family = _locked(refresh_token_id)
            require_match(request, refresh_token_data(family))
            revoke_families(TokenFamily.objects.filter(pk=family.pk), reason=REASON, by=self.caller.actor)
        return Response(status=204)


class RevokeRefreshTokensView(GuardedView):
    """Many refresh tokens."""

    scopes = {"POST": ("delete:refresh_tokens",)}
    rights = RIGHTS

    @extend_schema(request=Revocation, responses={202: None})
    def post(self, request: Request) -> Response:
        """Revoke those that the body names; what has ended already is no error."""
        families = _named(body_of(request, Revocation))
        revoke_families(families, reason=REASON, by=self.caller.actor)
        return Response(status=202)


def _named(body: dict[str, Any]) -> QuerySet[TokenFamily, TokenFamily]:
    """
    Return the authorizations that a revocation names.

    Raises:
        ApiError: 400, it names none, or by two ways at once.
    """
    if ("ids" in body) == ("user_id" in body) or ("ids" in body and len(body) > 1):
        raise invalid_body("Either ids, or user_id, to which client_id and then audience may be added.")
    if "audience" in body and "client_id" not in body:
        raise invalid_body("audience: Only together with client_id.")
    holding = TokenFamily.objects.filter(pk__in=offline_families(timezone.now()).order_by().values("pk"))
    if "ids" in body:
        return holding.filter(pk__in=[key for key in map(key_in, body["ids"]) if key is not None])
    names = {"client_id": "application__client_id", "audience": "resource_server__identifier"}
    said = {column: body[name] for name, column in names.items() if name in body}
    return holding.filter(user=user_key_of(body["user_id"]), **said)


def _locked(public_id: str) -> Any:
    found = find_refresh_token(public_id)
    lock_family(pk=found.pk)
    return find_refresh_token(public_id)


def key_in(public_id: str) -> UUID | None:
    """Return the key of the authorization that an id names, or None if it is no such id."""
    try:
        return UUID(hex=public_id) if len(public_id) == 32 else None
    except ValueError:
        return None
