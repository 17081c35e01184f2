"""authhub's own project checks its tokens with the keys of this process, without a request."""

import pytest
from django.conf import settings as project_settings

from authhub.oauth import signing_keys
from tests.resource_server.issuers import AUDIENCE, CLIENT_ID, claims_for
from tests.resource_server.test_authentication import call
from tests.resource_server.views import Timesheets

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def api(settings):
    """Configure no more than a project must."""
    settings.AUTHHUB_RESOURCE_SERVER = {"AUDIENCE": AUDIENCE}
    signing_keys.forget_keys()
    yield
    signing_keys.forget_keys()


def issue(typ="at+jwt", **changes):
    claims = claims_for(project_settings.ISSUER, **{"azp": None, "client_id": CLIENT_ID, "jti": "1", **changes})
    return signing_keys.sign(claims, algorithm="RS256", typ=typ)


def test_accepts_its_own_token_with_two_settings(django_assert_num_queries):
    token = issue()
    assert call(Timesheets, token).status_code == 200

    with django_assert_num_queries(0):
        assert call(Timesheets, token).status_code == 200


def test_accepts_auth0s_dialect():
    assert call(Timesheets, issue("JWT", azp=CLIENT_ID)).status_code == 200


def test_refuses_its_own_id_token():
    id_token = issue("JWT", azp=CLIENT_ID, aud=CLIENT_ID, scope=None, nonce="n")

    assert call(Timesheets, id_token).status_code == 401
