"""The life of signing keys…"""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from authhub.encryption import UndecryptableError
from authhub.models import AuditEvent, AuditTag, KeyState, SigningAlgorithm, SigningKey
from authhub.oauth import key_lifecycle, key_material, signing_keys

pytestmark = pytest.mark.django_db


def states(algorithm="RS256"):
    return sorted(SigningKey.objects.filter(algorithm=algorithm).values_list("state", flat=True))


def key(state, algorithm="RS256"):
    return SigningKey.objects.get(algorithm=algorithm, state=state)


def test_begins_with_migrate():
    assert states() == ["current", "next"]
    assert states("ES256") == []


def test_making_first_keys_again_changes_nothing():
    before = list(SigningKey.objects.values_list("kid", "state"))

    signing_keys.make_first_keys(using="default")

    assert list(SigningKey.objects.values_list("kid", "state")) == before


def test_making_first_keys_loses_the_race_quietly(monkeypatch):
    SigningKey.objects.all().delete()
    create = key_lifecycle._create

    def another_process_is_faster(algorithm, state, pair):
        create(algorithm, state, key_lifecycle.make_key_pair(algorithm))
        create(algorithm, state, pair)

    monkeypatch.setattr(key_lifecycle, "_create", another_process_is_faster)

    signing_keys.make_first_keys(using="default")

    assert states() == []  # the savepoint took both; nothing is broken, and no error came out


def test_the_table_admits_one_current_key():
    pair = key_lifecycle.make_key_pair("RS256")

    with pytest.raises(IntegrityError):
        key_lifecycle._create("RS256", KeyState.CURRENT, pair)


def test_makes_no_keys_before_the_table_exists():
    class NoModels:
        def get_model(self, *names):
            raise LookupError

    SigningKey.objects.all().delete()

    signing_keys.make_first_keys(using="default", apps=NoModels())

    assert states() == []


def test_makes_no_keys_in_a_database_that_has_no_table(monkeypatch):
    SigningKey.objects.all().delete()
    monkeypatch.setattr(SigningKey._meta, "db_table", "elsewhere")

    signing_keys.make_first_keys(using="default")

    monkeypatch.undo()
    assert states() == []


def test_makes_no_keys_in_a_database_of_others(settings):
    settings.DATABASE_ROUTERS = ["tests.oauth.test_key_lifecycle.NotHere"]
    SigningKey.objects.all().delete()

    signing_keys.make_first_keys(using="default")

    assert states() == []


class NotHere:
    def allow_migrate(self, db, app_label, **hints):
        return False


@pytest.mark.parametrize("algorithm", SigningAlgorithm.values)
def test_rotation_moves_every_key_one_state_on(algorithm):
    key_lifecycle.make_missing_keys(algorithm)
    current, following = key("current", algorithm), key("next", algorithm)

    now_current = signing_keys.rotate(algorithm=algorithm, by=None, at_once=True)

    assert now_current == following
    assert key("previous", algorithm) == current
    assert key("current", algorithm) == following
    assert states(algorithm) == ["current", "next", "previous"]


def test_rotation_waits_until_others_have_seen_the_next_key():
    SigningKey.objects.filter(state="next").update(created_at=timezone.now() - timedelta(seconds=59))

    with pytest.raises(signing_keys.NextKeyTooYoungError, match="less than 60 seconds"):
        signing_keys.rotate(algorithm="RS256", by=None)

    SigningKey.objects.filter(state="next").update(created_at=timezone.now() - timedelta(seconds=61))
    signing_keys.rotate(algorithm="RS256", by=None)
    assert states() == ["current", "next", "previous"]


def test_rotation_is_recorded():
    signing_keys.rotate(algorithm="RS256", by=None, reason="yearly", at_once=True)

    event = AuditEvent.objects.get(tag=AuditTag.KEY_ROTATED)
    assert event.reason == "yearly"
    assert event.subject == key("current").kid
    assert "private" not in json.dumps(event.details)


def test_rotation_refuses_a_symmetric_algorithm():
    with pytest.raises(signing_keys.UnsupportedAlgorithmError, match="`HS256`"):
        signing_keys.rotate(algorithm="HS256", by=None)


def test_revoking_the_current_key_lets_the_next_one_sign():
    current, following = key("current"), key("next")

    now_current = signing_keys.revoke(key=current, by=None, reason="leaked")

    current.refresh_from_db()
    assert now_current == following
    assert (current.state, current.private_key) == (KeyState.REVOKED, "")
    assert current.revoked_at is not None
    assert states() == ["current", "next", "revoked"]
    assert AuditEvent.objects.get(tag=AuditTag.KEY_REVOKED).reason == "leaked"


def test_revoking_the_next_key_makes_another():
    current, following = key("current"), key("next")

    assert signing_keys.revoke(key=following, by=None) == current

    assert states() == ["current", "next", "revoked"]
    assert key("next") != following


def test_revoking_a_previous_key_leaves_the_others():
    previous = key("current")
    signing_keys.rotate(algorithm="RS256", by=None, at_once=True)
    current, following = key("current"), key("next")

    signing_keys.revoke(key=previous, by=None)

    assert (key("current"), key("next")) == (current, following)


def test_revoking_a_current_key_without_successor_makes_two():
    key("next").delete()

    signing_keys.revoke(key=key("current"), by=None)

    assert states() == ["current", "next", "revoked"]


def test_revoking_twice_is_an_error():
    current = key("current")
    signing_keys.revoke(key=current, by=None)

    with pytest.raises(signing_keys.AlreadyRevokedError, match=current.kid):
        signing_keys.revoke(key=current, by=None)


def test_private_keys_are_not_readable_at_rest():
    stored = json.dumps(list(SigningKey.objects.values_list("public_jwk", "private_key")))

    assert '"d"' not in stored
    assert "PRIVATE KEY" not in stored


def test_a_private_key_opens_only_under_its_own_id():
    one, other = key("current"), key("next")

    with pytest.raises(UndecryptableError):
        signing_keys.decrypt_private_jwk(one.kid, other.private_key)


def test_a_wrong_encryption_key_is_an_error_and_never_a_new_key(settings):
    key_material.read_private_key.cache_clear()
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["another"]}
    kids = set(SigningKey.objects.values_list("kid", flat=True))

    signing_keys.make_first_keys(using="default")
    with pytest.raises(UndecryptableError, match="no configured encryption key fits"):
        signing_keys.sign({}, algorithm="RS256", typ="JWT")

    assert set(signing_keys.undecryptable_kids()) == kids
    assert set(SigningKey.objects.values_list("kid", flat=True)) == kids
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["new", settings.SECRET_KEY]}
    assert signing_keys.undecryptable_kids() == []


def test_encrypting_anew_lets_the_old_encryption_key_go(settings):
    revoked = key("next")
    signing_keys.revoke(key=revoked, by=None)
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["new", settings.SECRET_KEY]}

    assert signing_keys.encrypt_anew() == 2

    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["new"]}
    key_material.read_private_key.cache_clear()
    assert signing_keys.sign({}, algorithm="RS256", typ="JWT")
