"""
Proposed changes of access as plain data, ready for JSON: ``{"change": "assign_role", "role": "Manager", "user": …}``.

A closed vocabulary: one word for each use-case of `administration`. Records are named as in `references`; what one
change creates a later one may name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from authhub.models import ClientGrant, PermissionAssignment, RoleAssignment
from authhub.models.assignments import Assignment
from authhub.rbac import assignments, client_grants, groups, organizations, references, roles
from authhub.rbac.assignments import AnyAssignment
from authhub.rbac.record_changes import RECORD_CHANGES, Word
from authhub.rbac.refusals import AdministrationError, InvalidChangeError, NotAssignedError
from authhub.rbac.storing import NOT_STORABLE

SUBJECT_AND_PLACE = ("user", "group", "organization")
WINDOW = ("starts_at", "ends_at")


@dataclass(frozen=True)
class Change:
    """One proposed change whose words are known; what they refer to is looked up when it is applied."""

    position: int
    name: str
    given: Mapping[str, Any]


def read_changes(data: Any) -> list[Change]:
    """
    Read a list of changes.

    Raises:
        InvalidChangeError: it is no list, or one of them is not a change; says which and why.
    """
    if not isinstance(data, list):
        raise InvalidChangeError(1, "", "expected a list of changes")
    return [_read(position, each) for position, each in enumerate(data, start=1)]


def apply_changes(changes: Iterable[Change], *, by: Any, reason: str = "") -> None:
    """
    Carry changes out, in their order, each by its use-case. Requires a transaction, of no use after a refusal.

    Raises:
        InvalidChangeError: one was refused; says which and why.
    """
    for change in changes:
        try:
            VOCABULARY[change.name].act(change.given, by=by, reason=reason)
        except AdministrationError as error:
            raise InvalidChangeError(change.position, change.name, str(error)) from error
        except ValidationError as error:
            raise InvalidChangeError(change.position, change.name, _sentence(error)) from error


def _read(position: int, data: Any) -> Change:
    if not isinstance(data, dict):
        raise InvalidChangeError(position, "", "expected an object with the key `change`")
    given = dict(data)
    name = given.pop("change", None)
    if not isinstance(name, str) or name not in VOCABULARY:
        raise InvalidChangeError(position, "", f"`{name}` is no change; there are: {', '.join(VOCABULARY)}")
    word = VOCABULARY[name]
    missing = [each for each in word.required if each not in given]
    strange = [str(each) for each in given if each not in word.required and each not in word.optional]
    if missing or strange:
        fault = f"`{missing[0]}` is missing" if missing else f"`{strange[0]}` is not known here"
        raise InvalidChangeError(position, name, fault)
    for key, value in given.items():
        given[key] = _value(position, name, key, value, is_required=key in word.required)
    return Change(position, name, given)


def _value(position: int, name: str, key: str, value: Any, *, is_required: bool) -> Any:
    texts = value if isinstance(value, list) else [value]
    if any(isinstance(each, str) and NOT_STORABLE.search(each) for each in texts):
        raise InvalidChangeError(position, name, f"`{key}` holds a character that cannot be stored")
    if key == "permissions":
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise InvalidChangeError(position, name, f"`{key}` must be a list of texts")
    elif key in WINDOW and value is not None:
        return _moment(position, name, key, value)
    elif key in REFERENCES and not isinstance(value, str) and (is_required or value is not None):
        raise InvalidChangeError(position, name, f"`{key}` must be a text")
    return value


def _moment(position: int, name: str, key: str, value: Any) -> datetime:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidChangeError(position, name, f"`{key}` must be a moment such as 2026-12-24T18:00:00+01:00")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _sentence(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        " ".join(messages) if name == "__all__" else f"{name}: {' '.join(messages)}"
        for name, messages in error.message_dict.items()
    )


FINDERS: Mapping[str, Callable[[str], Any]] = {
    "user": references.find_user,
    "group": references.find_group,
    "parent": references.find_group,
    "child": references.find_group,
    "organization": references.find_organization,
    "role": references.find_role,
    "included_role": references.find_role,
}
"""What finds the record that a change names, by the argument of its use-case."""


def _records(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the records that a change names."""
    found = {name: FINDERS[name](word) for name, word in given.items() if name in FINDERS and word is not None}
    if "permission" in given:
        found["permission"] = references.find_permission(given["api"], given["permission"])
    return found


def _call(use_case: Callable[..., object]) -> Callable[..., object]:
    """Return what carries out a change whose use-case takes the records that are named, and perhaps a window."""

    def act(given: Mapping[str, Any], **who: Any) -> object:
        window = {name: given[name] for name in WINDOW if name in given}
        return use_case(**_records(given), **window, **who)

    return act


def _assignment(model: type[AnyAssignment], given: Mapping[str, Any]) -> AnyAssignment:
    records = _records(given)
    place = {name: records.pop(name, None) for name in SUBJECT_AND_PLACE}
    found = model._base_manager.filter(**records, **place).first()
    if found is None:
        [(noun, thing)] = records.items()
        raise NotAssignedError(f"the {noun} `{thing}` is not assigned there directly")
    return found


def _change_assignment(model: type[Assignment]) -> Callable[..., object]:
    def act(given: Mapping[str, Any], **who: Any) -> object:
        assignment = _assignment(model, given)
        window = {name: given.get(name, getattr(assignment, name)) for name in WINDOW}
        return assignments.change_assignment(assignment=assignment, **window, **who)

    return act


def _application_and_api(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "application": references.find_application(given["application"]),
        "resource_server": references.find_api(given["api"]),
        "subject_type": given["subject_type"],
    }


def _permissions(given: Mapping[str, Any]) -> list[Any]:
    return [references.find_permission(given["api"], value) for value in given["permissions"]]


def _client_grant(given: Mapping[str, Any]) -> ClientGrant:
    place = _application_and_api(given)
    found = ClientGrant.objects.filter(**place).first()
    if found is None:
        raise NotAssignedError(f"`{place['application']}` has no access to `{place['resource_server']}` of that kind")
    return found


ROLE, PERMISSION = ("role",), ("api", "permission")

VOCABULARY: Mapping[str, Word] = {
    "assign_role": Word(ROLE, (*SUBJECT_AND_PLACE, *WINDOW), _call(assignments.assign_role)),
    "unassign_role": Word(
        ROLE,
        SUBJECT_AND_PLACE,
        lambda given, **who: assignments.unassign_role(assignment=_assignment(RoleAssignment, given), **who),
    ),
    "change_role_assignment": Word(ROLE, (*SUBJECT_AND_PLACE, *WINDOW), _change_assignment(RoleAssignment)),
    "assign_permission": Word(PERMISSION, (*SUBJECT_AND_PLACE, *WINDOW), _call(assignments.assign_permission)),
    "unassign_permission": Word(
        PERMISSION,
        SUBJECT_AND_PLACE,
        lambda given, **who: assignments.unassign_permission(
            assignment=_assignment(PermissionAssignment, given), **who
        ),
    ),
    "change_permission_assignment": Word(
        PERMISSION, (*SUBJECT_AND_PLACE, *WINDOW), _change_assignment(PermissionAssignment)
    ),
    "add_member": Word(("group", "user"), (), _call(groups.add_member)),
    "remove_member": Word(("group", "user"), (), _call(groups.remove_member)),
    "nest_group": Word(("parent", "child"), (), _call(groups.nest_group)),
    "unnest_group": Word(("parent", "child"), (), _call(groups.unnest_group)),
    "add_permission_to_role": Word((*ROLE, *PERMISSION), (), _call(roles.add_permission_to_role)),
    "remove_permission_from_role": Word((*ROLE, *PERMISSION), (), _call(roles.remove_permission_from_role)),
    "include_role": Word(("role", "included_role"), (), _call(roles.include_role)),
    "exclude_role": Word(("role", "included_role"), (), _call(roles.exclude_role)),
    "add_organization_member": Word(("organization", "user"), (), _call(organizations.add_organization_member)),
    "remove_organization_member": Word(("organization", "user"), (), _call(organizations.remove_organization_member)),
    "give_client_grant": Word(
        ("application", "api", "subject_type", "permissions"),
        (),
        lambda given, **who: client_grants.give_client_grant(
            **_application_and_api(given), permissions=_permissions(given), **who
        ),
    ),
    "change_client_grant": Word(
        ("application", "api", "subject_type", "permissions"),
        (),
        lambda given, **who: client_grants.change_client_grant(
            client_grant=_client_grant(given), permissions=_permissions(given), **who
        ),
    ),
    "withdraw_client_grant": Word(
        ("application", "api", "subject_type"),
        (),
        lambda given, **who: client_grants.withdraw_client_grant(client_grant=_client_grant(given), **who),
    ),
    **RECORD_CHANGES,
}
"""Every change there is."""

REFERENCES = frozenset({*FINDERS, "api", "permission", "application", "subject_type"})
