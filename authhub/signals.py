"""
Announcements, sent after the commit with `send_robust`; they steer nothing.

Each is sent with ``sender`` the model class and the arguments listed here.
"""

from django.dispatch import Signal

access_changed = Signal()
"""Who may what has changed. Arguments: ``event`` (the `AuditEvent` that says what, by whom and why)."""

deliveries_waiting = Signal()
"""Webhooks wait to be told of changes. Arguments: ``keys`` (those of the `WebhookDelivery` rows, in order)."""

signing_keys_changed = Signal()
"""A signing key was made, rotated or revoked. Arguments: none. This process's key cache is dropped."""
