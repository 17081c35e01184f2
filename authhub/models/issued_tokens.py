"""What we remember of issued access tokens beside the toolkit's rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authhub.conf import conf
from authhub.models.token_families import TokenFamily


class IssuedToken(models.Model):
    """Binds a user's access token (the toolkit's row) to its family and its ``jti``."""

    access_token = models.OneToOneField(
        conf.access_token_model, on_delete=models.CASCADE, primary_key=True, related_name="authhub_issued"
    )
    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="issued_tokens")
    jti = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("issued token")
        verbose_name_plural = _("issued tokens")

    def __str__(self) -> str:
        return self.jti


class RevokedToken(models.Model):
    """Denies a stateless (machine) token by its ``jti`` until it would have expired anyway."""

    jti = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("revoked token")
        verbose_name_plural = _("revoked tokens")

    def __str__(self) -> str:
        return self.jti
