"""What a use-case refused, on its way to the form and the row that it was refused for."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import IntegrityError
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext

from authhub.rbac import administration

REFUSALS = (administration.AdministrationError, ValidationError, IntegrityError, ObjectDoesNotExist)


@dataclass(frozen=True)
class Refusal:
    """What was refused, and the form of which formset it came from; without a prefix, the page's own form."""

    error: ValidationError
    prefix: str | None = None
    form_index: int | None = None

    def by_field(self, fields: Container[str]) -> dict[str, list[ValidationError]]:
        """Return the errors by form field; what belongs to none of `fields` stands above the form."""
        named: dict[str, list[ValidationError]] = {}
        by_name = self.error.error_dict if hasattr(self.error, "error_dict") else {None: self.error.error_list}
        for name, errors in by_name.items():
            named.setdefault(name if name and name in fields else NON_FIELD_ERRORS, []).extend(errors)
        return named


class RefusedError(Exception):
    """Unwinds the transaction of the page."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal


def validation_error(error: Exception) -> ValidationError:
    """Return what a person reads of an error that a use-case raised."""
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, IntegrityError):
        return ValidationError(
            gettext("This contradicts what is already stored; someone may have changed it at the same time.")
        )
    if isinstance(error, ObjectDoesNotExist):
        return ValidationError(gettext("This is no longer there; someone has deleted it in the meantime."))
    return ValidationError(message_of(error))


def remember(error: object) -> None:
    """Leave an event about a change that was not allowed; the page's transaction is over (AD30)."""
    if isinstance(error, administration.NotAllowedError):
        administration.record_denial(error)


def message_of(error: Exception) -> str:
    """Return the sentence of one of our named exceptions, as a sentence."""
    return f"{capfirst(str(error)).rstrip('.')}."


@contextmanager
def refusing(formset: Any = None, row: Model | None = None) -> Iterator[None]:
    """Unwind the page when a use-case refuses, remembering the row it refused."""
    try:
        yield
    except REFUSALS as error:
        forms_ = formset.forms if formset is not None else ()
        index = next((index for index, form in enumerate(forms_) if form.instance is row), None)
        prefix = formset.prefix if formset is not None else None
        raise RefusedError(Refusal(validation_error(error), prefix, index)) from error
