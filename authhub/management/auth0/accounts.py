"""
Whose account here is that of a user at Auth0: found by user id or verified e-mail address, made, or awaited (E-39).

Whoever is found or made keeps the old user id as `sub`, so that what applications stored under it is still found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import get_hashers, make_password
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower

from authhub.conf import conf
from authhub.management.auth0.findings import Findings
from authhub.management.auth0.problems import ExportError
from authhub.management.auth0.users_export import OldUser
from authhub.models import AuditEvent, AuditTag, UserProfile, key_in_subject
from authhub.rbac.identities import find_users

BATCH = 500
Each = TypeVar("Each")


@dataclass
class Accounts:
    """Whose account is whose: primary keys by ids at Auth0, and how they came to be so."""

    keys: dict[str, Any] = field(default_factory=dict)
    linked: int = 0
    made: int = 0
    awaited: int = 0
    blocked: list[Any] = field(default_factory=list)
    """Accounts that were made for users who are blocked at Auth0: disabled once they have what they had there."""


class Settler:
    """Finds or makes accounts, a batch at a time."""

    def __init__(self, findings: Findings, *, makes: bool, passwords: dict[str, str], reason: str) -> None:
        self.findings, self.makes, self.passwords, self.reason = findings, makes, passwords, reason
        self.accounts = Accounts()
        self.takes_bcrypt = any(hasher.algorithm == "bcrypt" for hasher in get_hashers())

    def settle(self, batch: list[OldUser]) -> dict[str, Any]:
        """
        Return the accounts of some users by their ids at Auth0, found, linked or made. Requires a transaction.

        Raises:
            ExportError: the user ids at Auth0 could not be told from those that authhub makes.
        """
        refuse_own_subjects(user.user_id for user in batch)
        brought = UserProfile.objects.filter(subject__in=[user.user_id for user in batch]).select_related("user")
        here: dict[str, Any] = {str(profile.subject): profile.user for profile in brought}
        verified = {user.email: user for user in batch if user.email_verified and user.user_id not in here}
        by_address = find_users([address for address in verified if "@" in address])
        taken = self._taken_names(batch)
        for old in batch:
            user = here.get(old.user_id)
            if user is None and old.email_verified and old.email in by_address:
                user = self._link(old, by_address[old.email])
            if user is None and self.makes:
                user = self._make(old, taken)
            if user is None:
                self.accounts.awaited += 1
            else:
                here[old.user_id], self.accounts.keys[old.user_id] = user, user.pk
        return here

    def _link(self, old: OldUser, user: Any) -> Any:
        profile = UserProfile.objects.filter(user=user).first() or UserProfile(user=user)
        if profile.subject is not None and profile.subject != old.user_id:
            reason = f"the account with its e-mail address is that of `{profile.subject}` already"
            self.findings.not_carried("address_taken", f"user `{old.user_id}`", reason)
            return None
        profile.subject = old.user_id
        profile.user_metadata = profile.user_metadata or old.user_metadata
        profile.app_metadata = profile.app_metadata or old.app_metadata
        if not self._save(profile, old):
            return None
        self.accounts.linked += 1
        reason = f"is the account `{user}` here, by its verified e-mail address; its sub is the old one from now on"
        self.findings.changed("linked", f"user `{old.user_id}`", reason)
        if not getattr(user, "is_active", True):
            reason = f"the account `{user}` is disabled here: it has no access until it is enabled"
            self.findings.changed("inactive", f"user `{old.user_id}`", reason)
        return user

    def _make(self, old: OldUser, taken: set[str]) -> Any:
        model = get_user_model()
        name = next(each for each in _user_names(old) if each and each.lower() not in taken)
        columns = {column.name for column in model._meta.concrete_fields}
        values = {
            model.USERNAME_FIELD: name,
            model.get_email_field_name(): old.email,
            "email_verified": old.email_verified and bool(old.email),
            "first_name": old.given_name[:150],
            "last_name": old.family_name[:150],
        }
        user: Any = model(**{column: value for column, value in values.items() if column in columns})
        user.password = self._password(old)
        try:
            user.clean_fields()
        except ValidationError as error:
            self.findings.not_carried("account", f"user `{old.user_id}`", " ".join(error.messages))
            return None
        profile = UserProfile(
            user=user,
            subject=old.user_id,
            email_verified=old.email_verified and bool(old.email),
            user_metadata=old.user_metadata,
            app_metadata=old.app_metadata,
        )
        user.save()
        profile.user = user
        if not self._save(profile, old):
            user.delete()
            return None
        taken.add(name.lower())
        AuditEvent.record(
            AuditTag.RECORD_CREATED,
            user=user,
            subject=user,
            reason=self.reason,
            details={"model": model._meta.label, "id": str(user.pk), "subject": old.user_id},
        )
        self.accounts.made += 1
        if old.is_blocked and "is_active" in columns:
            self.accounts.blocked.append(user)
        return user

    def _save(self, profile: UserProfile, old: OldUser) -> bool:
        try:
            profile.full_clean(exclude=["user"])
        except ValidationError as error:
            self.findings.not_carried("account", f"user `{old.user_id}`", " ".join(error.messages))
            return False
        profile.save()
        return True

    def _password(self, old: OldUser) -> str:
        found = self.passwords.get(old.user_id) or old.password_hash
        if found and self.takes_bcrypt:
            return f"bcrypt${found}"
        if found:
            reason = "bcrypt is not among PASSWORD_HASHERS: add BCryptPasswordHasher, or let people choose anew"
            self.findings.not_carried("password", "passwords", reason)
        return make_password(None)

    def _taken_names(self, batch: list[OldUser]) -> set[str]:
        """Return the names, in lower case, that some of these users could have and that somebody has."""
        if not self.makes:
            return set()
        model = get_user_model()
        wanted = {name.lower() for old in batch for name in _user_names(old)}
        users = model._base_manager.annotate(authhub_name=Lower(model.USERNAME_FIELD))
        return set(users.filter(authhub_name__in=wanted).values_list("authhub_name", flat=True))


def refuse_own_subjects(user_ids: Iterable[str]) -> None:
    """
    Refuse user ids that authhub could make itself, of a primary key: they would be another person's here.

    Raises:
        ExportError: with what to set.
    """
    own = sorted(user_id for user_id in user_ids if key_in_subject(user_id) is not None)
    if own:
        raise ExportError(
            [
                f"user ids such as `{own[0]}` are like those that authhub makes of primary keys: "
                f'set AUTHHUB["SUBJECT_PREFIX"] to another than `{conf.subject_prefix}`'
            ]
        )


def batches(users: Iterable[Each], size: int = BATCH) -> Iterator[list[Each]]:
    """Yield users, or their ids, some at a time."""
    iterator = iter(users)
    while batch := list(islice(iterator, size)):
        yield batch


def _user_names(old: OldUser) -> Iterator[str]:
    """Yield the names that an account could have, best first; the last is no other's."""
    yield old.username
    yield old.email
    yield "".join(each if each.isalnum() or each in "@.+-_" else "." for each in old.user_id)
    yield old.user_id
