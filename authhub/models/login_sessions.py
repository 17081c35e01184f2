"""Login sessions: who is signed in, in which browser, since when (OpenID Connect Session Management)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class LoginSession(models.Model):
    """
    One browser in which one person has signed in; its `id` is the ``sid`` that applications are told.

    The id is random and of no use as a cookie. Behind it is a session of Django's, whose key is kept encrypted, so that
    the server can end it, and hashed, so that it can be found. What an application got in it are the authorizations
    (`TokenFamily`) with this ``session_id``.
    """

    id = models.CharField(_("session"), max_length=64, primary_key=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="authhub_sessions"
    )
    authenticated_at = models.DateTimeField(_("signed in"))
    last_seen_at = models.DateTimeField(
        _("last seen"), db_index=True, help_text=_("At sign-ins and on our pages; written at most once a minute.")
    )
    ip_address = models.GenericIPAddressField(_("address"), null=True, blank=True, unpack_ipv4=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    session_key = models.TextField(blank=True, editable=False)
    session_key_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    metadata = models.JSONField(
        _("metadata"), default=dict, blank=True, help_text=_("What the Management API keeps of the session.")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("login session")
        verbose_name_plural = _("login sessions")
        ordering = ["-last_seen_at"]

    def __str__(self) -> str:
        return f"{self.user}, {self.authenticated_at:%Y-%m-%d %H:%M}"
