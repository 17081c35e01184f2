"""Signing keys at the Management API…"""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.contrib.auth.models import Permission as DjangoPermission
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, KeyState, SigningKey
from authhub.oauth.signing_keys import make_missing_keys
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def old_keys(api: Api) -> None:
    """Keys that have been published long enough to be rotated; `api` has had its token signed."""
    make_missing_keys("RS256")
    make_missing_keys("ES256")
    SigningKey.objects.update(created_at=timezone.now() - timedelta(hours=1))


def test_are_listed_the_signing_ones_first_and_without_what_signs(api: Api) -> None:
    listed = api.get("keys/signing").json()

    assert [(key["current"], key["next"]) for key in listed] == [(True, False)] * 2 + [(False, True)] * 2
    assert {key["kid"] for key in listed} == set(SigningKey.objects.values_list("kid", flat=True))
    assert all(load_pem_public_key(key["cert"].encode()) for key in listed)
    assert "private" not in str(listed).lower()
    assert api.get(f"keys/signing/{listed[0]['kid']}").json() == listed[0]


def test_are_rotated_one_algorithm_at_a_time(api: Api) -> None:
    soon = {key.algorithm: key.kid for key in SigningKey.objects.filter(state=KeyState.NEXT)}

    rotated = api.post("keys/signing/rotate")
    again = api.post("keys/signing/rotate")
    other = api.post("keys/signing/rotate", {"alg": "ES256"})

    assert (rotated.status_code, again.status_code, other.status_code) == (201, 409, 201)
    assert {key.algorithm: key.kid for key in SigningKey.objects.filter(state=KeyState.CURRENT)} == soon
    assert rotated.json()["kid"] == SigningKey.objects.get(algorithm="RS256", state=KeyState.NEXT).kid
    assert AuditEvent.objects.filter(tag=AuditTag.KEY_ROTATED, actor_application=api.application).count() == 2
    assert api.post("keys/signing/rotate", {"alg": "none"}).status_code == 400


def test_are_revoked_once(api: Api) -> None:
    kid = SigningKey.objects.get(algorithm="ES256", state=KeyState.NEXT).kid

    assert api.put(f"keys/signing/{kid}/revoke").json()["kid"] == kid
    assert api.get(f"keys/signing/{kid}").json()["revoked"] is True
    assert api.put(f"keys/signing/{kid}/revoke").status_code == 409


def test_are_for_people_who_may_see_and_change_them_in_the_admin_too(api: Api, person: object) -> None:
    user = factories.UserFactory()
    caller = person(user, "read:signing_keys", "create:signing_keys")  # type: ignore[operator]
    assert [caller.get("keys/signing").status_code, caller.post("keys/signing/rotate").status_code] == [403, 403]

    user.user_permissions.add(DjangoPermission.objects.get(codename="view_signingkey"))

    assert [caller.get("keys/signing").status_code, caller.post("keys/signing/rotate").status_code] == [200, 403]
