"""Refresh tokens at the Management API…"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from oauth2_provider.models import get_refresh_token_model, set_token_value

from authhub.models import AuditEvent, AuditTag, TokenFamily
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


def holding(**settings: Any) -> TokenFamily:
    """Make an authorization that holds a refresh token."""
    family: TokenFamily = factories.TokenFamilyFactory(**settings)
    row = get_refresh_token_model()(user=family.user, application=family.application, token_family=family.pk)
    set_token_value(row, family.pk.hex)
    row.save()
    return family


def is_alive(family: TokenFamily) -> bool:
    return TokenFamily.objects.get(pk=family.pk).revoked_at is None


def test_are_listed_for_a_user_without_what_would_be_one(api: Api) -> None:
    server = factories.ResourceServerFactory()
    family = holding(resource_server=server, scopes="openid read:things", session_id="s-1")
    holding()
    factories.TokenFamilyFactory(user=family.user)  # holds none
    holding(user=family.user, revoked_at=timezone.now())

    listed = api.get(f"refresh-tokens?user_id={subject_of(family.user)}").json()

    assert list(listed) == ["refresh_tokens"]
    [shown] = listed["refresh_tokens"]
    assert {name: said for name, said in shown.items() if not name.endswith("_at")} == {
        "id": family.pk.hex,
        "user_id": subject_of(family.user),
        "client_id": family.application.client_id,
        "session_id": "s-1",
        "rotating": True,
        "resource_servers": [{"audience": server.identifier, "scopes": "openid read:things"}],
        "refresh_token_metadata": {},
    }
    assert shown["idle_expires_at"] < shown["expires_at"]
    assert api.get(f"refresh-tokens/{family.pk.hex}").json() == shown
    assert api.get("refresh-tokens").status_code == 400
    nobody = api.get(f"refresh-tokens?user_id={subject_of(family.user)}&client_id=other&fields=id").json()
    assert nobody == {"refresh_tokens": []}


def test_are_read_page_by_page(api: Api) -> None:
    family = holding()
    others = [holding(user=family.user) for _ in range(2)]
    path = f"refresh-tokens?user_id={subject_of(family.user)}&take=2&fields=id"

    first = api.get(path).json()
    second = api.get(f"{path}&from={first['next']}").json()

    ids = [each["id"] for each in first["refresh_tokens"] + second["refresh_tokens"]]
    assert sorted(ids) == sorted(each.pk.hex for each in [family, *others])


def test_keep_metadata(api: Api) -> None:
    path = f"refresh-tokens/{holding().pk.hex}"

    assert api.patch(path, {"refresh_token_metadata": {"device": "TV"}}).json()["refresh_token_metadata"] == {
        "device": "TV"
    }
    assert api.patch(path, {"refresh_token_metadata": {str(n): "" for n in range(26)}}).status_code == 400
    assert api.get(path).json()["refresh_token_metadata"] == {"device": "TV"}
    assert api.patch(path, {"refresh_token_metadata": None}).json()["refresh_token_metadata"] == {}


def test_are_revoked_one_by_one(api: Api) -> None:
    family, other = holding(), holding()
    path = f"refresh-tokens/{family.pk.hex}"

    assert api.delete(path, if_match='"another"').status_code == 412
    assert api.delete(path, if_match=api.get(path)["ETag"]).status_code == 204

    assert (is_alive(family), is_alive(other)) == (False, True)
    assert AuditEvent.objects.get(tag=AuditTag.FAMILY_REVOKED).actor_application == api.application
    assert (api.get(path).status_code, api.delete(path).status_code) == (404, 204)


def test_are_revoked_by_their_ids_or_by_whose_they_are(api: Api) -> None:
    user, application = factories.UserFactory(), factories.ApplicationFactory()
    server = factories.ResourceServerFactory()
    at_api = holding(user=user, application=application, resource_server=server)
    with_application = holding(user=user, application=application)
    of_user, listed, other = holding(user=user), holding(), holding()
    subject, client_id = subject_of(user), application.client_id
    steps: list[tuple[dict[str, object], TokenFamily]] = [
        ({"ids": [listed.pk.hex, "0" * 32, "none"]}, listed),
        ({"user_id": subject, "client_id": client_id, "audience": server.identifier}, at_api),
        ({"user_id": subject, "client_id": client_id}, with_application),
        ({"user_id": subject}, of_user),
    ]

    alive = [at_api, with_application, of_user, listed, other]
    for body, revoked in steps:
        assert api.post("refresh-tokens/revoke", body).status_code == 202
        alive.remove(revoked)
        assert [is_alive(each) for each in (at_api, with_application, of_user, listed, other)] == [
            each in alive for each in (at_api, with_application, of_user, listed, other)
        ]


def test_are_not_revoked_by_a_body_that_names_too_little_or_too_much(api: Api) -> None:
    family = holding()
    subject = subject_of(family.user)
    bodies: list[dict[str, object]] = [
        {},
        {"client_id": family.application.client_id},
        {"user_id": subject, "audience": "urn:x"},
        {"ids": [family.pk.hex], "user_id": subject},
        {"ids": ["x"] * 101},
    ]

    assert [api.post("refresh-tokens/revoke", body).status_code for body in bodies] == [400] * len(bodies)
    assert is_alive(family)


def test_of_native_applications_are_device_credentials(api: Api) -> None:
    session = factories.LoginSessionFactory(user_agent="Mozilla/5.0 (Linux; Android 14) Firefox/120")
    native = factories.ApplicationFactory(application_type="native")
    family = holding(application=native, user=session.user, session_id=session.pk)
    web = holding()

    assert api.get(f"device-credentials?user_id={subject_of(session.user)}&type=rotating_refresh_token").json() == [
        {
            "id": family.pk.hex,
            "device_name": "Firefox · Android",
            "type": "rotating_refresh_token",
            "user_id": subject_of(session.user),
            "client_id": native.client_id,
        }
    ]
    assert api.get("device-credentials?type=public_key").json() == []
    assert api.get("device-credentials?client_id=other").json() == []
    assert api.delete(f"device-credentials/{web.pk.hex}").status_code == 204
    assert api.delete(f"device-credentials/{family.pk.hex}").status_code == 204
    assert (is_alive(family), is_alive(web)) == (False, True)


def test_that_never_expire_say_so(api: Api) -> None:
    application = factories.ApplicationFactory(profile={"refresh_tokens_expire": False})
    family = holding(application=application, expires_at=timezone.now() + timedelta(days=9999))

    shown = api.get(f"refresh-tokens/{family.pk.hex}").json()

    assert (shown["expires_at"], shown["idle_expires_at"]) == (None, None)


def test_are_listed_in_as_many_queries_however_many_there_are(api: Api, django_assert_max_num_queries: object) -> None:
    user, server = factories.UserFactory(), factories.ResourceServerFactory()
    paths = [f"refresh-tokens?user_id={subject_of(user)}", "device-credentials", "grants"]
    counts = []
    for more in (3, 27):
        for _ in range(more):
            native = factories.ApplicationFactory(application_type="native")
            holding(user=user, resource_server=server, application=native)
            factories.ConsentFactory(resource_server=server)
        with django_assert_max_num_queries(200) as queries:  # type: ignore[operator]
            assert [api.get(path).status_code for path in paths] == [200, 200, 200]
        counts.append(len(queries))

    assert counts[0] == counts[1]
