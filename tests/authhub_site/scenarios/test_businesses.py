"""A business of the demo…"""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from authhub.models import AuditEvent, ClientGrant, Group, Organization, ResourceServer, SubjectType
from authhub.oauth.shell_tokens import issue_at_shell
from authhub.rbac import administration
from authhub.rbac.review import user_permissions
from authhub_site.credentials import Credentials
from authhub_site.scenarios.businesses import BUSINESSES, Business
from authhub_site.scenarios.loading import load, password_key
from authhub_site.seeding import _all_applications

pytestmark = pytest.mark.django_db
BASE_URL = "http://127.0.0.1:8000"
ALL = " ".join(value for business in BUSINESSES.values() for value in business.permissions)


@pytest.fixture(params=BUSINESSES)
def business(request: Any, files_of_its_own: Path) -> Business:
    business = BUSINESSES[request.param]
    load(business, base_url=BASE_URL)
    return business


@pytest.fixture
def loaded(files_of_its_own: Path) -> None:
    for business in BUSINESSES.values():
        load(business, base_url=BASE_URL)


def user(email: str) -> Any:
    return get_user_model().objects.get(username=email)


def scopes(key: str, email: str, organization: str = "") -> set[str]:
    """Return what a token of the business's own application carries when it asks for everything."""
    business = BUSINESSES[key]
    application = _all_applications().get(name=business.application.name)
    answer = issue_at_shell(
        application=application, user=user(email), audience=business.audience, scope=ALL, organization=organization
    )
    return set(answer["scope"].split())


def test_has_people_who_can_sign_in(business: Business) -> None:
    credentials = Credentials.load()

    for key, member in business.people.items():
        assert user(member.email).check_password(credentials.passwords[password_key(business, key)])
    assert credentials.client_ids[business.key]


def test_may_be_loaded_again(business: Business) -> None:
    before = Credentials.load(), AuditEvent.objects.count(), ResourceServer.objects.count(), Group.objects.count()

    load(business, base_url=BASE_URL)

    assert before == (
        Credentials.load(),
        AuditEvent.objects.count(),
        ResourceServer.objects.count(),
        Group.objects.count(),
    )


def test_does_not_give_back_what_was_taken_away(business: Business) -> None:
    member = next(each for each in business.people.values() if each.groups or each.organizations)
    for name in member.groups:
        administration.remove_member(group=Group.objects.get(name=name), user=user(member.email), by=None)
    for name in member.organizations:
        organization = Organization.objects.get(name=name)
        administration.remove_organization_member(organization=organization, user=user(member.email), by=None)

    load(business, base_url=BASE_URL)

    assert not user_permissions(user(member.email), ResourceServer.objects.get()).exists()


def test_gets_new_passwords_when_nobody_knows_them_any_more(business: Business) -> None:
    Credentials.path().unlink()

    load(business, base_url=BASE_URL)

    key, member = next(iter(business.people.items()))
    assert user(member.email).check_password(Credentials.load().passwords[password_key(business, key)])


def test_of_consumers_lets_somebody_else_s_application_see_and_no_more(loaded: None) -> None:
    grant = ClientGrant.objects.get(application__name="Penny Points")

    assert grant.subject_type == SubjectType.USER
    assert scopes("b2c", "carla@example.com") == {"read:orders"}
    assert scopes("b2c", "sid@exampleshop.com") == set()


@pytest.mark.parametrize(
    ("email", "organization", "held"),
    [
        ("sally@hoekstra.example", "hoekstra", {"read:trips", "book:trips", "approve:trips"}),
        ("pat@hoekstra.example", "hoekstra", {"read:trips", "book:trips"}),
        ("jonno@metahexa.example", "metahexa", {"read:trips", "book:trips"}),
        ("sumana@metahexa.example", "hoekstra", {"read:invoices"}),
        ("sumana@metahexa.example", "metahexa", {"read:trips", "book:trips"}),
        ("sumana@metahexa.example", "", set()),
    ],
)
def test_of_companies_keeps_its_customers_apart(loaded: None, email: str, organization: str, held: set[str]) -> None:
    assert scopes("b2b", email, organization) == held


@pytest.mark.parametrize(
    ("email", "held"),
    [
        ("nia@exampleco.com", {"read:directory", "deploy:services"}),
        ("omar@exampleco.com", {"read:directory"}),
        ("petra@exampleco.com", {"read:directory", "manage:employees"}),
    ],
)
def test_of_employees_follows_the_nested_groups(loaded: None, email: str, held: set[str]) -> None:
    assert scopes("b2e", email) == held


def test_of_employees_takes_everything_from_whoever_leaves(loaded: None) -> None:
    nia = user("nia@exampleco.com")

    administration.remove_member(group=Group.objects.get(name="Platform team"), user=nia, by=None)

    assert scopes("b2e", "nia@exampleco.com") == set()
