"""
What a change takes, as a value: rights over records, and what it confers (B-20).

A right over a record is Django's permission of that name, held for all records of the kind or, through a backend such
as guardian's, for this one. What a change confers must be held by whoever makes it, and be his to hand on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from authhub.models import Permission, ResourceServer
from authhub.rbac.conferring import Conferred

ADD, CHANGE, DELETE = "add", "change", "delete"


class Right:
    """The right to do something to one record, or to any of its kind, where only the kind is given."""

    def __init__(self, action: str, record: Model | type[Model]) -> None:
        opts = record._meta
        self.record = record if isinstance(record, Model) and record.pk is not None else None
        self.codename = f"{opts.app_label}.{action}_{opts.model_name}"
        name = (
            f"the {opts.verbose_name} `{record}`"
            if self.record is not None
            else f"any of the {opts.verbose_name_plural}"
        )
        self.sentence = f"may not {action} {name}"


def nothing() -> Iterable[Conferred]:
    """Return what a change confers that confers nothing."""
    return ()


@dataclass(frozen=True)
class Need:
    """
    What a change takes: of each of `rights` one, to hold and hand on all that `confers` returns, at `apis` too.

    `source` is what confers it; `permissions` are those that were asked for by name, which a refusal may name.
    `superuser` says what only a superuser may, and where `is_for_machines` is false, no application either.
    `answerable` returns the key of the user who answers for an application that gets rights over authhub.
    """

    subject: object
    rights: tuple[tuple[Right, ...], ...] = ()
    confers: Callable[[], Iterable[Conferred]] = nothing
    source: Model | None = None
    permissions: tuple[Permission, ...] = ()
    apis: tuple[ResourceServer, ...] = ()
    superuser: str = ""
    is_for_machines: bool = True
    answerable: Callable[[], Any] | None = None
