"""The Extension's policy of a user who gets a token: for the rules, and kept in the user's metadata (B.5, E-24)."""

from collections.abc import Sequence
from functools import cache

from django.db import transaction

from authhub.models import UserProfile
from authhub.oauth.issuance import Issuance
from authhub.rbac.administration import change_record, create_record
from authhub.rbac.extension.holders import Holder
from authhub.rbac.extension.policy import Policy, policy_of
from authhub.rbac.identities import identity_in
from authhub.rules.builtin import persisted
from authhub.rules.context import Authorization, RuleContext

OWN_CONNECTIONS = ("django", "Username-Password-Authentication")
"""What the project's own users come through: our name and Auth0's, so that mappings of either count."""
KEPT = "authorization"
"""The member of a user's application metadata, with one entry for each application."""


def connection_names(name: str) -> Sequence[str]:
    """Return the names under which a connection's mappings may stand."""
    return OWN_CONNECTIONS if name in OWN_CONNECTIONS else (name,)


def policy_for_rules(
    issuance: Issuance, *, subject: str, connection: str, incoming_groups: Sequence[str]
) -> Authorization:
    """Return the policy, computed when a rule first looks."""

    @cache
    def policy() -> Policy:
        return policy_of(
            Holder(issuance.user, identity_in(subject), issuance.now),
            application_id=issuance.application.client_id,
            connection_names=connection_names(connection),
            incoming_groups=incoming_groups,
            resource_server=issuance.resource_server,
            organization=issuance.organization,
        )

    return Authorization(
        groups=lambda: policy().groups, roles=lambda: policy().roles, permissions=lambda: policy().permissions
    )


def keep_policy(issuance: Issuance, context: RuleContext) -> None:
    """Keep in the user's metadata what the toggles say, by application; write only what differs."""
    kept = persisted(context)
    if not kept:
        return
    client_id = issuance.application.client_id
    with transaction.atomic():
        profile = UserProfile.objects.select_for_update().filter(user=issuance.user).first()
        if profile is None:
            profile = create_record(UserProfile(user=issuance.user), by=None, reason="signed in")
        # What the Extension wrote there was that of the application before, whichever it was.
        before = {
            name: value
            for name, value in (profile.app_metadata.get(KEPT) or {}).items()
            if name not in ("groups", "roles", "permissions")
        }
        if before.get(client_id) != kept:
            profile.app_metadata = {**profile.app_metadata, KEPT: {**before, client_id: kept}}
            change_record(profile, by=None, reason="signed in")
