"""Find the users that a batch of rows names, in a number of queries that does not depend on how many."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.functions import Lower

from authhub.models import is_email_verified
from authhub.rbac.identities import find_users, same_address


def find_people(names: Collection[str], *, accepts_unverified: bool = False) -> dict[str, Any]:
    """
    Return for each name the user, or a sentence that says why there is none.

    A name is a user name, a ``sub``, or an e-mail address; one that means two accounts means none. An address that
    was not verified is not enough unless that is accepted: anybody may write another's into his account.
    """
    model = get_user_model()
    means: dict[str, dict[Any, Any]] = defaultdict(dict)
    by_name = model._base_manager.filter(**{f"{model.USERNAME_FIELD}__in": names})
    for user in by_name:
        means[user.get_username()][user.pk] = user
    for name, user in find_users(list(names)).items():
        means[name][user.pk] = user
    unproved = set()
    for name, user in _by_address(names):
        if user.pk not in means[name]:
            means[name][user.pk] = user
            unproved.add((name, user.pk))
    return {name: _one(name, means.get(name, {}), unproved, accepts_unverified) for name in names}


def _one(name: str, users: dict[Any, Any], unproved: set[tuple[str, Any]], accepts_unverified: bool) -> Any:
    if not users:
        return f"there is no user `{name}`"
    if len(users) > 1:
        return f"several users are called `{name}`"
    ((pk, user),) = users.items()
    if (name, pk) in unproved and not accepts_unverified and not _is_verified(user):
        return f"the user `{user}` has not verified the address `{name}`: give the user name"
    return user


def _by_address(names: Collection[str]) -> list[tuple[str, Any]]:
    model = get_user_model()
    column = model.get_email_field_name() if hasattr(model, "get_email_field_name") else ""
    spelled: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if "@" in name:
            spelled[same_address(name)].append(name)
    if not spelled or column not in {field.name for field in model._meta.concrete_fields}:
        return []
    users = model._base_manager.annotate(authhub_address=Lower(column)).filter(authhub_address__in=list(spelled))
    return [
        (name, user)
        for user in users.select_related("authhub_profile")
        for name in spelled.get(same_address(getattr(user, column)), ())
    ]


def _is_verified(user: Any) -> bool:
    return is_email_verified(user, getattr(user, "authhub_profile", None))
