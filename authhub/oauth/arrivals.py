"""Somebody who was expected arrives: what waited for that user id or verified address becomes theirs (E-39)."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver

from authhub.models import UserProfile
from authhub.rbac.administration import materialize_pending_assignments


@receiver(user_logged_in, dispatch_uid="authhub.arrive_by_login")
def arrive_by_login(sender: Any, user: Any, **kwargs: Any) -> None:  # noqa: ARG001
    """Hand over at a sign-in, whichever page it happens on, before the first token."""
    materialize_pending_assignments(user=user)


@receiver(post_save, sender=UserProfile, dispatch_uid="authhub.arrive_by_profile")
def arrive_by_profile(sender: Any, instance: UserProfile, raw: bool = False, **kwargs: Any) -> None:  # noqa: ARG001
    """Hand over when a user is made with an id brought along, or an address is verified."""
    if not raw and (instance.subject or instance.email_verified):
        materialize_pending_assignments(user=instance.user)
