"""The Timesheets API (`auth0.md` A.0, M-19, M-23, M-28)..."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from authhub_site.timesheets.models import Timesheet
from tests.authhub_site.conftest import EMPLOYEE, Bearer

MANAGER = "manager@exampleco.com"
ENTRY = {"date": "2026-11-20", "project": "StoreZero", "hours": 5}


def timesheet(**values: Any) -> Timesheet:
    """Store an entry of the employee."""
    return Timesheet.objects.create(**{"user_id": EMPLOYEE, **ENTRY, **values})


def test_lists_ones_own_entries_only(bearer: Bearer) -> None:
    own = timesheet()
    timesheet(user_id=MANAGER)

    answer = bearer("read:timesheets").get("/api/timesheets")

    assert answer.status_code == 200
    assert answer.json() == [{"id": own.pk, "user_id": EMPLOYEE, **ENTRY, "hours": 5.0, "approved": False}]


def test_lists_the_newest_day_first(bearer: Bearer) -> None:
    timesheet(date="2026-11-18")
    timesheet(date="2026-11-20")
    timesheet(date="2026-11-19")

    days = [entry["date"] for entry in bearer("read:timesheets").get("/api/timesheets").json()]

    assert days == ["2026-11-20", "2026-11-19", "2026-11-18"]


def test_creates_an_entry_of_the_tokens_person(bearer: Bearer) -> None:
    sent = {**ENTRY, "user_id": MANAGER, "approved": True, "id": 99}

    answer = bearer("create:timesheets").post("/api/timesheets", sent, format="json")

    assert answer.status_code == 201
    assert answer.json()["user_id"] == EMPLOYEE
    assert answer.json()["approved"] is False
    assert Timesheet.objects.get().user_id == EMPLOYEE


def test_takes_the_day_of_a_timestamp(bearer: Bearer) -> None:
    sent = {**ENTRY, "date": "2017-05-10T17:40:20.095Z"}

    answer = bearer("create:timesheets").post("/api/timesheets", sent, format="json")

    assert answer.json()["date"] == "2017-05-10"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hours", 0),
        ("hours", 24.25),
        ("hours", "many"),
        ("hours", "NaN"),
        ("hours", None),
        ("date", "2026-02-30"),
        ("date", "2026-02-30T10:00:00Z"),
        ("date", "Today"),
        ("date", 20261120),
        ("date", []),
        ("project", ""),
        ("project", "x" * 101),
        ("project", "a\0b"),
        ("project", {}),
    ],
)
def test_says_which_field_is_wrong(bearer: Bearer, field: str, value: Any) -> None:
    answer = bearer("create:timesheets").post("/api/timesheets", {**ENTRY, field: value}, format="json")

    assert answer.status_code == 400
    assert list(answer.json()) == [field]


@pytest.mark.parametrize("body", ["{", "[]", "null", '"text"', ""])
def test_refuses_a_body_that_is_no_object(bearer: Bearer, body: str) -> None:
    answer = bearer("create:timesheets").post("/api/timesheets", body, content_type="application/json")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"


def test_refuses_a_form(bearer: Bearer) -> None:
    assert bearer("create:timesheets").post("/api/timesheets", ENTRY).status_code == 415


def test_deletes_ones_own_entry(bearer: Bearer) -> None:
    own = timesheet()

    answer = bearer("delete:timesheets").delete(f"/api/timesheets/{own.pk}")

    assert answer.status_code == 204
    assert not Timesheet.objects.exists()


def test_does_not_know_somebody_elses_entry(bearer: Bearer) -> None:
    others = timesheet(user_id=MANAGER)

    answer = bearer("delete:timesheets").delete(f"/api/timesheets/{others.pk}")

    assert answer.status_code == 404
    assert Timesheet.objects.filter(pk=others.pk).exists()


@pytest.mark.parametrize("pk", ["0", "99", "9" * 30])
def test_answers_404_for_an_unknown_entry(bearer: Bearer, pk: str) -> None:
    assert bearer("delete:timesheets").delete(f"/api/timesheets/{pk}").status_code == 404
    assert bearer("approve:timesheets").put(f"/api/approvals/{pk}").status_code == 404


def test_lists_everybodys_open_entries_to_approve(bearer: Bearer) -> None:
    timesheet(user_id="007")
    timesheet(approved=True)
    timesheet(user_id=MANAGER)

    answer = bearer("approve:timesheets", email=MANAGER).get("/api/approvals")

    assert {entry["user_id"] for entry in answer.json()} == {"007", MANAGER}


def test_approves_and_may_do_so_twice(bearer: Bearer) -> None:
    entry = timesheet()
    manager = bearer("approve:timesheets", email=MANAGER)

    first = manager.put(f"/api/approvals/{entry.pk}")
    second = manager.put(f"/api/approvals/{entry.pk}")

    assert first.json() == second.json()
    assert first.json()["approved"] is True
    entry.refresh_from_db()
    assert entry.approved


def test_lets_the_import_job_enter_hours_for_anybody(bearer: Bearer) -> None:
    sent = {"user_id": "007", "date": "2017-05-10T17:40:20.095Z", "project": "StoreZero", "hours": 5, "approved": True}

    answer = bearer("batch:upload", email=None).post("/api/timesheets/upload", sent, format="json")

    assert answer.status_code == 201
    assert answer.json()["user_id"] == "007"
    assert answer.json()["approved"] is False


def test_wants_to_know_for_whom_an_upload_is(bearer: Bearer) -> None:
    answer = bearer("batch:upload", email=None).post("/api/timesheets/upload", ENTRY, format="json")

    assert answer.status_code == 400
    assert list(answer.json()) == ["user_id"]


def test_refuses_a_token_that_names_nobody(bearer: Bearer) -> None:
    answer = bearer("read:timesheets", email=None).get("/api/timesheets")

    assert answer.status_code == 403
    assert "whose" in answer.json()["detail"]


REQUESTS = [
    ("get", "/api/timesheets", "read:timesheets"),
    ("post", "/api/timesheets", "create:timesheets"),
    ("delete", "/api/timesheets/1", "delete:timesheets"),
    ("get", "/api/approvals", "approve:timesheets"),
    ("put", "/api/approvals/1", "approve:timesheets"),
    ("post", "/api/timesheets/upload", "batch:upload"),
]
EVERY_SCOPE = {scope for _method, _path, scope in REQUESTS}


@pytest.mark.parametrize(("method", "path", "scope"), REQUESTS)
@pytest.mark.spec("RFC 6750", "3.1")
def test_refuses_a_token_with_every_scope_but_the_one(bearer: Bearer, method: str, path: str, scope: str) -> None:
    lookalikes = [f"{scope}2", scope.upper(), scope.split(":")[0]]

    answer = getattr(bearer(*(EVERY_SCOPE - {scope}), *lookalikes), method)(path, ENTRY, format="json")

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
    assert f'scope="{scope}"' in answer["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path", "scope"), REQUESTS)
@pytest.mark.spec("RFC 6750", "3")
def test_asks_for_a_token(db: None, method: str, path: str, scope: str) -> None:
    answer = getattr(APIClient(), method)(path, ENTRY, format="json")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")


def test_refuses_a_token_for_another_api(bearer: Bearer) -> None:
    answer = bearer("read:timesheets", audience="https://api.exampleco.com/expenses").get("/api/timesheets")

    assert answer.status_code == 401


def test_does_not_take_a_session_for_a_token(admin_client) -> None:
    assert admin_client.get("/api/timesheets").status_code == 401


def test_says_in_its_description_which_scope_each_request_needs(client) -> None:
    paths = client.get("/api/openapi?format=json").json()["paths"]

    needed = {(method, path): operation["security"] for path, one in paths.items() for method, operation in one.items()}
    for method, path, scope in REQUESTS:
        described = path.replace("/1", "/{id}")
        assert needed[method, described] == [{"accessToken": [scope]}]


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize(
    "path", ["", "/", "/nope", "/timesheets/", "/timesheets/one", "/timesheets/-1", "/approvals/1/more", "/%0A"]
)
def test_says_in_json_that_there_is_nothing(method: str, path: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(f"/api{path}")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"detail": "Not found."}


def test_does_not_know_a_number_that_no_database_holds(bearer: Bearer) -> None:
    assert bearer("delete:timesheets").delete(f"/api/timesheets/{10**30}").status_code == 404
