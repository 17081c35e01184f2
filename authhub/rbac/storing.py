"""Storing what may be there only once, also when two people are asked for it at the same time."""

from typing import Any

from django.db import IntegrityError, models, transaction

from authhub.rbac.refusals import AlreadyAssignedError


def store_once(row: models.Model, *, twins: models.QuerySet[Any], already: str) -> None:
    """
    Insert `row` unless one of `twins` is stored. Requires a transaction, which goes on after a refusal.

    Raises:
        AlreadyAssignedError: with the sentence `already`, when there is one, also if another was faster.
    """
    if twins.exists():
        raise AlreadyAssignedError(already)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Another transaction was faster; whatever else the database refused is not ours to explain.
        if twins.exists():
            raise AlreadyAssignedError(already) from None
        raise
