"""The Authorization Extension's rule…"""

from typing import Any

import pytest

from authhub.models import RuleSetting
from authhub.rules.builtin import (
    AUTHORIZATION_EXTENSION,
    AUTHORIZATION_EXTENSION_ORDER,
    authorization_extension,
    named,
    persisted,
)
from authhub.rules.context import Authorization, RuleClient, RuleResourceServer, RuleUser, Toggles
from authhub.rules.outcomes import AddClaim, Deny, EnrichUser
from authhub.rules.pipeline import evaluate
from authhub.rules.registry import credentials_exchange, post_login, registered
from tests.rules.conftest import make_context

pytestmark = pytest.mark.django_db


def tell(name: str) -> Any:
    """Return a rule that puts what the user object shows into a claim."""
    return lambda context: AddClaim(
        f"https://x.example/{name}",
        {"groups": context.user.groups, "roles": context.user.roles, "permissions": context.user.permissions},
    )


def world() -> Authorization:
    return Authorization(
        groups=lambda: ["Staff"], roles=lambda: ["Employee", "Manager"], permissions=lambda: ["read:timesheets"]
    )


def test_shows_groups_roles_and_permissions_to_rules_after_it_only() -> None:
    """M-15."""
    with (
        registered(tell("before"), order=AUTHORIZATION_EXTENSION_ORDER - 1, name="before"),
        registered(tell("after"), order=AUTHORIZATION_EXTENSION_ORDER + 1, name="after"),
    ):
        verdict = evaluate(post_login, make_context(authorization=world()))

    assert verdict.access_token_claims["https://x.example/before"] == {"groups": [], "roles": [], "permissions": []}
    assert verdict.access_token_claims["https://x.example/after"] == {
        "groups": ["Staff"],
        "roles": ["Employee", "Manager"],
        "permissions": ["read:timesheets"],
    }


def test_shows_nothing_when_switched_off() -> None:
    RuleSetting.objects.create(name=AUTHORIZATION_EXTENSION, is_enabled=False)

    with registered(tell("after"), order=200, name="after"):
        verdict = evaluate(post_login, make_context(authorization=world()))

    assert verdict.access_token_claims["https://x.example/after"]["roles"] == []


def test_looks_nothing_up_by_itself() -> None:
    def load() -> list[str]:
        raise AssertionError("looked up")

    verdict = evaluate(post_login, make_context(authorization=Authorization(groups=load, roles=load, permissions=load)))

    assert verdict.refusal is None


def test_stands_at_its_published_place() -> None:
    [found] = [found for found in post_login.rules if found.is_builtin]

    assert (found.name, found.order) == ("auth0-authorization-extension", 100)
    assert not credentials_exchange.rules


def test_refuses_people_the_extensions_own_api() -> None:
    context = make_context(resource_server=RuleResourceServer(identifier="urn:auth0-authz-api"))

    assert evaluate(post_login, context).denial == Deny("no_end_users", code="unauthorized")


def test_restricts_an_application_by_role_in_the_way_of_the_published_recipe() -> None:
    """B.5 number 6."""

    def required_roles(context: Any) -> Deny | None:
        required = {
            name.strip() for name in context.client.metadata.get("required_roles", "").split(",") if name.strip()
        }
        if required and not required & set(context.user.roles):
            return Deny(f"You do not have the required role to access {context.client.name}", code="unauthorized")
        return None

    client = type(make_context().client)
    with registered(required_roles, order=200, name="required roles"):
        allowed = evaluate(
            post_login,
            make_context(client=client(id="a", metadata={"required_roles": "Manager,Admin"}), authorization=world()),
        )
        denied = evaluate(
            post_login,
            make_context(
                client=client(id="a", name="App", metadata={"required_roles": "Admin"}), authorization=world()
            ),
        )

    assert allowed.refusal is None
    assert denied.denial == Deny("You do not have the required role to access App", code="unauthorized")


@pytest.mark.parametrize("name", ["groups", "roles", "permissions"])
@pytest.mark.parametrize(
    ("in_token", "passthrough", "expected"),
    [
        (True, False, ("ours",)),
        (True, True, ("theirs", "ours")),
        (False, False, ("theirs",)),
        (False, True, ("theirs",)),
    ],
)
def test_shows_what_its_toggles_say(name: str, in_token: bool, passthrough: bool, expected: tuple[str, ...]) -> None:
    """B.5 number 4."""
    context = make_context(
        user=RuleUser(id="auth0|1", attributes={name: ["theirs"]}),
        policy=Authorization(**{name: ["ours"]}),
        authorization=Authorization(**{name: ["known here"]}),
        toggles=Toggles(**{f"{name}_in_token": in_token, f"{name}_passthrough": passthrough}),
    )

    enriched = authorization_extension(context)

    assert isinstance(enriched, EnrichUser)
    assert getattr(enriched.authorization, name) == expected


@pytest.mark.parametrize("said", ["a, b", "a b", ["a", "b", 1], ("a", "b")])
def test_reads_incoming_names_however_they_are_written(said: object) -> None:
    assert named(said) == ("a", "b")
    assert named(None) == named({"a": 1}) == ()


def test_keeps_only_what_its_toggles_say() -> None:
    context = make_context(
        policy=Authorization(groups=["g"], roles=["r"], permissions=["p"]),
        toggles=Toggles(persist_roles=True, persist_permissions=True),
    )

    assert persisted(context) == {"roles": ["r"], "permissions": ["p"]}


@pytest.mark.parametrize(
    ("held", "is_let_in"), [(["Manager"], True), (["Admin", "x"], True), (["x"], False), ([], False)]
)
def test_lets_in_whoever_has_one_of_the_required_roles(held: list[str], is_let_in: bool) -> None:
    """E-25."""
    client = RuleClient(id="a", name="App", metadata={"required_roles": "Manager, Admin"})

    answer = authorization_extension(make_context(client=client, policy=Authorization(roles=held)))

    denied = Deny("You do not have the required role to access App", code="unauthorized")
    assert (answer == denied) is not is_let_in
