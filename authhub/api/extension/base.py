"""What every view of the Extension's API has in common: machines only, and refusals in the Extension's words (B.2)."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from authhub.api.authentication import Caller, LiveTokenAuthentication
from authhub.api.errors import ApiError, handle, invalid_body
from authhub.api.views import ApiView
from authhub.conf import AUTHZ_API_IDENTIFIER
from authhub.models.row_locks import locked
from authhub.rbac.extension.documents import uuid_in
from authhub.rbac.extension.refusals import ExtensionError
from authhub.resource_server.challenges import UnauthorizedError


class MachineAuthentication(LiveTokenAuthentication):
    """Takes tokens that applications got for themselves; no end user's."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """
        Return which application calls.

        Raises:
            UnauthorizedError: the token is not good here, or a user's.
        """
        found = super().authenticate(request)
        if found is not None and not found[1].is_machine:
            raise UnauthorizedError("Only applications may call this API, not end users.", realm=AUTHZ_API_IDENTIFIER)
        return found


class ExtensionView(ApiView):
    """A view of the Authorization Extension's API."""

    audience = AUTHZ_API_IDENTIFIER
    authentication_classes: Sequence[type[Any]] = (MachineAuthentication,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """
        Let nobody and nothing go by an id that no database can hold.

        Raises:
            ApiError: 404, there is a NUL character in it.
        """
        super().initial(request, *args, **kwargs)
        for name, collection in (("user_id", "users"), ("client_id", "applications")):
            if "\0" in kwargs.get(name, ""):
                raise no_record(kwargs[name], collection)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Refuse with the Extension's own text, unchanged."""
        return _handle


def _handle(error: Exception, context: Any) -> Response | None:
    if isinstance(error, ExtensionError):
        return handle(ApiError(400, "invalid_change", str(error)), context)
    return handle(error, context)


def guid(text: str, name: str = "id") -> UUID:
    """
    Return what a GUID in a path says.

    Raises:
        ApiError: 400, it is none.
    """
    found = uuid_in(text)
    if found is None:
        raise invalid_body(f'"{name}" must be a valid GUID')
    return found


def record(rows: QuerySet[Any], text: str, collection: str, *, lock: bool = False) -> Any:
    """
    Return the row of a GUID.

    Raises:
        ApiError: 400, it is no GUID; 404, it leads nowhere.
    """
    uuid = guid(text)
    found = (locked(rows) if lock else rows).filter(uuid=uuid).first()
    if found is None:
        raise no_record(text, collection)
    return found


def no_record(named: str, collection: str) -> ApiError:
    """Return the refusal of an id that leads nowhere."""
    return ApiError(404, "not_found", f"The record {named[:100]} in {collection} does not exist.")
