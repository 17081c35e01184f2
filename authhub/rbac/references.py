"""
What a word in plain data refers to: records by their id for the outside or by the name that people know.

Ids come first. A user is named by the ``sub`` of tokens or by the login name.
"""

from typing import Any, TypeVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models

from authhub.conf import conf
from authhub.models import Group, Organization, Permission, ResourceServer, Role, UserProfile, key_in_subject
from authhub.rbac.refusals import UnknownReferenceError

Row = TypeVar("Row", bound=models.Model)


def find_user(word: str) -> Any:
    """
    Return the user of this subject or login name.

    Raises:
        UnknownReferenceError: there is none.
    """
    model = get_user_model()
    users: Any = model._base_manager
    key = UserProfile.objects.filter(subject=word).values_list("pk", flat=True).first()
    key = key_in_subject(word) if key is None else key
    found = None if key is None else users.filter(pk=key).first()
    return _found(found or users.filter(**{model.USERNAME_FIELD: word}).first(), "user", word)


def find_role(word: str) -> Role:
    """
    Return the role of this id or name.

    Raises:
        UnknownReferenceError: there is none.
    """
    found: Role = _by_id_or(Role, word, "role", name=word)
    return found


def find_group(word: str) -> Group:
    """
    Return the group of this id or name.

    Raises:
        UnknownReferenceError: there is none.
    """
    found: Group = _by_id_or(Group, word, "group", name=word)
    return found


def find_api(word: str) -> ResourceServer:
    """
    Return the API of this identifier or id.

    Raises:
        UnknownReferenceError: there is none.
    """
    # The identifier is any string, and may look like an id: it says what is meant.
    found = ResourceServer.objects.filter(identifier=word).first()
    return found or _by_id_or(ResourceServer, word, "API", identifier=word)


def find_permission(api: str, value: str) -> Permission:
    """
    Return the permission of this value at the API of this identifier or id.

    Raises:
        UnknownReferenceError: there is no such API, or it does not define that.
    """
    resource_server = find_api(api)
    found = resource_server.permissions.filter(value=value).first()
    if found is None:
        raise UnknownReferenceError(f"the API `{resource_server.identifier}` does not define `{value}`")
    found.resource_server = resource_server
    return found


def find_organization(word: str) -> Organization:
    """
    Return the organization of this name or id.

    Raises:
        UnknownReferenceError: there is none.
    """
    key = word.removeprefix("org_")
    is_id = key != word and key.isascii() and key.isdigit() and len(key) < 19
    found = Organization.objects.filter(name=word).first()
    return _found(found or (Organization.objects.filter(pk=int(key)).first() if is_id else None), "organization", word)


def find_application(word: str) -> Any:
    """
    Return the application of this client id.

    Raises:
        UnknownReferenceError: there is none.
    """
    applications = apps.get_model(conf.application_model)._default_manager
    return _found(applications.filter(client_id=word).first(), "application", word)


def _by_id_or(model: Any, word: str, noun: str, **named: str) -> Any:
    uuid = model.uuid_in(word)
    found = None if uuid is None else model.objects.filter(uuid=uuid).first()
    return _found(found or model.objects.filter(**named).first(), noun, word)


def _found(row: Row | None, noun: str, word: str) -> Row:
    if row is None:
        raise UnknownReferenceError(f"there is no {noun} `{word}`")
    return row
