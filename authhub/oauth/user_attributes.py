"""
Auth0's names of what is known of a user, and where it stands: a column of the project's user model, or the profile.

The user model may be the project's own; nothing is asked of it but what Django asks.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "given_name": ("first_name", "given_name"),
    "family_name": ("last_name", "family_name"),
    "created_at": ("date_joined", "created_at", "created"),
    "last_login": ("last_login",),
    "blocked": ("is_active",),
}
"""What a column is usually called; a model that has none of them does not know the attribute."""

PROFILE_COLUMNS = ("email_verified", "name", "nickname", "picture", "user_metadata", "app_metadata")
"""What `UserProfile` keeps under the same name."""


def email_column() -> str:
    """Return the column of the e-mail address, or nothing if the users have none."""
    model = get_user_model()
    name = getattr(model, "EMAIL_FIELD", "") or "email"
    return name if has_column(name) else ""


def username_column() -> str:
    """Return the column of the user name, or nothing if people sign in with the e-mail address."""
    column = get_user_model().USERNAME_FIELD
    return "" if column == email_column() else column


def column_of(attribute: str) -> str:
    """Return the column of the user model that holds an attribute, or nothing if it has none."""
    if attribute == "email":
        return email_column()
    if attribute == "username":
        return username_column()
    return next((name for name in CANDIDATES.get(attribute, ()) if has_column(name)), "")


def has_column(name: str) -> bool:
    """Return whether the project's user model stores something under this name."""
    try:
        return bool(get_user_model()._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


def attribute_of(column: str) -> str:
    """Return what Auth0 calls a column of the user model or of the profile, so that a refusal names what was sent."""
    if column == "subject":
        return "user_id"
    names = ("email", "username", *CANDIDATES)
    return next((attribute for attribute in names if column_of(attribute) == column), column)


def value_of(user: Any, attribute: str) -> Any:
    """Return what the user model knows of an attribute, or None."""
    column = column_of(attribute)
    return getattr(user, column) if column else None
