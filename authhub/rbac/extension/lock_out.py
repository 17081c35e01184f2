"""Whether anybody is left who may administer access."""

from django.contrib.auth import get_user_model

from authhub.conf import administrative_apis
from authhub.models import PermissionAssignment, RolePermission
from authhub.rbac.review import active_users, user_permissions


def somebody_administers() -> bool:
    """
    Return whether there is an active superuser, or somebody who holds a permission at an administrative API.

    Quick where there is one or nobody could: people are looked at one by one only where superusers are gone.
    """
    fields = {field.name for field in get_user_model()._meta.concrete_fields}
    if "is_superuser" in fields and active_users().filter(is_superuser=True).exists():
        return True
    at = {"permission__resource_server__identifier__in": administrative_apis()}
    if not RolePermission.objects.filter(**at).exists() and not PermissionAssignment.objects.filter(**at).exists():
        return False
    return any(
        user_permissions(user, None).filter(resource_server__identifier__in=administrative_apis()).exists()
        for user in active_users().iterator()
    )
