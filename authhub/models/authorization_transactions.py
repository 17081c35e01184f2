"""Authorization transactions: what a consent page is about, kept here so that the page carries only an id."""

import uuid

from django.conf import settings
from django.db import models


class AuthorizationTransaction(models.Model):
    """
    An authorization request that waits for a signed-in user's decision (CN02, CN04, RC11).

    `session_key_hash` binds it to the browser session that started it; deleting the row is taking the decision,
    so that of two parallel answers one wins.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_key_hash = models.CharField(max_length=64)
    query = models.TextField()
    scopes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"authorization request of {self.user}"
