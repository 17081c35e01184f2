"""Authorization codes (RFC 6749 §4.1.2), kept hashed, and kept after use so that a replay is seen."""

from django.db import models

from authhub.models.token_families import TokenFamily


class AuthorizationCode(models.Model):
    """A code that may be redeemed once. `code_hash` is the hexadecimal SHA-256 of the code."""

    code_hash = models.CharField(max_length=64, unique=True)
    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="codes")
    redirect_uri = models.TextField()
    redirect_uri_was_given = models.BooleanField()
    code_challenge = models.CharField(max_length=128, blank=True)
    nonce = models.CharField(max_length=512, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    consumed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code of {self.family_id}"
