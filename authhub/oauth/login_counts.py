"""How often a person has signed in: Auth0's ``logins_count``."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models import F
from django.dispatch import receiver

from authhub.models import UserProfile


@receiver(user_logged_in, dispatch_uid="authhub.count_login")
def count_login(sender: Any, user: Any, **kwargs: Any) -> None:  # noqa: ARG001
    """Count a sign-in, whichever page it was on. One query, but for the first."""
    if not UserProfile.objects.filter(user=user).update(logins_count=F("logins_count") + 1):
        UserProfile.objects.update_or_create(
            user=user, defaults={"logins_count": F("logins_count") + 1}, create_defaults={"logins_count": 1}
        )
