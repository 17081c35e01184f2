"""Ids that the outside sees: random, never reused, and no primary key (AD17)."""

from uuid import UUID, uuid4

from django.db import models


class PublicId(models.Model):
    """Adds `uuid`, and `public_id`: how Auth0's API writes it, a prefix and 32 hexadecimal digits (C.9)."""

    PUBLIC_ID_PREFIX = ""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        """The record's id in the APIs."""
        return f"{self.PUBLIC_ID_PREFIX}{self.uuid.hex}"

    @classmethod
    def uuid_in(cls, public_id: str) -> UUID | None:
        """Return the `uuid` that an id of this kind carries, or None if it is no such id."""
        digits = public_id.removeprefix(cls.PUBLIC_ID_PREFIX)
        is_one = public_id.startswith(cls.PUBLIC_ID_PREFIX) and len(digits) == 32 and set(digits) <= HEX_DIGITS
        return UUID(digits) if is_one else None

    @classmethod
    def identified_by(cls, public_id: str) -> models.Q:
        """Return the condition that finds the record of an id; nothing meets it if it is no such id."""
        uuid = cls.uuid_in(public_id)
        return models.Q(pk__in=[]) if uuid is None else models.Q(uuid=uuid)


HEX_DIGITS = frozenset("0123456789abcdef")
