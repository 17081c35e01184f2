"""The event log…"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from authhub.conf import conf
from authhub.models import AuditEvent, AuditTag

pytestmark = pytest.mark.django_db


def test_says_what_happened_to_whom_by_whom_and_why() -> None:
    admin = get_user_model().objects.create(username="admin")
    eve = get_user_model().objects.create(username="eve")

    event = AuditEvent.record(
        AuditTag.ROLE_ASSIGNED, actor=admin, user=eve, subject="Manager", reason="promoted", details={"role": "Manager"}
    )

    event.refresh_from_db()
    assert (event.tag, event.actor, event.user, event.application) == ("role.assigned", admin, eve, None)
    assert (event.subject, event.reason, event.details) == ("Manager", "promoted", {"role": "Manager"})
    assert timezone.now() - event.happened_at < timedelta(minutes=1)
    assert str(event) == "role assigned: Manager"


def test_costs_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        AuditEvent.record(AuditTag.RULE_TRACED)


def test_is_never_changed() -> None:
    event = AuditEvent.record(AuditTag.ROLE_ASSIGNED, reason="promoted")

    event.reason = "nothing happened"
    with pytest.raises(TypeError, match="never changed"):
        event.save()

    event.refresh_from_db()
    assert event.reason == "promoted"


def test_is_never_changed_after_it_was_read() -> None:
    AuditEvent.record(AuditTag.ROLE_ASSIGNED)

    with pytest.raises(TypeError, match="never changed"):
        AuditEvent.objects.get().save()


def test_is_never_deleted() -> None:
    event = AuditEvent.record(AuditTag.ROLE_ASSIGNED)

    with pytest.raises(TypeError, match="never deleted"):
        event.delete()

    assert AuditEvent.objects.count() == 1


def test_outlives_who_and_what_it_is_about() -> None:
    admin = get_user_model().objects.create(username="admin")
    application = apps.get_model(conf.application_model).objects.create(
        name="Timesheets", client_type="public", authorization_grant_type="authorization-code"
    )
    AuditEvent.record(
        AuditTag.SECRET_ROTATED, actor=admin, user=admin, application=application, subject=application.name
    )

    admin.delete()
    application.delete()

    event = AuditEvent.objects.get()
    assert (event.actor, event.user, event.application, event.subject) == (None, None, None, "Timesheets")


def test_cuts_what_is_too_long() -> None:
    event = AuditEvent.record(AuditTag.RULE_FAILED, subject="x" * 1000, reason="y" * 1000)

    event.refresh_from_db()
    assert (len(event.subject), len(event.reason)) == (300, 500)


def test_keeps_dates_and_ids_in_its_details() -> None:
    details = {"at": datetime(2026, 1, 2, tzinfo=UTC), "family": UUID(int=7)}

    event = AuditEvent.record(AuditTag.FAMILY_REVOKED, details=details)

    event.refresh_from_db()
    assert event.details == {"at": "2026-01-02T00:00:00Z", "family": "00000000-0000-0000-0000-000000000007"}


def test_shows_the_newest_first() -> None:
    for subject in "abc":
        AuditEvent.record(AuditTag.RULE_TRACED, subject=subject)

    assert [event.subject for event in AuditEvent.objects.all()] == ["c", "b", "a"]


def test_names_kinds_in_auth0s_codes_or_as_subject_and_action() -> None:
    """B-25."""
    assert all("." in tag or tag.replace("_", "").isalpha() for tag in AuditTag.values)
    assert len(set(AuditTag.values)) == len(AuditTag.values)
    assert all(len(tag) <= 50 for tag in AuditTag.values)
