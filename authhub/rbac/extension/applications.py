"""
Applications as the Extension names them, and the APIs at which their permissions are defined here.

By default each has an API of its own, made when the first permission is, with the identifier
``urn:authhub:application:`` and the application's id; an administrator may choose another (`ExtensionApplication`).
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.db.models import Q

from authhub.conf import conf
from authhub.models import (
    ExtensionApplication,
    ExtensionApplicationType,
    ExtensionPermission,
    ExtensionRole,
    ResourceServer,
)
from authhub.rbac.records import create_record

DEFAULT_PREFIX = "urn:authhub:application:"
NO_API = "urn:authhub:no-api"
"""The application id of a role that is nobody's and has no permission."""


def application_names(application_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of those that are applications here, by ``client_id``."""
    found = apps.get_model(conf.application_model)._base_manager.filter(client_id__in=set(application_ids))
    return dict(found.values_list("client_id", "name"))


def is_known(application_id: str) -> bool:
    """Return whether an application of that id is here, or only known to the Extension."""
    application = apps.get_model(conf.application_model)._base_manager.filter(client_id=application_id)
    return application.exists() or is_known_to_the_extension(application_id)


def is_known_to_the_extension(application_id: str) -> bool:
    """Return whether a role, a permission or an API goes by that application id."""
    return (
        ExtensionRole.objects.filter(application_id=application_id).exists()
        or ExtensionPermission.objects.filter(application_id=application_id).exists()
        or ExtensionApplication.objects.filter(application_id=application_id).exists()
        or ResourceServer.objects.filter(identifier=application_id).exists()
    )


def api_of(application_id: str, application_type: str, *, by: Any, reason: str = "") -> ResourceServer:
    """Return the API at which the permissions of an application are defined, made if there is none."""
    chosen = ExtensionApplication.objects.select_related("resource_server").filter(application_id=application_id)
    found = chosen.first()
    if found is not None:
        return found.resource_server
    default = f"{DEFAULT_PREFIX}{quote(application_id, safe='')}"[:600]
    wanted = Q(identifier=default)
    if application_type == ExtensionApplicationType.RESOURCE_SERVER:
        wanted |= Q(identifier=application_id)
    apis = {api.identifier: api for api in ResourceServer.objects.filter(wanted)}
    api = apis.get(application_id) or apis.get(default)
    if api is None:
        name = application_names([application_id]).get(application_id) or application_id
        made = ResourceServer(name=f"Permissions of {name}"[:200], identifier=default)
        api = create_record(made, by=by, reason=reason)
    create_record(ExtensionApplication(application_id=application_id, resource_server=api), by=by, reason=reason)
    return api
