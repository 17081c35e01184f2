"""Groups as the Extension writes them: one name each, in any case, and none deleted out of another (B.1)."""

from typing import Any

from django.db import transaction

from authhub.models import Group, HierarchyLock
from authhub.rbac.extension.refusals import InUseError, NameTakenError
from authhub.rbac.records import change_record, create_record, delete_record


def create_group(*, name: str, description: str, by: Any, reason: str = "") -> Group:
    """
    Create a group.

    Raises:
        NameTakenError: there is one of that name, in any case.
    """
    with transaction.atomic():
        HierarchyLock.take("extension")
        _refuse_taken(name, None)
        return create_record(Group(name=name, description=description), by=by, reason=reason)


def change_group(*, group: Group, name: str, description: str, by: Any, reason: str = "") -> Group:
    """
    Change a group's name and description.

    Raises:
        NameTakenError: there is another one of that name, in any case.
    """
    with transaction.atomic():
        HierarchyLock.take("extension")
        _refuse_taken(name, group)
        group.name, group.description = name, description
        return change_record(group, by=by, reason=reason)


def delete_group(*, group: Group, by: Any, reason: str = "") -> None:
    """
    Delete a group that is in no other.

    Raises:
        InUseError: it is nested in another.
    """
    with transaction.atomic():
        HierarchyLock.take("groups")
        if names := list(group.parents.values_list("name", flat=True)):
            raise InUseError("nested", "groups", names)
        delete_record(group, by=by, reason=reason)


def _refuse_taken(name: str, group: Group | None) -> None:
    twins = Group.objects.filter(name__iexact=name)
    if (twins if group is None else twins.exclude(pk=group.pk)).exists():
        raise NameTakenError("Group", name, "")
