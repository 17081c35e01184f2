"""Claims about users: the subject identifier, and the standard claims by scope (OpenID Connect Core §5.1, §5.4)."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.module_loading import import_string

from authhub.conf import conf
from authhub.models import UserProfile, is_email_verified, key_in_subject
from authhub.models import subject_of as subject_of

CLAIMS_BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}

NOTHING_MORE: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def user_key_of(subject: str) -> Any:
    """
    Return the primary key of the user whose ``sub`` this is, or None if it is nobody's.

    It stands in the subject, but for users who brought one along: these cost a query.
    """
    if subject.endswith("@clients"):
        return None
    key = key_in_subject(subject)
    if key is None:
        return UserProfile.objects.filter(subject=subject).values_list("pk", flat=True).first()
    return key


def standard_claims(user: Any) -> dict[str, Any]:
    """
    Return the standard claims that Django's user model knows.

    A project whose users have more names its own function in ``AUTHHUB["CLAIMS_MAPPING"]``; what is None or empty is
    left out, and the scopes decide what is told to whom. What the user's profile says of names goes before.
    """
    email = getattr(user, user.get_email_field_name(), "")
    profile = getattr(user, "authhub_profile", None)
    full_name = getattr(user, "get_full_name", str)
    return {
        "name": (profile and profile.name) or full_name() or user.get_username(),
        "given_name": getattr(user, "first_name", ""),
        "family_name": getattr(user, "last_name", ""),
        "nickname": (profile and profile.nickname) or user.get_username().partition("@")[0],
        "preferred_username": user.get_username(),
        "picture": profile and profile.picture,
        "email": email,
        "email_verified": bool(email) and is_email_verified(user, getattr(user, "authhub_profile", None)),
    }


def known_claims(user: Any) -> Mapping[str, Any]:
    """Return all that the mapping in the settings knows of a user, whoever may be told."""
    mapping: Callable[[Any], Mapping[str, Any]] = import_string(conf.claims_mapping)
    return mapping(user)


def user_claims(
    user: Any, scopes: Iterable[str], requested: Mapping[str, Mapping[str, Any]] = NOTHING_MORE
) -> dict[str, Any]:
    """
    Return ``sub``, the claims that `scopes` allow, and those that were asked for one by one and consented to.

    `requested` says of each of these which values are wanted, if not any (`authhub.oauth.claims_requests`): another
    one is left out (OpenID Connect Core §5.5.1).
    """
    known = known_claims(user)
    wanted = [claim for scope in scopes for claim in CLAIMS_BY_SCOPE.get(scope, ())]
    wanted += [claim for claim, how in requested.items() if known.get(claim) in how.get("values", [known.get(claim)])]
    claims = {claim: known[claim] for claim in wanted if known.get(claim) not in (None, "")}
    return {**claims, "sub": subject_of(user)}
