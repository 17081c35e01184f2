"""Signing keys (C.9)."""

import hashlib
from typing import Any

from django.db.models import Case, IntegerField, Value, When
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.errors import ApiError, not_found, sentence
from authhub.api.moments import moment
from authhub.api.parsing import StrictSerializer, body_of
from authhub.api.rights import GuardedView
from authhub.models import KeyState, SigningAlgorithm, SigningKey
from authhub.oauth import signing_keys
from authhub.oauth.key_material import read_public_key

RIGHTS = {
    "GET": "authhub.view_signingkey",
    "POST": "authhub.change_signingkey",
    "PUT": "authhub.change_signingkey",
}


class RotationIn(StrictSerializer):
    """Which key to rotate."""

    alg = serializers.ChoiceField(SigningAlgorithm.choices, default=SigningAlgorithm.RS256)


class KeyNamed(StrictSerializer):
    """A key by its id and its public part: there are no certificates."""

    kid = serializers.CharField()
    cert = serializers.CharField(help_text="The public key (PEM, RFC 7468 §13).")


class SigningKeyOut(KeyNamed):
    """A key as it is shown."""

    alg = serializers.CharField()
    fingerprint = serializers.CharField(help_text="SHA-256 of the public key (DER), in hexadecimal digits.")
    thumbprint = serializers.CharField(help_text="RFC 7638.")
    current = serializers.BooleanField()
    next = serializers.BooleanField()
    previous = serializers.BooleanField()
    revoked = serializers.BooleanField()
    current_since = serializers.DateTimeField(allow_null=True)
    current_until = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


def signing_key_data(key: SigningKey) -> dict[str, Any]:
    """Return a key as it is shown."""
    public = read_public_key(key.algorithm, key.public_jwk)
    return {
        "kid": key.kid,
        "cert": public.as_pem(private=False).decode(),
        "alg": key.algorithm,
        "fingerprint": hashlib.sha256(public.as_der(private=False)).hexdigest(),
        "thumbprint": key.kid,
        "current": key.state == KeyState.CURRENT,
        "next": key.state == KeyState.NEXT,
        "previous": key.state == KeyState.PREVIOUS,
        "revoked": key.state == KeyState.REVOKED,
        "current_since": moment(key.activated_at),
        "current_until": moment(key.retired_at),
        "revoked_at": moment(key.revoked_at),
    }


class SigningKeysView(GuardedView):
    """All keys."""

    scopes = {"GET": ("read:signing_keys",)}
    rights = RIGHTS

    @extend_schema(responses=SigningKeyOut(many=True))
    def get(self, request: Request) -> Response:
        """List the keys that sign, that will, and that did, in this order."""
        order = [When(state=state, then=Value(place)) for place, state in enumerate(_ORDER)]
        keys = SigningKey.objects.annotate(place=Case(*order, output_field=IntegerField()))
        return Response([signing_key_data(key) for key in keys.order_by("place", "algorithm", "-created_at", "pk")])


class SigningKeyView(GuardedView):
    """One key."""

    scopes = {"GET": ("read:signing_keys",)}
    rights = RIGHTS

    @extend_schema(responses=SigningKeyOut)
    def get(self, request: Request, kid: str) -> Response:
        """Show it."""
        return Response(signing_key_data(_find(kid)))


class RotateSigningKeysView(GuardedView):
    """The key that signs."""

    scopes = {"POST": ("create:signing_keys",)}
    rights = RIGHTS

    @extend_schema(request=RotationIn, responses={201: KeyNamed})
    def post(self, request: Request) -> Response:
        """Sign with the next key from now on, and answer with the one that comes after it."""
        body = body_of(request, RotationIn) if request.data else {"alg": SigningAlgorithm.RS256}
        try:
            signing_keys.rotate(algorithm=body["alg"], by=self.caller.actor)
        except signing_keys.NextKeyTooYoungError as error:
            raise ApiError(409, "next_key_too_young", sentence(error)) from error
        return Response(_named(SigningKey.objects.get(algorithm=body["alg"], state=KeyState.NEXT)), status=201)


class RevokeSigningKeyView(GuardedView):
    """One key."""

    scopes = {"PUT": ("update:signing_keys",)}
    rights = RIGHTS

    @extend_schema(request=None, responses=KeyNamed)
    def put(self, request: Request, kid: str) -> Response:
        """Refuse it from now on, with every token that it signed."""
        key = _find(kid)
        try:
            signing_keys.revoke(key=key, by=self.caller.actor)
        except signing_keys.AlreadyRevokedError as error:
            raise ApiError(409, "conflict", sentence(error)) from error
        return Response(_named(key))


_ORDER = (KeyState.CURRENT, KeyState.NEXT, KeyState.PREVIOUS, KeyState.REVOKED)


def _find(kid: str) -> SigningKey:
    key = SigningKey.objects.filter(kid=kid).first() if kid.isprintable() else None
    if key is None:
        raise not_found("signing_key", kid)
    return key


def _named(key: SigningKey) -> dict[str, Any]:
    shown = signing_key_data(key)
    return {"kid": shown["kid"], "cert": shown["cert"]}
