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
from authhub.rbac import assignments, client_grants, groups, organizations, references, roles
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


def _ends(given: Mapping[str, Any]) -> dict[str, Any]:
    found = {"user": references.find_user, "group": references.find_group, "organization": references.find_organization}
    return {name: find(given[name]) if given.get(name) is not None else None for name, find in found.items()}


def _window(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given.get(name) for name in WINDOW}


def _permission(given: Mapping[str, Any]) -> Any:
    return references.find_permission(given["api"], given["permission"])


def _assign_role(given: Mapping[str, Any], **who: Any) -> None:
    assignments.assign_role(role=references.find_role(given["role"]), **_ends(given), **_window(given), **who)


def _role_assignment(given: Mapping[str, Any]) -> RoleAssignment:
    role = references.find_role(given["role"])
    found = RoleAssignment.objects.filter(role=role, **_ends(given)).first()
    if found is None:
        raise NotAssignedError(f"the role `{role}` is not assigned there directly")
    return found


def _assign_permission(given: Mapping[str, Any], **who: Any) -> None:
    assignments.assign_permission(permission=_permission(given), **_ends(given), **_window(given), **who)


def _permission_assignment(given: Mapping[str, Any]) -> PermissionAssignment:
    permission = _permission(given)
    found = PermissionAssignment.objects.filter(permission=permission, **_ends(given)).first()
    if found is None:
        raise NotAssignedError(f"the permission `{permission}` is not assigned there directly")
    return found


def _change_assignment(find: Callable[[Mapping[str, Any]], Any]) -> Callable[..., None]:
    def act(given: Mapping[str, Any], **who: Any) -> None:
        assignment = find(given)
        window = {name: given.get(name, getattr(assignment, name)) for name in WINDOW}
        assignments.change_assignment(assignment=assignment, **window, **who)

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


VOCABULARY: Mapping[str, Word] = {
    "assign_role": Word(("role",), (*SUBJECT_AND_PLACE, *WINDOW), _assign_role),
    "unassign_role": Word(
        ("role",),
        SUBJECT_AND_PLACE,
        lambda given, **who: assignments.unassign_role(assignment=_role_assignment(given), **who),
    ),
    "change_role_assignment": Word(("role",), (*SUBJECT_AND_PLACE, *WINDOW), _change_assignment(_role_assignment)),
    "assign_permission": Word(("api", "permission"), (*SUBJECT_AND_PLACE, *WINDOW), _assign_permission),
    "unassign_permission": Word(
        ("api", "permission"),
        SUBJECT_AND_PLACE,
        lambda given, **who: assignments.unassign_permission(assignment=_permission_assignment(given), **who),
    ),
    "change_permission_assignment": Word(
        ("api", "permission"), (*SUBJECT_AND_PLACE, *WINDOW), _change_assignment(_permission_assignment)
    ),
    "add_member": Word(
        ("group", "user"),
        (),
        lambda given, **who: groups.add_member(
            group=references.find_group(given["group"]), user=references.find_user(given["user"]), **who
        ),
    ),
    "remove_member": Word(
        ("group", "user"),
        (),
        lambda given, **who: groups.remove_member(
            group=references.find_group(given["group"]), user=references.find_user(given["user"]), **who
        ),
    ),
    "nest_group": Word(
        ("parent", "child"),
        (),
        lambda given, **who: groups.nest_group(
            parent=references.find_group(given["parent"]), child=references.find_group(given["child"]), **who
        ),
    ),
    "unnest_group": Word(
        ("parent", "child"),
        (),
        lambda given, **who: groups.unnest_group(
            parent=references.find_group(given["parent"]), child=references.find_group(given["child"]), **who
        ),
    ),
    "add_permission_to_role": Word(
        ("role", "api", "permission"),
        (),
        lambda given, **who: roles.add_permission_to_role(
            role=references.find_role(given["role"]), permission=_permission(given), **who
        ),
    ),
    "remove_permission_from_role": Word(
        ("role", "api", "permission"),
        (),
        lambda given, **who: roles.remove_permission_from_role(
            role=references.find_role(given["role"]), permission=_permission(given), **who
        ),
    ),
    "include_role": Word(
        ("role", "included_role"),
        (),
        lambda given, **who: roles.include_role(
            role=references.find_role(given["role"]), included_role=references.find_role(given["included_role"]), **who
        ),
    ),
    "exclude_role": Word(
        ("role", "included_role"),
        (),
        lambda given, **who: roles.exclude_role(
            role=references.find_role(given["role"]), included_role=references.find_role(given["included_role"]), **who
        ),
    ),
    "add_organization_member": Word(
        ("organization", "user"),
        (),
        lambda given, **who: organizations.add_organization_member(
            organization=references.find_organization(given["organization"]),
            user=references.find_user(given["user"]),
            **who,
        ),
    ),
    "remove_organization_member": Word(
        ("organization", "user"),
        (),
        lambda given, **who: organizations.remove_organization_member(
            organization=references.find_organization(given["organization"]),
            user=references.find_user(given["user"]),
            **who,
        ),
    ),
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

REFERENCES = frozenset(
    {
        *SUBJECT_AND_PLACE,
        "role",
        "included_role",
        "api",
        "permission",
        "parent",
        "child",
        "application",
        "subject_type",
    }
)
