"""Moments as they are shown (RFC 3339, in UTC, to the millisecond)."""

from datetime import UTC, datetime


def moment(at: datetime | None) -> str | None:
    """Return a moment as Auth0 writes it, or None."""
    return None if at is None else f"{at.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
