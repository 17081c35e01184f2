"""The access of a user, at the Management API…"""

from typing import Any

import pytest

from authhub.models import LoginSession, TokenFamily
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api
from tests.api.test_refresh_tokens import holding

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> Any:
    """Signed in twice; in one session an application got an access token, in the other a refresh token."""
    user = factories.UserFactory()
    short, long = (factories.LoginSessionFactory(user=user) for _ in range(2))
    factories.TokenFamilyFactory(user=user, session_id=short.pk)
    holding(user=user, session_id=long.pk)
    holding(), factories.LoginSessionFactory()  # somebody else's
    return user


def left(user: Any) -> tuple[int, int]:
    """Return how many sessions and authorizations of a user live."""
    return (
        LoginSession.objects.filter(user=user, ended_at=None).count(),
        TokenFamily.objects.filter(user=user, revoked_at=None).count(),
    )


def test_is_listed_by_session_and_by_refresh_token(api: Api, user: Any) -> None:
    path = f"users/{subject_of(user)}"

    sessions = api.get(f"{path}/sessions?include_totals=true").json()
    tokens = api.get(f"{path}/refresh-tokens").json()["tokens"]

    assert (sessions["total"], len(sessions["sessions"])) == (2, 2)
    assert [len(session["clients"]) for session in sessions["sessions"]] == [1, 1]
    assert [token["session_id"] for token in tokens] == [TokenFamily.objects.get(pk=tokens[0]["id"]).session_id]
    assert api.get("users/auth0|none/sessions").json()["errorCode"] == "inexistent_user"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "expected"),
    [
        ("DELETE", "sessions", None, 202, (0, 1)),
        ("DELETE", "refresh-tokens", None, 202, (2, 1)),
        ("POST", "revoke-access", {}, 204, (0, 0)),
        ("POST", "revoke-access", {"preserve_refresh_tokens": True}, 204, (0, 1)),
    ],
)
def test_ends(api: Api, user: Any, method: str, path: str, body: Any, status: int, expected: tuple[int, int]) -> None:
    assert api(method, f"users/{subject_of(user)}/{path}", body).status_code == status

    assert left(user) == expected
    assert LoginSession.objects.filter(ended_at=None).exclude(user=user).exists()


def test_ends_for_one_session(api: Api, user: Any) -> None:
    path, session = f"users/{subject_of(user)}/revoke-access", LoginSession.objects.filter(user=user)[0]
    foreign = LoginSession.objects.exclude(user=user).get()

    assert api.post(path, {"session_id": foreign.pk}).json()["errorCode"] == "inexistent_session"
    assert api.post(path, {"session_id": session.pk}).status_code == 204

    assert left(user) == (1, 1)


def test_ends_altogether_only_for_who_may_end_both(machine: Any, user: Any) -> None:
    path = f"users/{subject_of(user)}/revoke-access"

    assert machine("delete:sessions").post(path, {}).status_code == 403
    assert machine("delete:sessions", "delete:refresh_tokens").post(path, {}).status_code == 204
