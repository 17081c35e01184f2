"""The deployment's rules have the last word on every token, within what the roles and the application allow."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authhub.models import AuditEvent, AuditTag
from authhub.rules.context import RuleContext
from authhub.rules.outcomes import AddClaim, AddScope, Deny, RemoveScope, RequireMfa, UnauthorizedError
from authhub.rules.registry import credentials_exchange, registered
from authhub.rules.rule_settings import forget_rule_settings
from tests.factories import RuleSettingFactory
from tests.protocol.conftest import AUDIENCE, World
from tests.protocol.relying_party import answer_in, claims_of, error_of, is_alive

SCOPES = "openid read:timesheets create:timesheets offline_access"
CLAIM = "https://api.exampleco.com/shoe-size"


def broken(context: RuleContext) -> None:
    raise RuntimeError("the database password is hunter2")


def unauthorized(context: RuleContext) -> None:
    raise UnauthorizedError("You shall not pass")


@pytest.fixture(autouse=True)
def _fresh_rule_settings() -> Iterator[None]:
    """A rolled back test leaves rows in the cache that are in no table."""
    forget_rule_settings()
    yield
    forget_rule_settings()


@pytest.mark.spec("authhub", "M-18")
def test_add_claims_to_both_tokens(world: World) -> None:
    with registered(lambda _: AddClaim(CLAIM, 44), order=300, name="shoes"):
        tokens = world.party("web", "employee").tokens(SCOPES)

    assert claims_of(tokens["access_token"])[CLAIM] == claims_of(tokens["id_token"])[CLAIM] == 44


@pytest.mark.spec("authhub", "M-18", "its own rule of the demo")
def test_of_the_demo_tells_the_timesheets_api_the_address(world: World) -> None:
    tokens = world.party("web", "employee").tokens(SCOPES)

    name = "https://api.exampleco.com/email"
    assert claims_of(tokens["access_token"])[name] == world.users["employee"].email
    assert name not in claims_of(tokens["id_token"])


@pytest.mark.spec("authhub", "M-18", "refused and logged")
@pytest.mark.spec("security", "RL04")
@pytest.mark.parametrize(
    "name",
    ["sub", "aud", "iss", "exp", "scope", "permissions", "client_id", "azp", "org_id", "act", "jti", "auth_time"],
)
def test_may_not_set_what_is_the_servers(world: World, name: str) -> None:
    party = world.party("web", "employee")
    with registered(lambda _: AddClaim(name, "evil"), order=300, name="evil"):
        tokens = party.tokens(SCOPES)

    assert claims_of(tokens["access_token"]).get(name) != "evil"
    assert claims_of(tokens["id_token"]).get(name) != "evil"
    assert "evil" in str(AuditEvent.objects.get(tag=AuditTag.CODE_EXCHANGED).details["rules"])


@pytest.mark.spec("authhub", "M-17")
@pytest.mark.spec("auth0", "C.5")
@pytest.mark.parametrize(
    ("rule", "error", "description"),
    [
        (unauthorized, "unauthorized", "You shall not pass"),
        (lambda _: Deny("Not on Sundays"), "access_denied", "Not on Sundays"),
        (lambda _: Deny("Ask again", code="interaction_required"), "interaction_required", "Ask again"),
        (broken, "access_denied", "The request was denied."),
        (lambda _: 5, "access_denied", "The request was denied."),
        (lambda _: RequireMfa(), "interaction_required", "More is needed from the user."),
    ],
)
@pytest.mark.spec("security", "RL01")
def test_refuse_before_a_code_is_made(
    world: World, rule: Callable[[RuleContext], Any], error: str, description: str
) -> None:
    party = world.party("web", "employee")
    with registered(rule, order=300, name="refusal"):
        answer = answer_in(party.authorize(scope=SCOPES))

    assert (answer["error"], answer["error_description"]) == (error, description)
    assert answer["state"] == "af0ifjsldkj"
    assert "hunter2" not in str(answer)
    assert "refusal" in str(AuditEvent.objects.latest("pk").details)


@pytest.mark.spec("authhub", "M-17", "also at the token endpoint")
def test_refuse_a_code_and_a_refresh_made_before(world: World) -> None:
    party = world.party("web", "employee")
    tokens = party.tokens(SCOPES)
    code = party.code(scope=SCOPES)

    with registered(unauthorized, order=300, name="refusal"):
        redeemed, refreshed = party.redeem(code), party.refresh(tokens["refresh_token"])

    assert error_of(redeemed) == error_of(refreshed) == "unauthorized"
    assert redeemed.json()["error_description"] == "You shall not pass"
    assert is_alive(tokens["access_token"])
    assert party.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.spec("authhub", "M-17", "order changes the result")
def test_run_in_their_order(world: World) -> None:
    seen: list[tuple[str, tuple[str, ...]]] = []

    def note(name: str) -> Callable[[RuleContext], None]:
        return lambda context: seen.append((name, tuple(context.scopes)))

    party = world.party("web", "employee")
    with (
        registered(lambda _: RemoveScope("create:timesheets"), order=320, name="remove"),
        registered(note("after"), order=330, name="after"),
        registered(note("before"), order=310, name="before"),
    ):
        tokens = party.tokens(SCOPES)

    assert [name for name, _ in seen] == ["before", "after"] * 2
    assert "create:timesheets" in seen[0][1]
    assert "create:timesheets" not in seen[1][1]
    assert tokens["scope"] == claims_of(tokens["access_token"])["scope"] == "openid read:timesheets offline_access"


@pytest.mark.spec("authhub", "M-17", "a disabled rule is not run")
def test_do_not_run_when_they_are_switched_off(world: World) -> None:
    RuleSettingFactory(name="refusal", is_enabled=False)
    forget_rule_settings()

    with registered(unauthorized, order=300, name="refusal"):
        assert "code" in answer_in(world.party("web", "employee").authorize(scope=SCOPES))


@pytest.mark.spec("authhub", "M-17", "must terminate")
@pytest.mark.spec("security", "RL02")
def test_deny_when_they_take_too_long(world: World, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "RULE_TIMEOUT_SECONDS": 0.2}

    def endless(context: RuleContext) -> None:
        for _ in range(300_000_000):
            if over:
                return

    over: list[int] = []
    with registered(endless, order=300, name="endless"):
        answer = answer_in(world.party("web", "employee").authorize(scope=SCOPES))
    over.append(1)

    assert answer["error"] == "access_denied"


@pytest.mark.spec("authhub", "M-15")
def test_see_groups_roles_and_permissions(world: World) -> None:
    seen: list[Any] = []

    def look(context: RuleContext) -> None:
        authorization = context.authorization
        seen.append((list(authorization.groups), list(authorization.roles), sorted(authorization.permissions)))

    with registered(look, order=300, name="look"):
        world.party("web", "employee").tokens(SCOPES)

    assert seen[0] == ([], ["Employee"], ["create:timesheets", "delete:timesheets", "read:timesheets"])


@pytest.mark.spec("security", "RL05")
def test_add_no_scope_beyond_the_ceiling(world: World) -> None:
    party = world.party("web", "employee")
    with registered(lambda _: AddScope("delete:timesheets"), order=300, name="add"):
        assert "delete:timesheets" in party.tokens("openid")["scope"].split()

    with registered(lambda _: AddScope("approve:timesheets"), order=300, name="add"):
        assert party.tokens("openid")["scope"] == "openid"
    with registered(lambda _: AddScope("create:timesheets"), order=300, name="add"):
        partner = world.party("partner", "employee")
        assert partner.tokens("openid read:timesheets")["scope"] == "openid read:timesheets"


@pytest.mark.spec("authhub", "M-17", "credentials exchange")
def test_have_a_word_on_machines_too(world: World) -> None:
    party = world.party("cron")
    request = {"grant_type": "client_credentials", "audience": AUDIENCE}

    with registered(lambda _: AddClaim(CLAIM, 1), trigger=credentials_exchange, order=300, name="claim"):
        assert claims_of(party.token(**request).json()["access_token"])[CLAIM] == 1
    with registered(unauthorized, trigger=credentials_exchange, order=300, name="refusal"):
        assert error_of(party.token(**request)) == "unauthorized"
    with registered(broken, trigger=credentials_exchange, order=300, name="broken"):
        response = party.token(**request)
        assert error_of(response) == "access_denied"
        assert b"hunter2" not in response.content
    with registered(lambda _: RemoveScope("batch:upload"), trigger=credentials_exchange, order=300, name="remove"):
        assert party.token(**request).json()["scope"] == ""


def test_that_take_offline_access_away_end_the_refreshing(world: World) -> None:
    party = world.party("spa", "employee")
    tokens = party.tokens(SCOPES)

    with registered(lambda _: RemoveScope("offline_access"), order=300, name="remove"):
        refreshed = party.refresh(tokens["refresh_token"]).json()

    assert "refresh_token" not in refreshed
    assert is_alive(refreshed["access_token"])
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
