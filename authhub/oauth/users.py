"""
Create, change and delete users, as Auth0's Management API does: the account and its profile together.

Accounts are plain rows to `authhub.rbac.administration`, which says who may change them and records it. What hangs on
them here are the password, which Django's validators check, and the sessions, which end with them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from authhub.conf import conf
from authhub.models import AuditEvent, AuditTag, UserProfile
from authhub.oauth.families import revoke_user
from authhub.oauth.session_endings import end_user_sessions
from authhub.oauth.user_attributes import (
    PROFILE_COLUMNS,
    attribute_of,
    column_of,
    email_column,
    has_column,
    username_column,
)
from authhub.rbac import administration, needs
from authhub.rbac.delegation import require
from authhub.rbac.recording import record_change, snapshot

USER_DELETED = "user deleted"
METADATA = ("user_metadata", "app_metadata")
KEPT_BY_PROJECT = "email_verified"
"""Where the user model has a column of this name, tokens say what stands there, not what the profile says."""


class UserExistsError(Exception):
    """Somebody has the e-mail address, the user name or the id already."""

    def __init__(self) -> None:
        super().__init__("the user already exists")


def create_user(*, attributes: Mapping[str, Any], by: Any, reason: str = "") -> Any:
    """
    Create a user from Auth0's attributes; `user_id` is the one that the user brings along.

    Without a ``password`` nobody can sign in with one until it is set.

    Raises:
        UserExistsError: an address, a name or an id is taken.
        ValidationError: an attribute is wrong or not known here, or the password is too weak; keyed by attribute.
    """
    user = get_user_model()()
    with _named_as_at_auth0():
        if email_column() and _is_taken(attributes.get("email", "")):
            raise UserExistsError
        _set_columns(user, attributes)
        name = username_column()
        if name and not getattr(user, name):
            setattr(user, name, attributes.get("email", ""))
        _set_password(user, attributes.get("password"))
        with transaction.atomic():
            administration.create_record(user, by=by, reason=reason)
            _set_profile(user, attributes, by=by, reason=reason, subject=_subject(attributes.get("user_id")))
    return user


def change_user(*, user: Any, attributes: Mapping[str, Any], by: Any, reason: str = "") -> Any:
    """
    Change what `attributes` name. Metadata is merged by its first names; a null takes one away, and an empty object
    all, as at Auth0.

    Who is ``blocked``, or gets another password, is signed out everywhere, and his authorizations end. A changed
    e-mail address is not verified, unless the same change says so.

    Raises:
        UserExistsError: an address or a name is taken.
        ValidationError: an attribute is wrong or not known here, or the password is too weak; keyed by attribute.
    """
    with _named_as_at_auth0(), transaction.atomic():
        email = email_column()
        before = getattr(user, email) if email else ""
        if email and attributes.get("email", before) != before and _is_taken(attributes["email"], but=user):
            raise UserExistsError
        if email and attributes.get("email", before) != before:
            attributes = {KEPT_BY_PROJECT: False, **attributes}
        _set_columns(user, attributes)
        if "password" in attributes:
            _set_password(user, attributes["password"])
        administration.change_record(user, by=by, reason=reason)
        _set_profile(user, attributes, by=by, reason=reason)
        if "password" in attributes:
            AuditEvent.record(AuditTag.PASSWORD_CHANGED, actor=by, user=user, subject=user, reason=reason)
    return user


def delete_user(*, user: Any, by: Any, reason: str = "") -> None:
    """
    Delete a user with all that hangs on him (E-36), once his sessions have ended and the applications been told.

    Raises:
        ProtectedError: something that must stay refers to him.
    """
    with transaction.atomic():
        revoke_user(user, reason=USER_DELETED, by=by)
        end_user_sessions(user, reason=USER_DELETED, by=by)
        name, key = str(user), user.pk
        administration.delete_record(user, by=by, reason=reason)
        actor = None if by == user else by
        AuditEvent.record(AuditTag.USER_DELETED, actor=actor, subject=name, reason=reason, details={"id": str(key)})


@contextmanager
def _named_as_at_auth0() -> Iterator[None]:
    """Name wrong columns as the attributes that were sent, and say of what is taken that it is."""
    try:
        yield
    except IntegrityError as error:
        raise UserExistsError from error
    except ValidationError as error:
        wrong = error.error_dict
        if any(each.code == "unique" for errors in wrong.values() for each in errors):
            raise UserExistsError from error
        raise ValidationError({attribute_of(name): errors for name, errors in wrong.items()}) from error


def _is_taken(email: str, but: Any = None) -> bool:
    others = get_user_model()._default_manager.filter(**{f"{email_column()}__iexact": email})
    return bool(email) and others.exclude(pk=but and but.pk).exists()


def _subject(user_id: str | None) -> str | None:
    """Return the ``sub`` of an id that was brought along, which names where it came from or is one of ours."""
    return user_id if user_id is None or "|" in user_id else f"{conf.subject_prefix}{user_id}"


def _set_columns(user: Any, attributes: Mapping[str, Any]) -> None:
    for attribute in ("email", "username", "given_name", "family_name", "blocked"):
        if attribute not in attributes:
            continue
        column = column_of(attribute)
        if not column:
            raise ValidationError({attribute: "The users of this project have no such attribute."})
        value = attributes[attribute]
        setattr(user, column, not value if attribute == "blocked" else value)
    if KEPT_BY_PROJECT in attributes and has_column(KEPT_BY_PROJECT):
        setattr(user, KEPT_BY_PROJECT, attributes[KEPT_BY_PROJECT])


def _set_password(user: Any, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    user.set_password(password)


def _set_profile(user: Any, attributes: Mapping[str, Any], *, by: Any, reason: str, subject: str | None = None) -> None:
    given = {name: attributes[name] for name in PROFILE_COLUMNS if name in attributes}
    if not given and subject is None:
        return
    profile = UserProfile.objects.select_for_update().filter(user=user).first()
    before = None if profile is None else snapshot(profile)
    if profile is None:
        profile = UserProfile(user=user, subject=subject)
    for name, value in given.items():
        setattr(profile, name, _merged(getattr(profile, name), value) if name in METADATA else value)
    profile.full_clean()
    require(by, lambda: needs.record(profile, needs.CHANGE), reason)
    profile.save()
    user.authhub_profile = profile
    after = snapshot(profile)
    if before != after:
        tag = AuditTag.RECORD_CREATED if before is None else AuditTag.RECORD_CHANGED
        record_change(tag, subject=profile, by=by, reason=reason, user=user, before=before, after=after)


def _merged(known: Mapping[str, Any], given: Any) -> Any:
    if not given or not isinstance(given, Mapping):
        return given
    return {name: value for name, value in {**known, **given}.items() if value is not None}
