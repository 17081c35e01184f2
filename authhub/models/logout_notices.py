"""The outbox of OpenID Connect Back-Channel Logout: which application is still to be told of which session's end."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.outgoing_notices import OutgoingNotice


class LogoutNotice(OutgoingNotice):
    """
    One application that took part in a session which ended; written in the transaction that ended it (CR13).

    The token is made anew for each try.
    """

    application = models.ForeignKey(
        conf.application_model,
        verbose_name=_("application"),
        on_delete=models.CASCADE,
        related_name="authhub_logout_notices",
    )
    session_id = models.CharField(_("login session"), max_length=64)
    subject = models.CharField(_("subject"), max_length=255)
    created_at = models.DateTimeField(_("signed out"), default=timezone.now)

    class Meta:
        verbose_name = _("logout notice")
        verbose_name_plural = _("logout notices")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["application", "session_id"], name="authhub_logoutnotice_once_per_session")
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.session_id}"
