"""
Which records a caller may see: in lists, in counts, by their id, and at the other end of a relation (AD11).

As in the admin. An application and a superuser see all; any other user what Django's permission to view or change
opens, for all records of the kind or, through guardian, for single ones.
"""

from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from authhub.api.authentication import Caller

AnyModel = TypeVar("AnyModel", bound=Model)
ACTIONS = ("view", "change")


def visible(caller: Caller, rows: QuerySet[AnyModel, Any]) -> QuerySet[AnyModel, Any]:
    """Return those of `rows` that the caller may see; no query of its own for applications and superusers."""
    if caller.is_machine or caller.actor.is_superuser:
        return rows
    opts = rows.model._meta
    names = [f"{opts.app_label}.{action}_{opts.model_name}" for action in ACTIONS]
    if any(caller.actor.has_perm(name) for name in names):
        return rows
    if not apps.is_installed("guardian"):
        return rows.none()
    # Where guardian is not among the project's apps, its models cannot be imported.
    objects_for_user = import_string("guardian.shortcuts.get_objects_for_user")
    permitted = objects_for_user(caller.actor, names, klass=rows.model, any_perm=True, accept_global_perms=False)
    return rows.filter(pk__in=permitted.order_by().values("pk"))
