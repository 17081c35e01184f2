"""Seeding ExampleCo..."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from authhub.conf import administrative_apis
from authhub.models import AuditEvent, ClientGrant, ResourceServer, Role, RoleAssignment, SubjectType
from authhub.oauth import client_secrets
from authhub.rbac import administration
from authhub.rbac.review import user_permissions
from authhub_site.credentials import Credentials
from authhub_site.exampleco import APPLICATIONS
from authhub_site.seeding import REASON, applications, seed

BASE_URL = "http://127.0.0.1:8000"
OWN = {"create:timesheets", "delete:timesheets", "read:timesheets"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(files_of_its_own: Path) -> Credentials:
    return seed(base_url=BASE_URL)


def user(key: str):
    return get_user_model().objects.get(username=f"{key}@exampleco.com")


def application(key: str):
    return applications().get(name=APPLICATIONS[key].name)


@pytest.mark.parametrize(
    ("key", "held"), [("employee", OWN), ("manager", OWN | {"approve:timesheets"}), ("nobody", set()), ("admin", set())]
)
def test_gives_each_what_the_role_confers(seeded: Credentials, key: str, held: set[str]) -> None:
    api = ResourceServer.objects.get(identifier=settings.TIMESHEETS_AUDIENCE)

    assert set(user_permissions(user(key), api).values_list("value", flat=True)) == held


def test_gives_batch_upload_to_the_job_alone(seeded: Credentials) -> None:
    grant = ClientGrant.objects.get(application=application("cron"), subject_type=SubjectType.CLIENT)

    assert [permission.value for permission in grant.permissions.all()] == ["batch:upload"]
    assert ClientGrant.objects.filter(permissions__value="batch:upload").count() == 1
    assert not Role.objects.filter(permissions__value="batch:upload").exists()


def test_lets_one_application_administer_everything(seeded: Credentials) -> None:
    grants = ClientGrant.objects.filter(application=application("management"), subject_type=SubjectType.CLIENT)

    with_permissions = ResourceServer.objects.filter(identifier__in=administrative_apis(), permissions__isnull=False)
    assert {grant.resource_server for grant in grants} == set(with_permissions)
    assert all(grant.permissions.count() == grant.resource_server.permissions.count() > 0 for grant in grants)


def test_lets_the_partner_ask_for_little(seeded: Credentials) -> None:
    grant = ClientGrant.objects.get(subject_type=SubjectType.USER)

    assert grant.application == application("partner")
    assert {permission.value for permission in grant.permissions.all()} == {"create:timesheets", "read:timesheets"}
    assert not application("partner").authhub_profile.is_first_party


def test_knows_the_passwords_and_secrets_that_work(seeded: Credentials) -> None:
    assert all(user(key).check_password(password) for key, password in seeded.passwords.items())
    assert set(seeded.client_secrets) == {"web", "web2", "cron", "partner", "management"}
    assert all(client_secrets.verify(application(key), secret) for key, secret in seeded.client_secrets.items())


def test_makes_other_passwords_and_secrets_for_another_database(seeded: Credentials) -> None:
    before = Credentials.load()
    get_user_model().objects.all().delete()
    applications().delete()

    after = seed(base_url=BASE_URL)

    assert not set(before.passwords.values()) & set(after.passwords.values())
    assert not set(before.client_secrets.values()) & set(after.client_secrets.values())


def test_may_be_repeated(seeded: Credentials) -> None:
    before = Credentials.load(), AuditEvent.objects.count(), applications().count()

    seed(base_url=BASE_URL)

    assert (Credentials.load(), AuditEvent.objects.count(), applications().count()) == before


def test_lets_that_application_do_what_an_upgrade_added_and_not_what_was_taken_away(seeded: Credentials) -> None:
    grants = ClientGrant.objects.filter(application=application("management")).order_by("pk")
    second, first = grants
    first.resource_server.permissions.get(value="read:users").delete()
    first.permissions.remove(first.resource_server.permissions.get(value="delete:users"))
    second.delete()

    seed(base_url=BASE_URL)

    held = {permission.value for permission in grants.get().permissions.all()}
    defined = {permission.value for permission in first.resource_server.permissions.all()}
    assert defined - held == {"delete:users"}


def test_lets_that_application_administer_also_where_the_demo_is_moved(seeded: Credentials, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "ISSUER": "http://127.0.0.1:8001/"}

    seed(base_url="http://127.0.0.1:8001")

    grant = ClientGrant.objects.get(resource_server__identifier="http://127.0.0.1:8001/api/v2/")
    assert grant.application == application("management")
    assert grant.permissions.count() == grant.resource_server.permissions.count() > 0


def test_leaves_what_an_administrator_changed(seeded: Credentials) -> None:
    assignment = RoleAssignment.objects.get(user=user("employee"))
    administration.unassign_role(assignment=assignment, by=user("admin"))
    Role.objects.get(name="Manager").inclusions.all().delete()

    seed(base_url=BASE_URL)

    assert not RoleAssignment.objects.filter(user=user("employee")).exists()
    assert not Role.objects.get(name="Manager").inclusions.exists()


@pytest.mark.parametrize("lost", [Path.unlink, lambda _path: Credentials().save()])
def test_replaces_what_nobody_knows_any_more(seeded: Credentials, lost: Callable[[Path], object]) -> None:
    lost(Credentials.path())

    after = seed(base_url=BASE_URL)

    assert after == Credentials.load()
    assert not set(seeded.passwords.values()) & set(after.passwords.values())
    assert after.client_ids == seeded.client_ids
    test_knows_the_passwords_and_secrets_that_work(after)
    assert not client_secrets.verify(application("web"), seeded.client_secrets["web"])


def test_replaces_a_password_that_was_changed(seeded: Credentials) -> None:
    erin = user("employee")
    erin.set_password("something else")
    erin.save()

    password = seed(base_url=BASE_URL).passwords["employee"]

    assert user("employee").check_password(password)


def test_adds_a_callback_and_its_origin_to_all_that_sign_people_in(seeded: Credentials) -> None:
    seed(base_url=BASE_URL, redirect_uris=["http://localhost:3000/callback"])

    for key in APPLICATIONS.keys() - {"cron", "management"}:
        assert "http://localhost:3000/callback" in application(key).redirect_uris.split()
        assert "http://localhost:3000" in application(key).allowed_origins.split()
    assert application("cron").redirect_uris == ""
    assert application("cron").allowed_origins == ""


def test_follows_the_demo_to_another_port(seeded: Credentials) -> None:
    seed(base_url="http://127.0.0.1:8001")

    spa = application("spa")
    assert spa.redirect_uris.split() == ["http://127.0.0.1:8001/spa/callback", "http://127.0.0.1:8000/spa/callback"]
    assert spa.post_logout_redirect_uris.split()[0] == "http://127.0.0.1:8001/spa/"


def test_refuses_a_callback_that_must_not_be_registered(files_of_its_own: Path) -> None:
    with pytest.raises(ValidationError):
        seed(base_url=BASE_URL, redirect_uris=["http://evil.example.com/callback"])

    assert not get_user_model().objects.exists()
    assert not Credentials.path().exists()


def test_says_in_the_event_log_that_it_was_the_demo(seeded: Credentials) -> None:
    assert set(AuditEvent.objects.values_list("reason", flat=True)) == {REASON}


def test_leaves_no_secret_in_the_event_log(seeded: Credentials) -> None:
    log = str(list(AuditEvent.objects.values()))

    assert not any(secret in log for secret in [*seeded.passwords.values(), *seeded.client_secrets.values()])


def test_tells_the_server_where_applications_hear_of_a_sign_out(seeded: Credentials) -> None:
    assert application("web").authhub_profile.backchannel_logout_uri == f"{BASE_URL}/web/back-channel-logout"
    assert application("partner").authhub_profile.backchannel_logout_uri == ""

    seed(base_url="http://127.0.0.1:9000")

    assert (
        application("web2").authhub_profile.backchannel_logout_uri == "http://127.0.0.1:9000/web2/back-channel-logout"
    )
