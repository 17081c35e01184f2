"""The rule that authhub brings: what the Authorization Extension's published rule did (B.5), without a network."""

import re
from typing import Any

from authhub.rules.context import Authorization, RuleContext
from authhub.rules.outcomes import Deny, EnrichUser
from authhub.rules.registry import post_login

AUTHORIZATION_EXTENSION = "auth0-authorization-extension"
"""The name under which the Extension published its rule."""

AUTHORIZATION_EXTENSION_ORDER = 100
"""Its place: a rule with a larger order sees `user.groups`, `user.roles` and `user.permissions`, a smaller does not."""

EXTENSION_AUDIENCE = "urn:auth0-authz-api"
REQUIRED_ROLES = "required_roles"
"""In an application's metadata: roles, with commas between them, of which a user must have one (E-25)."""


def authorization_extension(context: RuleContext) -> EnrichUser | Deny:
    """
    Show the later rules the user's groups, roles and permissions (M-15); refuse whom the application does not want.

    Costs nothing until a rule looks, or an application requires roles: the names are loaded then.
    """
    if context.resource_server is not None and context.resource_server.identifier == EXTENSION_AUDIENCE:
        return Deny("no_end_users", code="unauthorized")
    required = {name.strip() for name in str(context.client.metadata.get(REQUIRED_ROLES) or "").split(",")} - {""}
    if required and required.isdisjoint(policy_in(context).roles):
        return Deny(f"You do not have the required role to access {context.client.name}", code="unauthorized")
    return EnrichUser(
        Authorization(
            groups=lambda: shown("groups", context),
            roles=lambda: shown("roles", context),
            permissions=lambda: shown("permissions", context),
        )
    )


def policy_in(context: RuleContext) -> Authorization:
    """Return what the policy endpoint says; where nobody asked it, what authhub itself knows."""
    return context.authorization if context.policy is None else context.policy


def shown(name: str, context: RuleContext) -> tuple[str, ...]:
    """Return what later rules see as the user's `groups`, `roles` or `permissions`."""
    if not getattr(context.toggles, f"{name}_in_token"):
        return incoming(name, context)
    return merged(name, context)


def merged(name: str, context: RuleContext) -> tuple[str, ...]:
    """Return the policy's names, after those of the identity provider if they pass through."""
    names: tuple[str, ...] = getattr(policy_in(context), name)
    if not getattr(context.toggles, f"{name}_passthrough"):
        return names
    return tuple(dict.fromkeys([*incoming(name, context), *names]))


def incoming(name: str, context: RuleContext) -> tuple[str, ...]:
    """Return what the identity provider says of the user."""
    return () if context.user is None else named(context.user.attributes.get(name))


def named(said: Any) -> tuple[str, ...]:
    """Return the names in what an identity provider says: a list, or a text with commas or blanks in between."""
    if isinstance(said, str):
        return tuple(each for each in re.split(r"[,\s]+", said) if each)
    return tuple(each for each in said if isinstance(each, str)) if isinstance(said, list | tuple) else ()


def persisted(context: RuleContext) -> dict[str, list[str]]:
    """Return what the toggles say is kept in the user's metadata; empty if nothing is."""
    names = ("groups", "roles", "permissions")
    return {name: list(merged(name, context)) for name in names if getattr(context.toggles, f"persist_{name}")}


post_login.connect(
    authorization_extension,
    order=AUTHORIZATION_EXTENSION_ORDER,
    name=AUTHORIZATION_EXTENSION,
    is_builtin=True,
)
