"""What a rule is handed…"""

from dataclasses import FrozenInstanceError, replace

import pytest

from authhub.rules.context import Authorization, RuleClient, RuleRequest, RuleUser, Secrets
from tests.rules.conftest import make_context


def test_cannot_be_changed() -> None:
    context = make_context(user=RuleUser(id="auth0|1", attributes={"team": {"name": "ops", "floors": [1]}}))

    assert context.user is not None
    with pytest.raises(FrozenInstanceError):
        context.scopes = ("admin",)
    with pytest.raises(TypeError):
        context.user.attributes["team"] = "admins"
    with pytest.raises(TypeError):
        context.user.attributes["team"]["name"] = "admins"
    assert context.user.attributes["team"]["floors"] == (1,)


def test_does_not_follow_what_it_was_made_of() -> None:
    metadata = {"required_roles": ["Employee"]}
    client = RuleClient(id="spa", metadata=metadata)

    metadata["required_roles"].append("Nobody")

    assert client.metadata["required_roles"] == ("Employee",)


def test_freezes_sets() -> None:
    assert RuleClient(id="spa", metadata={"tags": {"a"}}).metadata["tags"] == frozenset({"a"})


def test_turns_scopes_into_a_tuple_and_allowed_scopes_into_a_set() -> None:
    context = make_context(scopes=["a", "b"], allowed_scopes=["a"])

    assert context.scopes == ("a", "b")
    assert context.allowed_scopes == frozenset({"a"})


@pytest.mark.parametrize(
    "name", ["client_secret", "code", "code_verifier", "refresh_token", "password", "Client_Secret"]
)
def test_hides_parameters_that_are_secrets(name: str) -> None:
    request = RuleRequest(query={name: "hush", "scope": "openid"}, body={name: "hush", "audience": "api"})

    assert dict(request.query) == {"scope": "openid"}
    assert dict(request.body) == {"audience": "api"}
    assert "hush" not in repr(request)


def test_loads_each_kind_of_name_once_and_only_when_looked_at() -> None:
    loads: list[str] = []

    def load_roles() -> list[str]:
        loads.append("roles")
        return ["Employee"]

    def load_groups() -> list[str]:
        loads.append("groups")
        return ["Staff"]

    authorization = Authorization(roles=load_roles, groups=load_groups, permissions=["read:timesheets"])

    assert authorization.permissions == ("read:timesheets",)
    assert loads == []
    assert authorization.roles == authorization.roles == ("Employee",)
    assert loads == ["roles"]
    assert authorization.groups == ("Staff",)


def test_loads_through_another_way_once_for_both() -> None:
    loads: list[str] = []
    original = Authorization(roles=lambda: loads.append("roles") or ["Employee"])
    bridged = original.through(lambda load: load())

    assert bridged.roles == original.roles == bridged.roles == ("Employee",)
    assert bridged.groups == bridged.permissions == ()
    assert loads == ["roles"]


def test_does_not_load_to_be_printed() -> None:
    def load() -> list[str]:
        raise AssertionError("loaded")

    assert "Authorization" in repr(make_context(authorization=Authorization(roles=load)))


def test_shows_the_users_names_only_once_enriched() -> None:
    user = RuleUser(id="auth0|1")

    assert (user.groups, user.roles, user.permissions) == ((), (), ())

    enriched = replace(user, enrichment=Authorization(groups=["Staff"], roles=["Employee"], permissions=["read"]))

    assert (enriched.groups, enriched.roles, enriched.permissions) == (("Staff",), ("Employee",), ("read",))


def test_prints_the_names_of_secrets_only() -> None:
    secrets = Secrets({"API_KEY": "hush"})

    assert secrets["API_KEY"] == "hush"
    assert list(secrets) == ["API_KEY"]
    assert len(secrets) == 1
    assert repr(secrets) == "<Secrets: API_KEY>"
    assert repr(Secrets()) == "<Secrets: none>"
