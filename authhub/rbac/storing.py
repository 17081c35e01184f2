"""Storing what may be there only once, also when two people are asked for it at the same time; and what cannot be."""

import re
from typing import Any

from django.db import IntegrityError, models, transaction

from authhub.rbac.refusals import AlreadyAssignedError

NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
"""Characters that no database stores: NUL, and halves of pairs, which an escape of JSON can say."""


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
