"""Sessions at the Management API…"""

from datetime import timedelta

import pytest
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, LoginSession, TokenFamily
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api
from tests.api.test_refresh_tokens import holding, is_alive

pytestmark = pytest.mark.django_db


def test_are_shown_with_the_applications_that_took_part(api: Api) -> None:
    session = factories.LoginSessionFactory(ip_address="192.0.2.7", user_agent="Firefox/120")
    families = [factories.TokenFamilyFactory(user=session.user, session_id=session.pk) for _ in range(2)]
    factories.TokenFamilyFactory(session_id=session.pk, application=families[0].application)

    shown = api.get(f"sessions/{session.pk}").json()

    assert {name: said for name, said in shown.items() if not name.endswith("_at")} == {
        "id": session.pk,
        "user_id": subject_of(session.user),
        "device": {"last_user_agent": "Firefox/120", "last_ip": "192.0.2.7"},
        "clients": [{"client_id": each} for each in sorted(family.application.client_id for family in families)],
        "session_metadata": {},
    }
    assert shown["authenticated_at"] < shown["idle_expires_at"] < shown["expires_at"]


def test_are_there_as_long_as_they_sign_somebody_in(api: Api) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    ended = factories.LoginSessionFactory(ended_at=timezone.now())
    old = factories.LoginSessionFactory(authenticated_at=long_ago, last_seen_at=long_ago)

    assert [api.get(f"sessions/{session.pk}").status_code for session in (ended, old)] == [404, 404]


def test_keep_metadata(api: Api) -> None:
    path = f"sessions/{factories.LoginSessionFactory().pk}"
    seen = api.get(path)["ETag"]

    changed = api.patch(path, {"session_metadata": {"kiosk": "3"}}, if_match=seen)

    assert changed.json()["session_metadata"] == {"kiosk": "3"}
    assert api.patch(path, {"session_metadata": {}}, if_match=seen).status_code == 412
    assert api.patch(path, {"session_metadata": {"deep": {}}}).status_code == 400
    assert api.patch(path, {}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status", "token_lives"), [("DELETE", "", 204, True), ("POST", "/revoke", 202, False)]
)
def test_are_ended_without_or_with_their_refresh_tokens(
    method: str, path: str, status: int, token_lives: bool, api: Api
) -> None:
    session = factories.LoginSessionFactory()
    offline = holding(user=session.user, session_id=session.pk)
    online = factories.TokenFamilyFactory(user=session.user, session_id=session.pk)

    assert api(method, f"sessions/{session.pk}{path}").status_code == status

    assert LoginSession.objects.get(pk=session.pk).ended_at is not None
    assert (is_alive(offline), is_alive(online)) == (token_lives, False)
    assert AuditEvent.objects.get(tag=AuditTag.SESSION_ENDED).actor_application == api.application
    assert TokenFamily.objects.filter(revoked_at=None).exists() is token_lives
    assert api(method, f"sessions/{session.pk}{path}").status_code == (204 if method == "DELETE" else 404)


def test_are_counted_day_by_day(api: Api) -> None:
    now = timezone.now()
    for days in (0, 0, 1):
        at = now - timedelta(days=days)
        factories.LoginSessionFactory(authenticated_at=at, user=factories.UserFactory(date_joined=at))
    yesterday, today = ((now - timedelta(days=days)).strftime("%Y%m%d") for days in (1, 0))

    assert api.get("stats/active-users").json() == 3
    daily = api.get(f"stats/daily?from={yesterday}&to={today}").json()
    assert [(each["logins"], each["signups"]) for each in daily] == [(1, 1), (2, 2)]
    assert daily[0]["date"].startswith((now - timedelta(days=1)).date().isoformat())
    assert len(api.get("stats/daily").json()) == 30
    for query in (f"from={today}&to={yesterday}", "from=yesterday", "to=00010101", "from=19000101&to=20260101"):
        assert api.get(f"stats/daily?{query}").status_code == 400


def test_last_as_long_as_the_settings_say(api: Api, settings: object) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "SESSION_LIFETIME_SECONDS": 7200, "DEFAULT_AUDIENCE": "urn:x"}  # type: ignore[attr-defined]

    shown = api.get("tenants/settings").json()

    assert (shown["session_lifetime"], shown["default_audience"]) == (2.0, "urn:x")
