"""Grants at the Management API…"""

import pytest

from authhub.models import AuditEvent, AuditTag, Consent, TokenFamily
from authhub.oauth.claims import subject_of
from tests import factories
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db


def test_are_listed_for_a_user_an_application_and_an_api(api: Api) -> None:
    server, organization = factories.ResourceServerFactory(), factories.OrganizationFactory()
    consent = factories.ConsentFactory(resource_server=server, organization=organization, scopes="openid read:things")
    identity = factories.ConsentFactory(user=consent.user, scopes="openid")
    factories.ConsentFactory()
    expected = {
        "id": consent.public_id,
        "clientID": consent.application.client_id,
        "user_id": subject_of(consent.user),
        "audience": server.identifier,
        "scope": ["openid", "read:things"],
        "organization_id": organization.public_id,
    }

    assert api.get(f"grants?client_id={consent.application.client_id}&audience={server.identifier}").json() == [
        expected
    ]
    of_user = api.get(f"grants?user_id={subject_of(consent.user)}&include_totals=true").json()
    assert (of_user["total"], [each["id"] for each in of_user["grants"]]) == (
        2,
        [consent.public_id, identity.public_id],
    )
    assert "audience" not in of_user["grants"][1]
    assert api.get("grants?user_id=nobody").json() == []


def test_are_taken_back_with_the_authorizations_that_rest_on_them(api: Api) -> None:
    consent = factories.ConsentFactory()
    family = factories.TokenFamilyFactory(user=consent.user, application=consent.application)

    assert api.delete(f"grants/{consent.public_id}").status_code == 204

    assert not Consent.objects.exists()
    assert TokenFamily.objects.get(pk=family.pk).revoked_at is not None
    assert AuditEvent.objects.get(tag=AuditTag.CONSENT_REVOKED).actor_application == api.application
    assert api.delete(f"grants/{consent.public_id}").status_code == 204  # as at Auth0


def test_are_taken_back_all_of_one_user_who_must_be_named(api: Api) -> None:
    consent = factories.ConsentFactory()
    factories.ConsentFactory(user=consent.user)
    other = factories.ConsentFactory()

    assert api.delete("grants").status_code == 400
    assert api.delete("grants?user_id=auth0|0").status_code == 404
    assert api.delete(f"grants?user_id={subject_of(consent.user)}").status_code == 204
    assert list(Consent.objects.all()) == [other]
