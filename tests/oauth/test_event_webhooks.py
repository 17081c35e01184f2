"""A webhook…"""

import base64
import hashlib
import hmac
import json
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, EventWebhook, GroupMembership, Role, WebhookDelivery
from authhub.oauth import event_webhooks, outbox, webhook_tasks
from authhub.oauth.administration import delete_application
from authhub.oauth.outgoing_requests import OutgoingRequestError
from authhub.rbac import administration
from authhub.rbac.bulk_changes import BulkChanges
from authhub.rbac.changes import read_changes
from authhub.rbac.revisions import now, roll_back
from authhub.rbac.simulation import simulate
from tests.factories import (
    ApplicationFactory,
    ClientGrantFactory,
    EventWebhookFactory,
    GroupFactory,
    RoleAssignmentFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SECRET = "whsec_" + base64.b64encode(b"0" * 32).decode()


class Receiver:
    """Takes what is posted, and answers."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answers: Any = 204

    def __call__(self, url: str, body: bytes, *, content_type: str, headers: dict[str, str]) -> int:
        timestamp, signed = headers["webhook-timestamp"], headers["webhook-signature"]
        content = f"{headers['webhook-id']}.{timestamp}.".encode() + body
        mac = base64.b64encode(hmac.new(b"0" * 32, content, hashlib.sha256).digest()).decode()
        assert signed == f"v1,{mac}"
        assert abs(int(timestamp) - timezone.now().timestamp()) < 60
        assert content_type == "application/json"
        self.received.append((url, headers, json.loads(body)))
        if isinstance(self.answers, Exception):
            raise self.answers
        return int(self.answers)


@pytest.fixture
def receiver(monkeypatch: Any) -> Receiver:
    receiver = Receiver()
    monkeypatch.setattr(event_webhooks, "post", receiver)
    return receiver


def deliver() -> str:
    output = StringIO()
    call_command("authhub_deliver_webhooks", stdout=output)
    return output.getvalue()


def webhook(**given: Any) -> EventWebhook:
    made: EventWebhook = EventWebhookFactory(secret=event_webhooks.seal(SECRET), **given)
    return made


def test_is_told_of_a_change_with_what_was_before_and_after(receiver: Receiver) -> None:
    webhook(url="https://hooks.example.com/access")
    boss = UserFactory(username="boss", is_superuser=True)

    role = administration.create_record(Role(name="Manager"), by=boss, reason="new team")

    assert deliver() == "Tried to deliver 1 events.\n"
    [(url, headers, body)] = receiver.received
    event = AuditEvent.objects.get()
    assert (url, headers["webhook-id"]) == ("https://hooks.example.com/access", f"evt_{event.pk}")
    assert (body["id"], body["type"]) == (f"evt_{event.pk}", "record.created")
    assert body["data"]["actor"]["name"] == "boss"
    assert (body["data"]["model"], body["data"]["record_id"]) == ("authhub.Role", str(role.pk))
    assert (body["data"]["before"], body["data"]["after"]["name"]) == (None, "Manager")
    assert WebhookDelivery.objects.get().delivered_at is not None


def test_is_told_only_of_the_events_it_wants(receiver: Receiver) -> None:
    webhook(event_types=["role.assigned"]), webhook(is_active=False)

    administration.assign_role(role=RoleFactory(), user=UserFactory(), by=None)
    administration.create_record(Role(name="Manager"), by=None)
    deliver()

    assert [body["type"] for _url, _headers, body in receiver.received] == ["role.assigned"]


def test_is_told_of_access_that_ended_with_an_account_and_of_a_rollback(receiver: Receiver) -> None:
    webhook(event_types=["access.ended_with_account", "access.rolled_back"])
    RoleAssignmentFactory(user__username="ann").user.delete()
    start = now()
    administration.create_record(Role(name="Manager"), by=None)
    roll_back(to=start, by=None)

    deliver()

    assert [body["type"] for _url, _headers, body in receiver.received] == [
        "access.ended_with_account",
        "access.rolled_back",
    ]
    assert receiver.received[0][2]["data"]["with_it"] == {"authhub.RoleAssignment": 1}


def test_is_told_of_access_that_ended_with_an_application(receiver: Receiver) -> None:
    webhook()
    with_access, without = ClientGrantFactory().application, ApplicationFactory()

    for application in (with_access, without):
        delete_application(application=application, by=None)
    deliver()

    [(_url, _headers, body)] = receiver.received
    assert (body["type"], body["data"]["subject"]) == ("application.deleted", str(with_access))
    assert body["data"]["with_it"] == {"authhub.ClientGrant": 1}


def test_is_told_of_each_of_many_changes_made_at_once(
    receiver: Receiver, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    begun: list[int] = []
    monkeypatch.setattr(webhook_tasks, "start", lambda _task, keys, _then: begun.extend(keys))
    webhook(event_types=["group.member_added"])
    group, users = GroupFactory(), UserFactory.create_batch(3)

    with django_capture_on_commit_callbacks(execute=True):
        changes = BulkChanges(by=None, reason="import")
        changes.create([GroupMembership(group=group, user=user) for user in users], AuditTag.GROUP_MEMBER_ADDED)

    assert begun == list(WebhookDelivery.objects.order_by("pk").values_list("pk", flat=True))
    deliver()
    assert [body["data"]["after"]["user"]["name"] for _url, _headers, body in receiver.received] == [
        str(user) for user in users
    ]


def test_is_told_nothing_of_what_is_only_tried(receiver: Receiver) -> None:
    webhook()

    simulate(read_changes([{"change": "create_role", "name": "Manager"}]), by=None)

    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("answers", [500, 302, OutgoingRequestError("no connection")])
def test_is_told_again_later_with_the_same_id(receiver: Receiver, answers: Any, monkeypatch: Any) -> None:
    webhook()
    administration.create_record(Role(name="Manager"), by=None)
    receiver.answers = answers
    deliver()
    assert deliver() == "Tried to deliver 0 events.\n"

    WebhookDelivery.objects.update(next_attempt_at=timezone.now())
    receiver.answers = 200
    deliver()

    assert len({headers["webhook-id"] for _url, headers, _body in receiver.received}) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.attempts, delivery.error, delivery.next_attempt_at) == (2, "", None)
    assert not AuditEvent.objects.filter(tag=AuditTag.WEBHOOK_FAILED).exists()


def test_is_given_up_at_last_and_that_is_an_event(receiver: Receiver) -> None:
    webhook(name="Audit")
    administration.create_record(Role(name="Manager"), by=None)
    receiver.answers = 500

    for _ in range(len(outbox.PAUSES_SECONDS) + 2):
        WebhookDelivery.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
        deliver()

    assert len(receiver.received) == len(outbox.PAUSES_SECONDS) + 1
    event = AuditEvent.objects.get(tag=AuditTag.WEBHOOK_FAILED)
    assert (event.subject, event.reason) == ("Audit", "it answered 500")


def test_is_told_once_when_two_are_at_it(receiver: Receiver) -> None:
    webhook()
    administration.create_record(Role(name="Manager"), by=None)
    [key] = WebhookDelivery.objects.values_list("pk", flat=True)

    for _ in range(2):
        event_webhooks.OUTBOX.deliver(key)

    assert len(receiver.received) == 1
    assert event_webhooks.OUTBOX.deliver(0) is None


def test_that_was_switched_off_or_cannot_sign_is_sent_nothing(receiver: Receiver) -> None:
    one, other = webhook(), webhook()
    administration.create_record(Role(name="Manager"), by=None)
    EventWebhook.objects.filter(pk=one.pk).update(is_active=False)
    EventWebhook.objects.filter(pk=other.pk).update(secret="of another key")

    deliver()

    assert not receiver.received
    errors = WebhookDelivery.objects.order_by("webhook").values_list("error", flat=True)
    assert list(errors) == [
        "the webhook is switched off",
        "no configured encryption key fits this event-webhook",
    ]


def test_is_told_after_the_commit_without_a_job(
    receiver: Receiver, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    started: list[list[int]] = []
    monkeypatch.setattr(webhook_tasks, "start", lambda _task, keys, _then: started.append(list(keys)))
    webhook()

    with django_capture_on_commit_callbacks(execute=True):
        administration.create_record(Role(name="Manager"), by=None)

    assert started == [list(WebhookDelivery.objects.values_list("pk", flat=True))]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://hooks.example.com/"},
        {"url": "https://user:password@hooks.example.com/"},
        {"url": "ftp://hooks.example.com/"},
        {"event_types": ["role.conjured"]},
        {"event_types": {"role.assigned": 1}},
        {"event_types": [["role.assigned"]]},
    ],
)
def test_is_refused_with_a_wrong_address_or_event(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        EventWebhookFactory.build(**wrong).full_clean()


def test_keeps_its_secret_encrypted_under_the_newest_key(settings: Any, receiver: Receiver) -> None:
    made = webhook()
    assert SECRET not in made.secret
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["new-key" * 8, settings.SECRET_KEY]}
    assert event_webhooks.encrypt_anew() == 1

    assert EventWebhook.objects.get().secret != made.secret
    administration.create_record(Role(name="Manager"), by=None)
    deliver()
    assert len(receiver.received) == 1
