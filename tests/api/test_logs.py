"""Events at the Management API…"""

from typing import Any

import pytest

from authhub.models import AuditEvent, AuditTag
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(api: Api) -> list[AuditEvent]:
    """Three: of a user with an application, of the user, and of nobody; the calling machine did the second."""
    user, application = factories.UserFactory(username="erin"), factories.ApplicationFactory(name="Timesheets")
    return [
        AuditEvent.record(AuditTag.CODE_EXCHANGED, user=user, application=application, subject="code"),
        AuditEvent.record(AuditTag.ROLE_ASSIGNED, user=user, actor=api.application, subject="Manager", reason="new"),
        AuditEvent.record(AuditTag.KEY_ROTATED, subject="kid", details={"algorithm": "RS256"}),
    ]


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["log_id"] for each in answer.json()]


def id_of(event: AuditEvent) -> str:
    return f"{event.pk:020}"


def test_are_shown_in_auth0_s_shape_with_who_did_it_and_why(api: Api, events: list[AuditEvent]) -> None:
    exchanged, assigned, rotated = (api.get(f"logs/{id_of(event)}").json() for event in events)

    assert {name: said for name, said in exchanged.items() if name != "date"} == {
        "log_id": id_of(events[0]),
        "_id": id_of(events[0]),
        "type": "seacft",
        "description": "code exchanged for tokens: code",
        "client_id": events[0].application.client_id,
        "client_name": "Timesheets",
        "user_id": subject_of(events[0].user),
        "user_name": "erin",
        "details": {"reason": "", "actor": None},
    }
    assert assigned["type"] == "role.assigned"  # Auth0 has no code for it
    assert assigned["details"]["actor"]["client_id"] == api.application.client_id
    assert (assigned["details"]["reason"], rotated["details"]["algorithm"]) == ("new", "RS256")
    assert [api.get(f"logs/{nowhere}").status_code for nowhere in ("9" * 20, "1", "x" * 20)] == [404] * 3


def test_are_listed_the_newest_first_or_after_a_checkpoint_the_oldest_first(api: Api, events: list[AuditEvent]) -> None:
    first, second, third = map(id_of, events)

    assert ids(api.get("logs?per_page=2")) == [third, second]
    assert ids(api.get("logs?sort=date:1&per_page=100"))[-3:] == [first, second, third]
    assert ids(api.get(f"logs?from={first}&take=1")) == [second]
    assert ids(api.get(f"logs?from={third}")) == []
    assert api.get("logs?include_totals=true&fields=type&per_page=1").json()["logs"] == [
        {"type": "signing_key.rotated"}
    ]
    for wrong in ("from=x", "sort=type:1", f"from={first}&page=0", "take=101"):
        assert api.get(f"logs?{wrong}").status_code == 400


def test_are_searched_by_what_they_are_whom_they_are_about_and_when(api: Api, events: list[AuditEvent]) -> None:
    first, second, third = map(id_of, events)
    subject, day = subject_of(events[0].user), events[0].happened_at.date().isoformat()
    found = {
        "type:seacft": [first],
        "type:role.*": [second],
        f'user_id:"{subject}"': [second, first],
        f"client_id:{events[0].application.client_id}": [first],
        "user_name:erin AND NOT type:seacft": [second],
        "type:(seacft OR signing_key.rotated)": [third, first],
        f"date:[{day} TO *] AND client_name:time*": [first],
        "date:[* TO 2001-01-01]": [],
        "manager": [second],
    }

    for query, expected in found.items():
        assert ids(api("GET", "logs?q=" + query.replace(" ", "%20").replace("|", "%7C"))) == expected, query
    assert ids(api.get("logs?search=type:seacft")) == [first]
    for wrong in ("password:x", "type:", "user_id:a*", "client_id:*", "date:yesterday", "(", "x" * 1001):
        assert api.get(f"logs?q={wrong}").status_code == 400, wrong


def test_of_one_user_are_listed(api: Api, events: list[AuditEvent]) -> None:
    subject = subject_of(events[0].user)

    assert ids(api.get(f"users/{subject}/logs")) == [id_of(events[1]), id_of(events[0])]
    assert api.get("users/auth0|0/logs").status_code == 404


def test_are_listed_in_as_many_queries_however_many_there_are(api: Api, django_assert_max_num_queries: Any) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            user = factories.UserFactory()
            AuditEvent.record(AuditTag.ROLE_ASSIGNED, user=user, actor=user, application=factories.ApplicationFactory())
        with django_assert_max_num_queries(100) as queries:
            assert len(ids(api.get("logs?per_page=100"))) >= more
        counts.append(len(queries))

    assert counts[0] == counts[1]
