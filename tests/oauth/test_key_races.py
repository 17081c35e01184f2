"""Signing keys, when several processes change them at once…"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from authhub.models import KeyState, SigningKey
from authhub.oauth import signing_keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

PROCESSES = 4


def at_once(act):
    """Do `act` in several threads, each with its own connection, and return what came of it."""
    start = threading.Barrier(PROCESSES)

    def one(_):
        start.wait()
        try:
            return act()
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(one, range(PROCESSES)))


def states(algorithm="RS256"):
    return sorted(SigningKey.objects.filter(algorithm=algorithm).values_list("state", flat=True))


def test_are_made_once():
    SigningKey.objects.all().delete()

    assert at_once(lambda: signing_keys.make_first_keys(using="default")) == [None] * PROCESSES

    assert states() == ["current", "next"]


def test_are_made_once_on_demand():
    tokens = at_once(lambda: signing_keys.sign({}, algorithm="ES256", typ="JWT"))

    assert states("ES256") == ["current", "next"]
    assert len({token.split(".")[0] for token in tokens}) == 1


def test_rotate_one_after_the_other():
    rotated = at_once(lambda: signing_keys.rotate(algorithm="ES256", by=None, at_once=True))

    assert len({key.kid for key in rotated}) == PROCESSES
    assert states("ES256") == ["current", "next"] + ["previous"] * PROCESSES


def test_are_revoked_once():
    key = SigningKey.objects.get(state=KeyState.CURRENT)

    outcomes = at_once(lambda: signing_keys.revoke(key=key, by=None))

    refused = [outcome for outcome in outcomes if isinstance(outcome, signing_keys.AlreadyRevokedError)]
    assert len(refused) == PROCESSES - 1
    assert states() == ["current", "next", "revoked"]


def test_keep_verifying_while_they_rotate():
    token_claims = {"iss": signing_keys.conf.issuer, "exp": 4_000_000_000}
    token = signing_keys.sign(token_claims, algorithm="ES256", typ="JWT")
    turns = iter(range(PROCESSES))

    def act():
        if next(turns) == 0:
            for _ in range(3):
                signing_keys.rotate(algorithm="ES256", by=None, at_once=True)
            return 0
        for _ in range(30):
            signing_keys.verify(token, types=frozenset({"JWT"}))
            new = signing_keys.sign(token_claims, algorithm="ES256", typ="JWT")
            signing_keys.verify(new, types=frozenset({"JWT"}))
        return 0

    assert at_once(act) == [0] * PROCESSES
