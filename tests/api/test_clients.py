"""Applications at the Management API…"""

from typing import Any

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from oauth2_provider.models import get_application_model

from authhub.models import AuditEvent, AuditTag, TokenFamily
from authhub.oauth import client_secrets
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db

MADE = {
    "name": "Timesheets",
    "description": "Hours of everybody",
    "app_type": "regular_web",
    "is_first_party": False,
    "callbacks": ["https://app.example.com/callback"],
    "allowed_logout_urls": ["https://app.example.com/bye"],
    "web_origins": ["https://app.example.com"],
    "allowed_origins": ["https://app.example.com"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "client_secret_basic",
    "jwt_configuration": {"alg": "ES256", "lifetime_in_seconds": 600},
    "refresh_token": {
        "rotation_type": "non-rotating",
        "expiration_type": "non-expiring",
        "leeway": 10,
        "token_lifetime": 4000,
        "idle_token_lifetime": 2000,
        "infinite_token_lifetime": True,
        "infinite_idle_token_lifetime": True,
    },
    "oidc_logout": {"backchannel_logout_urls": ["https://app.example.com/ended"]},
    "client_metadata": {"team": "hr", "floor": "3"},
    "initiate_login_uri": "https://app.example.com/login",
    "logo_uri": "https://app.example.com/logo.png",
    "require_pkce": False,
}


def test_are_registered_shown_changed_and_deleted(api: Api) -> None:
    answer = api.post("clients", MADE)
    made = answer.json()
    secret, path = made.pop("client_secret"), f"clients/{made['client_id']}"
    application = get_application_model().objects.get(client_id=made["client_id"])

    assert answer.status_code == 201
    assert made == {
        **MADE,
        "client_id": application.client_id,
        "tenant": "127.0.0.1",
        "global": False,
        "oidc_conformant": True,
    }
    assert client_secrets.verify(application, secret)
    assert api.get(path).json() == made
    changed = api.patch(path, {"name": "Hours", "grant_types": ["authorization_code"], "refresh_token": {"leeway": 20}})
    assert changed.json() == {
        **made,
        "name": "Hours",
        "grant_types": ["authorization_code"],
        "refresh_token": {**made["refresh_token"], "leeway": 20},
    }
    assert [api.delete(path).status_code for _ in range(2)] == [204, 204]  # as at Auth0
    assert api.get(path).status_code == 404
    tags = [AuditTag.APPLICATION_CREATED, AuditTag.APPLICATION_CHANGED, AuditTag.APPLICATION_DELETED]
    assert [AuditEvent.objects.get(tag=tag).actor_application for tag in tags] == [api.application] * 3


def test_may_be_sent_back_as_they_are_shown_and_nothing_changes(api: Api) -> None:
    made = api.post("clients", MADE).json()
    path = f"clients/{made['client_id']}"
    body = {name: said for name, said in api.get(path).json().items() if name not in ("client_id", "tenant", "global")}

    assert api.patch(path, body).status_code == 200
    assert not AuditEvent.objects.filter(tag=AuditTag.APPLICATION_CHANGED).exists()


def test_start_with_the_grant_types_of_their_kind_and_public_ones_without_a_secret(api: Api) -> None:
    callbacks = ["https://app.example.com/callback"]
    spa = api.post("clients", {"name": "SPA", "app_type": "spa", "callbacks": callbacks}).json()
    by_method = {"name": "SPA 2", "token_endpoint_auth_method": "none", "callbacks": callbacks}
    machine = api.post("clients", {"name": "Job", "app_type": "non_interactive"}).json()

    assert (spa["token_endpoint_auth_method"], "client_secret" in spa) == ("none", False)
    assert api.post("clients", by_method).json()["app_type"] == "spa"
    assert machine["grant_types"] == ["client_credentials"]
    assert "token_endpoint_auth_method" not in machine  # either way will do


def test_get_a_new_secret_that_is_told_once(api: Api) -> None:
    made = api.post("clients", MADE).json()
    path = f"clients/{made['client_id']}"

    rotated = api.post(f"{path}/rotate-secret").json()

    assert rotated["client_secret"] != made["client_secret"]
    assert "client_secret" not in api.get(path).json()
    application = get_application_model().objects.get(client_id=made["client_id"])
    assert all(client_secrets.verify(application, each["client_secret"]) for each in (made, rotated))


def test_have_metadata_that_is_merged_and_taken_away_by_null(api: Api) -> None:
    path = f"clients/{api.post('clients', MADE).json()['client_id']}"

    merged = api.patch(path, {"client_metadata": {"floor": None, "room": "12"}}).json()

    assert merged["client_metadata"] == {"team": "hr", "room": "12"}
    assert api.patch(path, {"client_metadata": {}}).json()["client_metadata"] == {}


def test_have_one_list_of_origins_under_two_names(api: Api) -> None:
    path = f"clients/{api.post('clients', MADE).json()['client_id']}"
    one, two = "https://one.example.com", "https://two.example.com"

    assert api.patch(path, {"web_origins": [one], "allowed_origins": [two]}).json()["web_origins"] == [one, two]
    assert api.patch(path, {"web_origins": [two]}).json()["allowed_origins"] == [two]
    assert api.patch(path, {"allowed_origins": None}).json()["web_origins"] == []


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"name": ""}, "/name"),
    ({"app_type": "sso_integration"}, "/app_type"),
    ({"callbacks": ["https://a.example.com/x https://b.example.com/y"]}, "/callbacks/0"),
    ({"callbacks": ["http://evil.example.com"]}, "/callbacks"),
    ({"callbacks": []}, "/callbacks"),
    ({"web_origins": ["https://app.example.com/path"]}, "/web_origins"),
    ({"grant_types": ["magic"]}, "/grant_types"),
    ({"jwt_configuration": {"alg": "HS256"}}, "/jwt_configuration/alg"),
    ({"jwt_configuration": {"lifetime_in_seconds": 0}}, "/jwt_configuration/lifetime_in_seconds"),
    ({"refresh_token": {"rotation_type": "rotating"}}, "/refresh_token/expiration_type"),
    (
        {"refresh_token": {**MADE["refresh_token"], "expiration_type": "expiring"}},
        "/refresh_token/infinite_token_lifetime",
    ),  # type: ignore[dict-item]
    ({"refresh_token": {**MADE["refresh_token"], "leeway": 301}}, "/refresh_token/leeway"),  # type: ignore[dict-item]
    ({"oidc_logout": {"backchannel_logout_urls": ["ftp://x.example.com"]}}, "/oidc_logout/backchannel_logout_urls"),
    ({"client_metadata": {"a": {"deep": 1}}}, "/client_metadata/a"),
    ({"client_secret": "of my own"}, "/client_secret"),
    ({"organization_usage": "deny"}, "/organization_usage"),
    ({"logo_uri": "http://app.example.com/logo.png"}, "/logo_uri"),
    ({"is_superuser": True}, "/is_superuser"),
]


def test_are_refused_with_the_place_that_is_wrong(api: Api) -> None:
    answers = [api.post("clients", {**MADE, **change}) for change, _where in REFUSED]

    said = [(answer.status_code, answer.json()["errors"][0]["pointer"]) for answer in answers]
    assert said == [(400, where) for _change, where in REFUSED]
    assert not get_application_model().objects.filter(name="Timesheets").exists()


def test_send_a_secret_if_they_have_one_and_only_then(api: Api) -> None:
    public = api.post("clients", {**MADE, "app_type": "spa"})
    secretive = api.post("clients", {**MADE, "token_endpoint_auth_method": "none"})

    assert [answer.status_code for answer in (public, secretive)] == [400, 400]
    assert "token_endpoint_auth_method" in public.json()["message"]


def test_that_keep_no_secret_get_no_new_one(api: Api) -> None:
    spa = factories.ApplicationFactory(application_type="spa")

    assert api.post(f"clients/{spa.client_id}/rotate-secret").status_code == 400


def test_are_taken_from_tools_that_send_what_means_nothing_here(api: Api) -> None:
    nothing = {
        "sso_disabled": False,
        "cross_origin_authentication": False,
        "custom_login_page_on": True,
        "is_token_endpoint_ip_header_trusted": False,
        "native_social_login": {"apple": {"enabled": False}, "facebook": {"enabled": False}},
        "oidc_conformant": True,
        "client_aliases": [],
        "allowed_clients": [],
        "jwt_configuration": {"alg": "RS256", "lifetime_in_seconds": 36000, "secret_encoded": False},
    }

    assert api.post("clients", {**MADE, **nothing}).status_code == 201


def test_are_listed_by_kind_and_by_whose_they_are_in_as_many_queries_however_many_there_are(
    api: Api, django_assert_max_num_queries: object
) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            factories.ApplicationFactory(application_type="spa", profile={"is_first_party": False})
        with django_assert_max_num_queries(100) as queries:  # type: ignore[operator]
            assert len(api.get("clients?app_type=spa,native&is_first_party=false&is_global=false").json()) >= more
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert api.get("clients?is_global=true").json() == []
    assert api.get("clients?fields=app_type&per_page=1").json() == [{"app_type": "non_interactive"}]


def test_are_not_changed_by_who_has_seen_another_state(api: Api) -> None:
    path = f"clients/{api.post('clients', MADE).json()['client_id']}"
    seen = api.get(path)["ETag"]

    assert api.patch(path, {"name": "Hours"}, if_match=seen).status_code == 200
    assert api.patch(path, {"name": "Days"}, if_match=seen).status_code == 412
    assert api.delete(path, if_match=seen).status_code == 412


def test_take_their_authorizations_along_when_they_are_deleted(api: Api) -> None:
    family = factories.TokenFamilyFactory()

    api.delete(f"clients/{family.application.client_id}")

    assert not TokenFamily.objects.exists()


def test_are_there_for_people_who_may_see_them_in_the_admin_and_change_by_who_may_change_them(
    api: Api, person: Any
) -> None:
    made = api.post("clients", MADE).json()
    user = factories.UserFactory()
    caller = person(user, "read:clients", "update:clients", "read:resource_servers", "read:client_grants")
    path = f"clients/{made['client_id']}"
    lists = ("clients", "resource-servers", "client-grants")
    assert [caller.get(each).json() for each in lists] == [[], [], []]
    assert caller.get(path).status_code == 404

    for right in ("view_application", "view_resourceserver", "view_clientgrant"):
        user.user_permissions.add(DjangoPermission.objects.get(codename=right))

    assert all(caller.get(each).json() for each in lists)
    assert (caller.get(path).status_code, caller.patch(path, {"name": "Mine"}).status_code) == (200, 403)
