"""The hybrid flow: one authorization, a part of which comes at once; its code carries the rest, and the same risk."""

import base64
import hashlib

import pytest

from authhub.models import AuditEvent, AuditTag, SigningAlgorithm, TokenFamily
from tests.protocol.conftest import World
from tests.protocol.relying_party import NONCE, claims_of, error_of, is_alive, sent_by

SCOPES = "openid read:timesheets"
HYBRID = ["code id_token", "code token", "code id_token token"]
MEMBERS = {
    "code": {"code"},
    "id_token": {"id_token"},
    "token": {"access_token", "token_type", "expires_in", "scope"},
}


def half_hash(value: str, algorithm: str) -> str:
    digest = hashlib.new("sha512" if algorithm == SigningAlgorithm.ED25519 else "sha256", value.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


@pytest.mark.spec("OIDC Core", "3.3.2.5")
@pytest.mark.parametrize(
    "response_type",
    [*HYBRID, "id_token code", "token code", "token id_token code", "id_token token code", "code token id_token"],
)
@pytest.mark.parametrize("application", ["web", "spa"])
def test_answers_in_the_fragment(front: World, application: str, response_type: str) -> None:
    party = front.party(application, "employee")

    mode, answer = sent_by(party.authorize(response_type=response_type, scope=SCOPES, nonce=NONCE))

    assert mode == "fragment"
    assert set(answer) == {"state", "iss"}.union(*(MEMBERS[word] for word in response_type.split()))


@pytest.mark.spec("OIDC Core", "3.3.2.11", "c_hash and at_hash")
@pytest.mark.parametrize("response_type", ["code id_token", "code id_token token"])
@pytest.mark.parametrize("algorithm", SigningAlgorithm.values)
def test_names_what_comes_beside_the_id_token(front: World, response_type: str, algorithm: str) -> None:
    profile = front.applications["web"].authhub_profile
    profile.id_token_signing_algorithm = algorithm
    profile.save()

    answer = front.party("web", "employee").answer(response_type, scope=SCOPES)

    claims = claims_of(answer["id_token"])
    assert claims["nonce"] == NONCE
    assert claims["c_hash"] == half_hash(answer["code"], algorithm)
    token = answer.get("access_token")
    assert claims.get("at_hash") == (half_hash(token, algorithm) if token else None)


@pytest.mark.spec("OIDC Core", "3.3.3.6", "iss and sub identical")
@pytest.mark.spec("OIDC Core", "3.3.3.8")
@pytest.mark.parametrize("response_type", HYBRID)
@pytest.mark.parametrize("application", ["web", "spa", "partner"])
def test_redeems_the_code_for_the_same_user(front: World, application: str, response_type: str) -> None:
    party = front.party(application, "employee")
    answer = party.answer(response_type, scope=f"{SCOPES} offline_access")

    tokens = party.redeem(answer["code"]).json()

    assert set(tokens) >= {"access_token", "refresh_token", "id_token"}
    assert claims_of(tokens["id_token"])["nonce"] == NONCE
    assert "c_hash" not in claims_of(tokens["id_token"])
    if "id_token" in answer:
        assert claims_of(answer["id_token"])["sub"] == claims_of(tokens["id_token"])["sub"]
    assert "refresh_token" not in answer


@pytest.mark.spec("authhub", "M-07", "lifetime in the front channel")
def test_gives_the_first_token_the_shorter_life(front: World) -> None:
    party = front.party("web", "employee")
    answer = party.answer("code token", scope=SCOPES)

    tokens = party.redeem(answer["code"]).json()

    assert answer["expires_in"] == "7200"
    assert tokens["expires_in"] == 86_400


@pytest.mark.spec("OIDC Core", "3.3.2.11", "nonce")
@pytest.mark.spec("OIDF", "oidcc-ensure-request-without-nonce-fails")
@pytest.mark.parametrize("response_type", ["code id_token", "code id_token token"])
def test_wants_a_nonce_for_an_id_token(front: World, response_type: str) -> None:
    answer = front.party("web", "employee").answer(response_type, scope=SCOPES, nonce=None)

    assert answer["error"] == "invalid_request"


@pytest.mark.spec("OIDC Core", "3.3.2.11", "nonce")
@pytest.mark.spec("OIDF", "oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
def test_needs_no_nonce_without_an_id_token(front: World) -> None:
    party = front.party("web", "employee")

    answer = party.answer("code token", scope=SCOPES, nonce=None)

    assert "nonce" not in claims_of(party.redeem(answer["code"]).json()["id_token"])


@pytest.mark.spec("RFC 7636", "4.4.1")
@pytest.mark.parametrize("response_type", HYBRID)
def test_wants_pkce_as_for_a_code(front: World, response_type: str) -> None:
    party = front.party("web", "employee")

    refused = party.answer(response_type, scope=SCOPES, code_challenge=None, code_challenge_method=None)
    code = party.answer(response_type, scope=SCOPES)["code"]

    assert refused["error"] == "invalid_request"
    assert error_of(party.redeem(code, code_verifier="x" * 43)) == "invalid_grant"


@pytest.mark.spec("RFC 6749", "4.1.2", "SHOULD revoke all tokens previously issued based on that code")
@pytest.mark.spec("OIDF", "oidcc-codereuse")
@pytest.mark.spec("security", "CD02")
def test_kills_everything_when_the_code_is_used_twice(front: World) -> None:
    party = front.party("web", "employee")
    answer = party.answer("code id_token token", scope=SCOPES)
    tokens = party.redeem(answer["code"]).json()
    assert is_alive(answer["access_token"])
    assert is_alive(tokens["access_token"])

    assert error_of(party.redeem(answer["code"])) == "invalid_grant"

    assert not is_alive(answer["access_token"])
    assert not is_alive(tokens["access_token"])
    assert TokenFamily.objects.get().revoked_at is not None


@pytest.mark.spec("RFC 7009", "2.1")
def test_dies_as_one_when_the_first_token_is_given_back(front: World) -> None:
    party = front.party("web", "employee")
    answer = party.answer("code token", scope=SCOPES)
    revocation = {"token": answer["access_token"], "client_id": party.client_id, "client_secret": party.client_secret}

    body = "&".join(f"{name}={value}" for name, value in revocation.items())
    party.browser.post("/oauth/revoke", body, content_type="application/x-www-form-urlencoded")

    assert error_of(party.redeem(answer["code"])) == "invalid_grant"


@pytest.mark.spec("authhub", "M-06")
@pytest.mark.parametrize("missing", ["implicit", "authorization_code"])
@pytest.mark.parametrize("response_type", HYBRID)
def test_needs_both_grant_types(front: World, response_type: str, missing: str) -> None:
    profile = front.applications["web"].authhub_profile
    profile.grant_types = [name for name in profile.grant_types if name != missing]
    profile.save()

    answer = front.party("web", "employee").answer(response_type, scope=SCOPES)

    assert answer["error"] == "unauthorized_client"


@pytest.mark.spec("OIDC Core", "3.3.2.5")
@pytest.mark.spec("OIDC Core", "3.3.2.6", "errors in the fragment")
def test_refuses_in_the_fragment(front: World) -> None:
    party = front.party("partner", "employee")

    mode, answer = sent_by(party.authorize(response_type="code id_token", scope=SCOPES, nonce=NONCE, prompt="none"))

    assert (mode, answer["error"]) == ("fragment", "consent_required")


@pytest.mark.spec("OIDF", "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
@pytest.mark.spec("OIDF", "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
@pytest.mark.parametrize("response_type", HYBRID)
def test_takes_no_request_object(front: World, response_type: str) -> None:
    party = front.party("web", "employee")

    assert party.answer(response_type, scope=SCOPES, request="e30.e30.")["error"] == "request_not_supported"
    by_reference = party.answer(response_type, scope=SCOPES, request_uri="https://client.example/r")
    assert by_reference["error"] == "request_uri_not_supported"


def test_is_in_the_event_log_once_for_each_token(front: World) -> None:
    party = front.party("web", "employee")
    party.redeem(party.answer("code id_token token", scope=SCOPES)["code"])

    tags = set(AuditEvent.objects.values_list("tag", flat=True))

    assert {AuditTag.ISSUED_IN_FRONT_CHANNEL, AuditTag.CODE_EXCHANGED} <= tags
    assert AuditEvent.objects.filter(tag=AuditTag.ISSUED_IN_FRONT_CHANNEL).count() == 1
