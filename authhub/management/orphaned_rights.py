"""Rights over single records that are gone: guardian keeps them, since its rows name a record's key alone (AD17)."""

from collections.abc import Iterator

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from authhub.conf import conf
from authhub.models import Group, Organization, ResourceServer, Role
from authhub.oauth.pruning import Prunable

HAS_GUARDIAN = apps.is_installed("guardian")
if HAS_GUARDIAN:
    from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model


def orphaned_rights() -> Iterator[Prunable]:
    """Yield what guardian keeps of APIs, roles, groups, organizations and applications that were deleted."""
    if not HAS_GUARDIAN:
        return
    tables = {"users": get_user_obj_perms_model(), "groups": get_group_obj_perms_model()}
    for whose, table in tables.items():
        orphaned = Q(pk__in=[])
        for model in (ResourceServer, Role, Group, Organization, apps.get_model(conf.application_model)):
            of_kind = Q(content_type=ContentType.objects.get_for_model(model))
            # Compared here: databases write some kinds of key otherwise than guardian does.
            known = {str(key) for key in model._base_manager.values_list("pk", flat=True)}
            named = table.objects.filter(of_kind).order_by().values_list("object_pk", flat=True).distinct()
            orphaned |= of_kind & Q(object_pk__in=set(named) - known)
        yield Prunable(f"rights of {whose} over deleted records", table.objects.filter(orphaned))
