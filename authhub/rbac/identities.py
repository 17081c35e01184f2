"""Who is meant by an id from outside: somebody who is here, or somebody who is expected (E-39)."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.functions import Lower

from authhub.models import IdentityKind, UserProfile, is_email_verified, key_in_subject

MACHINE_SUFFIX = "@clients"


@dataclass(frozen=True)
class Identity:
    """How somebody is recognised at the first sign-in: by a user id, or by a verified e-mail address."""

    kind: str
    value: str

    def __str__(self) -> str:
        return self.value


def identity_in(external_id: str) -> Identity:
    """Return what an id from outside says; one with an at sign and no bar is an e-mail address."""
    if "@" in external_id and "|" not in external_id:
        return Identity(IdentityKind.EMAIL, same_address(external_id))
    return Identity(IdentityKind.SUBJECT, external_id)


def same_address(address: str) -> str:
    """Return how addresses are compared: ASCII letters in any case. Other letters look alike and are not the same."""
    return address.lower() if address.isascii() else address


def verified_identities(user: Any) -> list[Identity]:
    """
    Return what a user has proved to be: the ``sub`` brought along, and the e-mail address if it is verified.

    Not the ``sub`` that is made of the primary key: whoever happened to get that number would be taken for another.
    """
    profile = UserProfile.objects.filter(user=user).first()
    found = [Identity(IdentityKind.SUBJECT, profile.subject)] if profile is not None and profile.subject else []
    address = getattr(user, user.get_email_field_name(), "") if hasattr(user, "get_email_field_name") else ""
    if address and is_email_verified(user, profile):
        found.append(Identity(IdentityKind.EMAIL, same_address(address)))
    return found


def find_users(external_ids: list[str]) -> dict[str, Any]:
    """
    Return the users that ids from outside name; who is not here is not in it. Three queries whatever their number.

    An e-mail address names the one user whose address it is and who has verified it; two of them name nobody.
    """
    model = get_user_model()
    keys = {each: key_in_subject(each) for each in external_ids}
    profiles = UserProfile.objects.filter(subject__in=external_ids)
    brought = {str(subject): pk for subject, pk in profiles.values_list("subject", "pk")}
    by_key = model._base_manager.select_related("authhub_profile").in_bulk(
        [key for key in (*keys.values(), *brought.values()) if key is not None]
    )
    found: dict[str, Any] = {each: by_key[pk] for each, pk in [*keys.items(), *brought.items()] if pk in by_key}
    found.update(_by_address([each for each in external_ids if each not in found]))
    return found


def _by_address(external_ids: list[str]) -> dict[str, Any]:
    identities = {each: identity_in(each) for each in external_ids}
    wanted = {identity.value for identity in identities.values() if identity.kind == IdentityKind.EMAIL}
    model = get_user_model()
    if not wanted or not hasattr(model, "get_email_field_name"):
        return {}
    column = model.get_email_field_name()
    owners: dict[str, list[Any]] = {}
    users = model._base_manager.annotate(authhub_address=Lower(column)).filter(authhub_address__in=wanted)
    for user in users.select_related("authhub_profile"):
        if is_email_verified(user, getattr(user, "authhub_profile", None)):
            owners.setdefault(same_address(getattr(user, column)), []).append(user)
    return {
        each: owners[identity.value][0]
        for each, identity in identities.items()
        if len(owners.get(identity.value, ())) == 1
    }
