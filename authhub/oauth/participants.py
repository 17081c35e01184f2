"""Which applications took part in a login session: those that were authorized in it, in whatever state that is now."""

from typing import Any

from django.db.models import QuerySet
from oauth2_provider.models import get_application_model

from authhub.models import TokenFamily


def participants(session_id: str) -> QuerySet[Any, Any]:
    """Return the active applications that got something in a session, by name."""
    families = TokenFamily.objects.filter(session_id=session_id).values("application")
    applications: QuerySet[Any, Any] = (
        get_application_model()
        .objects.select_related("authhub_profile")
        .filter(pk__in=families, authhub_profile__is_active=True)
        .order_by("name", "pk")
    )
    return applications
