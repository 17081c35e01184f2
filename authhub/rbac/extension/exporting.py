"""The Extension's export (B.6): one document, sorted, without secrets, that can be imported again."""

from typing import Any

from authhub.models import ExtensionSettings, Group
from authhub.rbac.extension.documents import TOGGLES
from authhub.rbac.extension.records import group_records, permission_records, role_records, visible_roles


def export_extension() -> dict[str, Any]:
    """
    Return everything that the Extension knows, as it would have exported it.

    Records and lists are in the order of their ids, so that two exports of the same are the same. The key of the policy
    endpoint is not in it, nor what is defined at the administrative APIs.
    """
    return {
        "configuration": [{"_id": "v1", **configuration()}],
        "groups": _by_id(group_records(Group.objects.all())),
        "permissions": _by_id(permission_records()),
        "roles": _by_id(role_records(visible_roles())),
    }


def configuration() -> dict[str, bool]:
    """Return the nine toggles."""
    settings = ExtensionSettings.current()
    return {name: getattr(settings, field) for name, field in TOGGLES.items()}


def _by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: str(record["_id"]))
