"""The Authorization Extension's rule, at a sign-in…"""

from collections.abc import Iterator
from typing import Any

import pytest

from authhub.models import ExtensionSettings, RuleSetting, UserProfile
from authhub.oauth.claims import standard_claims, subject_of
from authhub.rbac.extension.holders import find_holder
from authhub.rbac.extension.policy import policy_of
from authhub.rules.outcomes import AddClaim
from authhub.rules.registry import registered
from authhub.rules.rule_settings import forget_rule_settings
from authhub.rules.toggles import forget_toggles
from tests import factories
from tests.protocol.conftest import World
from tests.protocol.relying_party import claims_of

CLAIM = "https://x.example/seen"
SCOPES = "openid read:timesheets offline_access"


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    forget_toggles()
    forget_rule_settings()
    yield
    forget_toggles()
    forget_rule_settings()


@pytest.fixture
def from_google(settings: Any) -> None:
    """People come through a connection that names groups."""
    settings.AUTHHUB = {**settings.AUTHHUB, "CLAIMS_MAPPING": f"{__name__}.claims_from_google"}


def claims_from_google(user: Any) -> dict[str, Any]:
    return {**standard_claims(user), "connection": "google-oauth2", "groups": GROUPS}


GROUPS = ["google-group"]


def seen(world: World) -> dict[str, list[str]]:
    """Sign in, and return what a rule after the Extension's sees."""

    def tell(context: Any) -> AddClaim:
        user = context.user
        return AddClaim(CLAIM, {"groups": user.groups, "roles": user.roles, "permissions": user.permissions})

    with registered(tell, order=200, name="tell"):
        tokens = world.party("spa", "employee").tokens(SCOPES)
    found: dict[str, list[str]] = claims_of(tokens["access_token"])[CLAIM]
    return found


def test_shows_what_the_policy_endpoint_answers(world: World, from_google: None) -> None:
    """M-15, E-23."""
    mapping = factories.GroupMappingFactory(connection_name="google-oauth2", group_name="google-group")
    above = factories.GroupNestingFactory(child=mapping.group).parent
    application = world.applications["spa"]
    mine = factories.ExtensionRoleFactory(application_id=application.client_id, name="Clerk").role
    foreign = factories.ExtensionRoleFactory(application_id="other", name="Foreign").role
    for role in (mine, foreign):
        factories.RoleAssignmentFactory(group=above, role=role)

    answer = policy_of(
        find_holder(subject_of(world.users["employee"])),
        application_id=application.client_id,
        connection_names=["google-oauth2"],
        incoming_groups=GROUPS,
    )

    assert seen(world) == {name: list(getattr(answer, name)) for name in ("groups", "roles", "permissions")}
    assert {mapping.group.name, above.name} <= set(answer.groups)
    assert "Clerk" in answer.roles
    assert "Foreign" not in answer.roles


def test_forgets_a_mapped_group_that_the_provider_does_not_name_any_more(
    world: World, from_google: None, monkeypatch: Any
) -> None:
    mapping = factories.GroupMappingFactory(connection_name="google-oauth2", group_name="google-group")
    before = seen(world)["groups"]

    monkeypatch.setattr(f"{__name__}.GROUPS", [])

    assert mapping.group.name in before
    assert mapping.group.name not in seen(world)["groups"]


def test_counts_mappings_of_the_project_s_own_users_under_auth0_s_name_too(world: World, settings: Any) -> None:
    settings.AUTHHUB = {**settings.AUTHHUB, "CLAIMS_MAPPING": f"{__name__}.claims_with_groups"}
    name = "Username-Password-Authentication"
    mapping = factories.GroupMappingFactory(connection_name=name, group_name="google-group")

    assert mapping.group.name in seen(world)["groups"]


def claims_with_groups(user: Any) -> dict[str, Any]:
    return {**standard_claims(user), "groups": "google-group, others"}


def test_keeps_what_the_toggles_say_for_each_application(world: World) -> None:
    user = world.users["employee"]
    profile = factories.UserProfileFactory(user=user, subject=None, app_metadata={"plan": "gold"})
    ExtensionSettings(pk=1, persist_roles=True).save()

    for name in ("spa", "web"):
        world.party(name, "employee").tokens(SCOPES)

    profile.refresh_from_db()
    ids = {world.applications[name].client_id for name in ("spa", "web")}
    assert profile.app_metadata["plan"] == "gold"
    assert set(profile.app_metadata["authorization"]) == ids
    assert all(list(kept) == ["roles"] and kept["roles"] for kept in profile.app_metadata["authorization"].values())


def test_keeps_nothing_by_itself_or_while_it_is_switched_off(world: World) -> None:
    world.party("spa", "employee").tokens(SCOPES)
    RuleSetting.objects.create(name="auth0-authorization-extension", is_enabled=False)
    ExtensionSettings(pk=1, persist_roles=True).save()

    world.party("spa", "employee").tokens(SCOPES)

    kept = UserProfile.objects.filter(user=world.users["employee"]).values_list("app_metadata", flat=True)
    assert not any("authorization" in each for each in kept)


def test_refuses_who_has_none_of_the_required_roles(world: World) -> None:
    """E-25."""
    profile = world.applications["spa"].authhub_profile
    profile.metadata = {"required_roles": "Director, Auditor"}
    profile.save()

    refused = world.party("spa", "employee").answer(scope=SCOPES)
    profile.metadata = {"required_roles": f"Director, {world.roles['employee'].name}"}
    profile.save()

    assert (refused["error"], refused["error_description"]) == (
        "unauthorized",
        f"You do not have the required role to access {world.applications['spa'].name}",
    )
    assert "code" in world.party("spa", "employee").answer(scope=SCOPES)
