"""The Authorization Extension's API is for machines…"""

import pytest

from authhub.conf import AUTHZ_API_IDENTIFIER
from authhub.rbac.administration import install_administrative_apis
from tests.protocol.conftest import World
from tests.protocol.relying_party import answer_in


@pytest.mark.spec("auth0", "B.2", "no_end_users")
def test_so_no_user_gets_a_token_for_it(world: World) -> None:
    install_administrative_apis()
    party = world.party("web", "employee")

    refused = answer_in(party.authorize(scope="openid", audience=AUTHZ_API_IDENTIFIER))

    assert (refused["error"], refused["error_description"]) == ("unauthorized", "no_end_users")
