"""The command that rotates keys…"""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, KeyState, SigningKey

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("authhub_rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def key(state, algorithm="RS256"):
    return SigningKey.objects.get(state=state, algorithm=algorithm)


@pytest.fixture
def published():
    """Keys that have been published long enough."""
    SigningKey.objects.update(created_at=timezone.now() - timedelta(hours=1))


def test_lists_and_changes_nothing(published):
    said = run("--list")

    assert f"RS256    current   {key('current').kid}" in said
    assert f"RS256    next      {key('next').kid}" in said
    assert SigningKey.objects.count() == 2


def test_lists_for_machines_without_private_parts(published):
    listed = json.loads(run("--list", "--format", "json"))

    assert [row["state"] for row in listed] == ["current", "next"]
    assert listed[0].keys() == {"kid", "algorithm", "state", "created_at", "activated_at", "retired_at", "revoked_at"}
    assert listed[1]["activated_at"] is None


def test_rotates(published):
    following = key("next")

    said = run("--reason", "yearly")

    assert key("current") == following
    assert f"Signing with {following.kid} now." in said
    assert AuditEvent.objects.get(tag=AuditTag.KEY_ROTATED).reason == "yearly"


def test_says_nothing_but_data_when_asked_for_it(published):
    assert [row["state"] for row in json.loads(run("--format", "json"))] == ["previous", "current", "next"]


def test_rotates_an_algorithm_that_had_no_keys():
    run("--algorithm", "ES256", "--at-once")

    assert {row.state for row in SigningKey.objects.filter(algorithm="ES256")} == {"current", "next", "previous"}


def test_waits_until_the_next_key_was_published_for_a_while():
    SigningKey.objects.update(created_at=timezone.now())  # `migrate` made them when this test run began

    with pytest.raises(CommandError, match=r"less than 60 seconds.*--at-once"):
        run()

    run("--at-once")
    assert key("previous")


def test_tries_a_rotation_dry():
    assert key("next").kid in run("--dry-run")
    assert "a new key" in run("--dry-run", "--algorithm", "Ed25519")
    assert SigningKey.objects.count() == 2


def test_revokes():
    current, following = key("current"), key("next")

    said = run("--revoke", current.kid, "--reason", "laptop stolen")

    assert f"Refusing {current.kid}; signing with {following.kid}." in said
    assert key("revoked") == current
    assert AuditEvent.objects.get(tag=AuditTag.KEY_REVOKED).reason == "laptop stolen"


def test_tries_a_revocation_dry():
    assert "Would refuse" in run("--revoke", key("current").kid, "--dry-run")
    assert not SigningKey.objects.filter(state=KeyState.REVOKED).exists()


def test_refuses_to_revoke_what_is_not_there_or_is_revoked():
    kid = key("current").kid
    run("--revoke", kid)

    for named, because in (("nothing", "there is no key `nothing`"), (kid, "is revoked already")):
        with pytest.raises(CommandError, match=because):
            run("--revoke", named)
