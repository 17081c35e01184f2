"""One row per hierarchy that must stay free of cycles; whoever adds an edge holds it. And one for the Extension."""

from django.db import models
from django.db.models import F


class HierarchyLock(models.Model):
    """
    Serialises the writers of one hierarchy (``groups`` or ``roles``), and of what the Extension keeps (``extension``),
    whose names are unique in any case.

    Two transactions that each add an innocent edge can close a cycle together; the row lock makes the second wait
    and see the first (RC14). An UPDATE is the lock, so that SQLite takes its write lock before anything is read.
    """

    name = models.CharField(max_length=20, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str) -> None:
        """Hold the hierarchy until the current transaction ends."""
        if not cls.objects.filter(name=name).update(version=F("version") + 1):
            cls.objects.get_or_create(name=name)
            cls.objects.filter(name=name).update(version=F("version") + 1)
