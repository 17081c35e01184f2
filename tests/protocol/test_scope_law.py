"""Whatever is asked for, by whichever response type: scope ⊆ requested ∩ (identity ∪ effective)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authhub.models import IDENTITY_SCOPES
from authhub.oauth.response_types import RESPONSE_TYPES
from authhub.rbac.review import user_permissions
from tests.protocol.conftest import PERMISSIONS, World
from tests.protocol.relying_party import claims_of

SCOPES = [*IDENTITY_SCOPES, *PERMISSIONS, "delete:everything", "OPENID"]


@pytest.mark.spec("authhub", "M-16", "the access token only contains allowed scopes")
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    requested=st.lists(st.sampled_from(SCOPES), unique=True),
    response_type=st.sampled_from(list(RESPONSE_TYPES)),
    application=st.sampled_from(["web", "spa", "partner"]),
    user=st.sampled_from(["employee", "manager", "nobody"]),
)
def test_no_token_carries_more_than_is_asked_for_and_held(
    front: World, requested: list[str], response_type: str, application: str, user: str
) -> None:
    party = front.party(application, user)
    effective = set(user_permissions(front.users[user], front.api).values_list("value", flat=True))
    lawful = set(requested) & (set(IDENTITY_SCOPES) | effective)

    answer = party.answer(response_type, scope=" ".join(requested) or None)

    if "error" in answer:
        assert "id_token" in response_type
        assert "openid" not in requested
        return
    given_out = [answer]
    if "code" in answer:
        given_out.append(party.redeem(answer["code"]).json())
    for tokens in given_out:
        assert set(tokens.get("scope", "").split()) <= lawful
        if "access_token" in tokens:
            claims = claims_of(tokens["access_token"])
            assert set(claims["scope"].split()) == set(tokens["scope"].split())
            assert set(claims["permissions"]) == effective
