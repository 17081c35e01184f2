"""The JSON Web Key Set…"""

import pytest
from django.test import Client
from joserfc import jwk, jwt

from authhub.models import SigningKey
from authhub.oauth import signing_keys
from tests.protocol.relying_party import header_of

JWKS = "/.well-known/jwks.json"
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.mark.spec("RFC 7517", "5")
@pytest.mark.django_db
def test_has_public_members_and_distinct_ids_only():
    keys = Client().get(JWKS).json()["keys"]

    assert len({key["kid"] for key in keys}) == len(keys) == 2
    for key in keys:
        assert key["kty"] != "oct"
        assert key["use"] == "sig"
        assert not PRIVATE_MEMBERS & key.keys()
        assert jwk.RSAKey.import_key(key).public_key.key_size >= 2048


def test_verifies_every_token_that_was_issued(world):
    tokens = world.party("web", "employee").tokens("openid read:timesheets")
    keys = {key["kid"]: key for key in Client().get(JWKS).json()["keys"]}

    for token in (tokens["access_token"], tokens["id_token"]):
        key = jwk.RSAKey.import_key(keys[header_of(token)["kid"]])
        assert jwt.decode(token, key, algorithms=["RS256"]).claims["iss"]


def test_keeps_old_tokens_good_after_a_rotation(world, django_capture_on_commit_callbacks):
    party = world.party("web", "employee")
    old = party.tokens("openid read:timesheets")["access_token"]
    published_before = {key["kid"] for key in Client().get(JWKS).json()["keys"]}
    with django_capture_on_commit_callbacks(execute=True):
        signing_keys.rotate(algorithm="RS256", by=None, at_once=True)

    new = party.tokens("openid read:timesheets")["access_token"]

    assert header_of(new)["kid"] != header_of(old)["kid"]
    assert header_of(new)["kid"] in published_before
    for token in (old, new):
        assert Client().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_ends_the_tokens_of_a_revoked_key_at_once(world, django_capture_on_commit_callbacks):
    party = world.party("web", "employee")
    token = party.tokens("openid read:timesheets")["access_token"]
    key = SigningKey.objects.get(kid=header_of(token)["kid"])
    with django_capture_on_commit_callbacks(execute=True):
        signing_keys.revoke(key=key, by=None, reason="leaked")

    assert key.kid not in [published["kid"] for published in Client().get(JWKS).json()["keys"]]
    assert Client().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    renewed = party.tokens("openid read:timesheets")["access_token"]
    assert Client().get("/userinfo", headers={"Authorization": f"Bearer {renewed}"}).status_code == 200
