"""Users of the Management API…"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.utils import timezone

from authhub.models import AuditEvent, AuditTag, LogoutNotice, RoleAssignment, UserProfile
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db

CONNECTION = "Username-Password-Authentication"
PASSWORD = "a long and unusual password"
ANNA = {"connection": CONNECTION, "email": "anna@example.com", "password": PASSWORD}


def test_are_created_shown_changed_and_deleted(api: Api) -> None:
    made = api.post("users", {**ANNA, "given_name": "Anna", "family_name": "Berg", "app_metadata": {"plan": "gold"}})
    user, row = made.json(), get_user_model().objects.get(email="anna@example.com")
    path = f"users/{user['user_id']}"

    assert made.status_code == 201
    assert user == {
        "user_id": f"auth0|{row.pk}", "email": "anna@example.com", "email_verified": True, "name": "Anna Berg",
        "nickname": "anna", "username": "anna@example.com", "given_name": "Anna", "family_name": "Berg",
        "identities": [
            {"connection": CONNECTION, "provider": "auth0", "user_id": str(row.pk), "isSocial": False}
        ],
        "created_at": user["created_at"], "updated_at": user["updated_at"], "logins_count": 0, "blocked": False,
        "user_metadata": {}, "app_metadata": {"plan": "gold"},
    }  # fmt: skip
    assert api.get(path).json() == user
    assert authenticate(username="anna@example.com", password=PASSWORD) == row
    changed = api.patch(path, {"nickname": "Anni", "picture": "https://example.com/a.png", "family_name": "Tal"})
    assert {**changed.json(), "updated_at": ""} == {
        **user, "name": "Anna Tal", "family_name": "Tal", "nickname": "Anni", "picture": "https://example.com/a.png",
        "updated_at": "",
    }  # fmt: skip
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    deleted = AuditEvent.objects.get(tag=AuditTag.USER_DELETED)
    assert (deleted.actor_application, deleted.subject) == (api.application, "anna@example.com")


def test_merge_metadata_by_its_first_names_and_lose_what_is_null(api: Api) -> None:
    user = factories.UserProfileFactory(app_metadata={"plan": "gold", "seats": {"max": 3}, "old": 1}).user
    path = f"users/{subject_of(user)}"

    changed = api.patch(path, {"app_metadata": {"seats": {"used": 1}, "old": None}}).json()

    assert changed["app_metadata"] == {"plan": "gold", "seats": {"used": 1}}
    assert api.patch(path, {"app_metadata": {}}).json()["app_metadata"] == {}


def test_who_are_blocked_or_get_another_password_are_signed_out_everywhere_and_applications_told(api: Api) -> None:
    told = factories.ApplicationFactory(profile={"backchannel_logout_uri": "https://app.example.com/logout"})
    for number, body in enumerate([{"blocked": True}, {"password": PASSWORD}, None]):
        session = factories.LoginSessionFactory()
        family = factories.TokenFamilyFactory(user=session.user, application=told, session_id=session.pk)
        path = f"users/{subject_of(session.user)}"

        assert (api.patch(path, body) if body else api.delete(path)).status_code == (200 if body else 204)

        assert LogoutNotice.objects.count() == number + 1
        if body:
            session.refresh_from_db()
            family.refresh_from_db()
            assert None not in (session.ended_at, family.revoked_at)
    assert list(
        AuditEvent.objects.filter(tag=AuditTag.PASSWORD_CHANGED).values_list("actor_application", flat=True)
    ) == [api.application.pk]


def test_are_gone_with_all_that_they_held(api: Api) -> None:
    user = factories.RoleAssignmentFactory().user
    factories.UserProfileFactory(user=user)
    factories.GroupMembershipFactory(user=user)

    api.delete(f"users/{subject_of(user)}")

    assert not RoleAssignment.objects.exists()
    assert not UserProfile.objects.exists()


def test_may_bring_their_id_along(api: Api) -> None:
    brought = api.post("users", {**ANNA, "user_id": "59c1e3f0"}).json()
    foreign = api.post("users", {**ANNA, "email": "b@example.com", "user_id": "google-oauth2|1"}).json()

    assert (brought["user_id"], foreign["user_id"]) == ("auth0|59c1e3f0", "google-oauth2|1")
    assert foreign["identities"][0]["provider"] == "google-oauth2"
    assert api.get("users/auth0%7C59c1e3f0").json()["email"] == "anna@example.com"
    refused = api.post("users", {**ANNA, "email": "c@example.com", "user_id": "123456"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/user_id")


def test_are_found_by_an_id_with_slashes_wherever_it_stands_in_a_path(api: Api) -> None:
    user = factories.UserProfileFactory(subject="samlp|idp|https://example.com/roles/anna").user
    role, path = factories.RoleFactory(), "users/samlp%7Cidp%7Chttps:%2F%2Fexample.com%2Froles%2Fanna"

    assert api.post(f"{path}/roles", {"roles": [role.public_id]}).status_code == 204
    assert [each["id"] for each in api.get(f"{path}/roles").json()] == [role.public_id]
    assert api.get(f"{path}/effective-roles").json()["roles"][0]["sources"] == ["direct"]
    assert api.get(f"{path}/effective-roles/sources/groups?role_id={role.public_id}").json() == {"groups": []}
    assert api.patch(path, {"nickname": "Ann"}).json()["user_id"] == subject_of(user)
    assert api.delete(path).status_code == 204
    assert api.get(path).json()["errorCode"] == "inexistent_user"


def test_are_there_once(api: Api) -> None:
    anna = api.post("users", {**ANNA, "user_id": "59c1e3f0"}).json()
    other = factories.UserFactory()

    for body in (
        {**ANNA, "email": "Anna@example.com", "username": "somebody"},
        {**ANNA, "email": "b@example.com", "username": "anna@example.com"},
        {**ANNA, "email": "b@example.com", "user_id": "59c1e3f0"},
    ):
        refused = api.post("users", body)
        assert (refused.status_code, refused.json()["errorCode"]) == (409, "user_exists")
    assert api.patch(f"users/{subject_of(other)}", {"email": "ANNA@example.com"}).status_code == 409
    assert api.patch(f"users/{anna['user_id']}", {"email": "Anna@example.com"}).status_code == 200


def test_have_to_verify_an_address_anew(api: Api, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "CLAIMS_MAPPING": "authhub.oauth.claims.standard_claims"}
    user = factories.UserProfileFactory(email_verified=True).user
    path = f"users/{subject_of(user)}"

    assert api.patch(path, {"email": "new@example.com"}).json()["email_verified"] is False
    assert api.patch(path, {"email": "newer@example.com", "email_verified": True}).json()["email_verified"] is True


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"email": "a@example.com"}, "/connection"),
        ({**ANNA, "connection": "google"}, "/connection"),
        ({**ANNA, "email": "anna"}, "/email"),
        ({**ANNA, "email": None}, "/email"),
        ({**ANNA, "password": "short"}, "/password"),
        ({**ANNA, "password": "anna@example.com"}, "/password"),
        ({**ANNA, "username": "a b"}, "/username"),
        ({**ANNA, "user_id": "x@clients"}, "/user_id"),
        ({**ANNA, "user_id": "ä"}, "/user_id"),
        ({**ANNA, "picture": "javascript:alert(1)"}, "/picture"),
        ({**ANNA, "app_metadata": []}, "/app_metadata"),
        ({**ANNA, "verify_email": True}, "/verify_email"),
        ({**ANNA, "is_superuser": True}, "/is_superuser"),
        ({**ANNA, "is_staff": True}, "/is_staff"),
        ({**ANNA, "roles": ["rol_1"]}, "/roles"),
        ({**ANNA, "groups": ["grp_1"]}, "/groups"),
        ({**ANNA, "id": 1}, "/id"),
        ({**ANNA, "blocked": "false"}, "/blocked"),
        ({**ANNA, "email_verified": 1}, "/email_verified"),
        ({**ANNA, "name": 7}, "/name"),
        ({**ANNA, "logins_count": 1}, "/logins_count"),
    ],
)
def test_are_refused_with_the_place_that_is_wrong(api: Api, body: dict[str, Any], where: str) -> None:
    refused = api.post("users", body)

    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]][:1] == [where]
    assert not get_user_model().objects.exists()


def test_with_metadata_that_no_database_holds_are_refused(api: Api) -> None:
    start = '{"connection": "django", "app_metadata": {"a": '

    for value in ("1e999", '"\\u0000"', "[" * 60 + "]" * 60):
        assert api.post("users", f"{start}{value}}}}}").status_code == 400


def test_are_shown_and_listed_with_separate_scopes(machine: Callable[..., Api]) -> None:
    anna = subject_of(factories.UserFactory(email="anna@example.com"))
    paths = {
        "one": f"users/{anna}",
        "list": "users",
        "by address": "users-by-email?email=anna@example.com",
        "export": "users?take=1",
        "far": "users?page=10&per_page=100",
    }
    opened = {
        "read:user": {"one"},
        "list:users": {"list", "by address"},
        "export:users": {"export"},
        "read:users": set(paths),
    }

    for scope, expected in opened.items():
        api = machine(scope)
        assert {name for name, path in paths.items() if api.get(path).status_code == 200} == expected, scope


def test_are_found_by_address_in_either_case(api: Api) -> None:
    factories.UserFactory(email="anna@example.com")
    factories.UserFactory()

    assert [user["email"] for user in api.get("users-by-email?email=ANNA@example.com").json()] == ["anna@example.com"]
    assert api.get("users-by-email?email=x@example.com&fields=email").json() == []
    assert api.get("users-by-email").status_code == 400


def test_show_what_is_asked_for(api: Api) -> None:
    user = factories.UserFactory(last_login=timezone.now())

    assert set(api.get("users?fields=user_id,email").json()[0]) == {"user_id", "email"}
    assert "last_login" in api.get(f"users/{subject_of(user)}").json()
    assert "email" not in api.get(f"users/{subject_of(user)}?fields=email&include_fields=false").json()


def test_are_not_changed_by_who_has_seen_another_state(api: Api) -> None:
    path = f"users/{subject_of(factories.UserFactory())}"
    seen = api.get(path)["ETag"]

    assert api.patch(path, {"nickname": "a"}, if_match=seen).status_code == 200
    assert api.patch(path, {"nickname": "b"}, if_match=seen).status_code == 412
    assert api.delete(path, if_match=seen).status_code == 412


def test_count_their_sign_ins(api: Api, client: Any) -> None:
    user = factories.UserFactory()

    for _ in range(2):
        client.force_login(user)

    assert api.get(f"users/{subject_of(user)}").json()["logins_count"] == 2
