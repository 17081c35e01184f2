"""A search of users…"""

from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authhub.api.errors import ApiError
from authhub.api.log_search import search_events
from authhub.api.lucene import DEPTH_MAX
from authhub.api.user_search import SORTABLE, ordered, search
from authhub.models import AuditEvent
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    anna = factories.UserFactory(
        username="anna", email="anna@example.com", first_name="Anna", last_name="Berg", date_joined="2026-01-10T00:00Z"
    )
    bert = factories.UserFactory(
        username="bert", email="bert@example.org", is_active=False, date_joined="2026-02-10T00:00Z"
    )
    carl = factories.UserFactory(username="carl", email="carl@example.org", date_joined="2026-03-10T00:00Z")
    factories.UserProfileFactory(
        user=anna, subject=None, email_verified=True, logins_count=7,
        app_metadata={
            "plan": "gold", "seats": 3, "exact": {"isnull": True},
            "roles": ["admin", "Édith", "50%"], "levels": [2, True], "teams": {"led": ["x"]},
        },
        user_metadata={"color": "Dark Blue"},
    )  # fmt: skip
    factories.UserProfileFactory(user=carl, subject="google|c", name="Carl Gustav", picture="https://example.com/c")
    return {"anna": anna, "bert": bert, "carl": carl}


def found(query: str) -> str:
    return " ".join(search(get_user_model().objects.order_by("username"), query).values_list("username", flat=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('email:"anna@example.com"', "anna"),
        ("email:ANNA@example.com", "anna"),
        ("email:*@example.org", "bert carl"),
        ("email:*example*", "anna bert carl"),
        ("email:bert*", "bert"),
        ('email:"*"', ""),
        ("name:anna*", "anna"),
        ('name:"Anna Berg"', "anna"),
        ("name:*gust*", "carl"),
        ("name:bert", "bert"),
        ("given_name:anna", "anna"),
        ("username:carl", "carl"),
        ('user_id:"google|c"', "carl"),
        ("email_verified:true", "anna"),
        ("email_verified:false", "bert carl"),
        ("blocked:true", "bert"),
        ("NOT blocked:true", "anna carl"),
        ("-blocked:true", "anna carl"),
        ('app_metadata.plan:"gold"', "anna"),
        ("app_metadata.plan:g*", "anna"),
        ("app_metadata.seats:3", "anna"),
        ('app_metadata.seats:"3"', ""),
        ("app_metadata.exact.isnull:true", "anna"),
        ('user_metadata.color:"Dark Blue"', "anna"),
        ('app_metadata.roles:"admin"', "anna"),
        ("app_metadata.roles:admin", "anna"),
        ("app_metadata.roles:Édith", "anna"),
        ("app_metadata.roles:50%", "anna"),
        ("app_metadata.roles:adm", ""),
        ("app_metadata.roles:(x OR admin)", "anna"),
        ("NOT app_metadata.roles:admin", "bert carl"),
        ("app_metadata.levels:2", "anna"),
        ('app_metadata.levels:"2"', ""),
        ("app_metadata.levels:true", "anna"),
        ("app_metadata.levels:1", ""),
        ("app_metadata.exact:true", ""),
        ("app_metadata.teams.led:x", "anna"),
        ('NOT app_metadata.plan:"gold"', "bert carl"),
        ("NOT nickname:x", "anna bert carl"),
        ("_exists_:picture", "carl"),
        ("_exists_:app_metadata.plan", "anna"),
        ("NOT _exists_:app_metadata.plan", "bert carl"),
        ("created_at:[2026-02-01 TO *]", "bert carl"),
        ("created_at:[2026-01-10 TO 2026-02-10}", "anna"),
        ("created_at:>2026-02-10T00:00:00Z", "carl"),
        ("created_at:<=2026-01-10", "anna"),
        ("created_at:2026-02-10T02:00:00+02:00", "bert"),
        ("created_at:[2026-02-10T00:00:00Z TO 2026-02-10T01:00:00+01:00]", "bert"),
        ("logins_count:{3 TO 9]", "anna"),
        ("logins_count:7", "anna"),
        ("identities.connection:Username-Password-Authentication", "anna bert carl"),
        ("identities.connection:google", ""),
        ("bert", "bert"),
        ("ann OR gustav", "anna carl"),
        ("anna bert", "anna bert"),
        ("+anna bert", "anna"),
        ("example -bert", "anna carl"),
        ("email:(anna* OR bert*) AND blocked:false", "anna"),
        ("*", "anna bert carl"),
        ("NOT *", ""),
        ("anna OR *", "anna bert carl"),
        ("NOT identities.connection:Username-Password-Authentication", ""),
        ("name:\\*", ""),
        ("name:Anna\\ Berg", "anna"),
        ("*z" * 500, ""),
    ],
)
def test_finds_who_meets_it(people: Any, query: str, expected: str) -> None:
    assert found(query) == expected


def test_finds_the_ids_that_are_made_of_primary_keys(people: dict[str, Any]) -> None:
    wanted = f'user_id:{subject_of(people["anna"])} OR user_id:"{subject_of(people["bert"])}"'

    assert found(wanted) == "anna bert"


@pytest.mark.parametrize(
    "query",
    [
        "(", "AND", "email:", "password:*", "is_superuser:true", "email:x~2", "email:x^2", "email:/x/", "email:x?",
        "a:b:c", "blocked:yes", "created_at:soon", "created_at:[a TO b]", "logins_count:many", "email:[a TO b]",
        "app_metadata:x", "app_metadata.a__b.c.d.e.f.g:x", "user_id:auth0*", "_exists_:password", "x" * 1001,
        " OR ".join(["a"] * 60), "(" * 40 + "a" + ")" * 40, "authhub_profile__subject:x", "created_at:2026-13-45",
        "(" * 1000, "-" * 999 + "a", "NOT " * 240 + "a", "a\0", "app_metadata.-5:x",
        "_exists_:app_metadata.99999999999", "created_at:0001-01-01T00:00:00+23:59",
        "created_at:>9999-12-31T23:59:59-23:59", "app_metadata.a:[1 TO 2]",
    ],
)  # fmt: skip
def test_is_refused_where_it_is_not_understood(api: Api, query: str) -> None:
    refused = api.get(f"users?q={quote(query)}")

    assert refused.status_code == 400
    said = refused.json()
    assert [said[name] for name in ("statusCode", "error", "errorCode")] == [400, "Bad Request", "invalid_query_string"]
    assert said["message"]


@pytest.mark.parametrize(
    "opening",
    ["a AND (", "a OR -", "-a b OR c AND (", "-name:*a*b* a OR name:*b*c* AND (", "-app_metadata.a.b:1 a OR b AND -("],
)
def test_is_answered_at_whichever_depth_is_allowed(api: Api, opening: str) -> None:
    levels = (DEPTH_MAX - 1) // (opening.count("(") + opening.count(" -"))
    query = opening * levels + "a" + ")" * opening.count("(") * levels

    answer = api.get(f"users?q={quote(query)}&include_totals=true&sort=name:1")

    assert answer.status_code == 200


@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(
                ["email:", "a", '"', "(", ")", " AND ", " OR ", "NOT ", "[", " TO ", "]", "*", "\\", "app_metadata.a:",
                 "app_metadata.", "created_at:", "2026-01-31", "T12:00", "-", "+", "user_id:", "_exists_:", "true", "<",
                 "date:", "logins_count:", "~", "^", "/", ":", "1", " "]
            ),
            max_size=12,
        ).map("".join),
    )
)  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_either_finds_or_is_refused(text: str) -> None:
    with suppress(ApiError):
        found(text)
    with suppress(ApiError):
        search_events(AuditEvent.objects.all(), text).exists()


@pytest.mark.parametrize("name", SORTABLE)
def test_comes_in_the_order_that_is_asked_for(people: Any, name: str) -> None:
    users = get_user_model().objects.all()

    there, back = ([user.pk for user in ordered(users, f"{name}:{way}")] for way in ("1", "-1"))

    assert set(there) == set(back) == set(users.values_list("pk", flat=True))


def test_sorts_who_has_nothing_last(api: Api, people: Any) -> None:
    assert [user["username"] for user in api.get("users?sort=created_at:-1").json()] == ["carl", "bert", "anna"]
    assert api.get("users?sort=name:1").json()[0]["username"] == "anna"
    assert api.get("users?sort=blocked:-1").json()[0]["username"] == "bert"
    for wrong in ("password:1", "name", "name:2", "name:1&take=3"):
        assert api.get(f"users?sort={wrong}").status_code == 400


def test_is_counted_as_it_is_listed_in_two_queries(api: Api, people: Any) -> None:
    answer = api.get("users?q=blocked:false&include_totals=true&per_page=1&search_engine=v3").json()

    assert (answer["total"], answer["length"]) == (2, 1)
    with CaptureQueriesContext(connection) as few:
        api.get("users?q=example&include_totals=true")
    for _ in range(5):
        factories.UserProfileFactory()
    with CaptureQueriesContext(connection) as many:
        api.get("users?q=example&include_totals=true")
    assert len(few) == len(many)
