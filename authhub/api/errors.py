"""
Refusals: problem details (RFC 9457) that carry Auth0's members too, so that either kind of client reads them.

`detail` and `message` are one sentence for the client's developer; nothing secret, no trace.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from authhub.rbac import administration

CONTENT_TYPE = "application/problem+json"
INVALID_BODY = "invalid_body"
INVALID_QUERY = "invalid_query_string"
CODES = {400: INVALID_BODY, 401: "invalid_token", 405: "method_not_allowed", 409: "conflict", 429: "too_many_requests"}

TAKEN = ("unique", "unique_together")
"""What Django calls it that a name, or names together, are somebody else's."""


class ApiError(exceptions.APIException):
    """A refusal with its status, Auth0's `errorCode`, and one sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, code)
        self.status_code = status


class UnknownIdError(ApiError):
    """
    An id leads nowhere. Where Auth0's DELETE then answers as if it had deleted, so does ours, by suppressing this: its
    tools delete what went with something else a moment ago.
    """


def not_found(noun: str, named: str = "") -> UnknownIdError:
    """Return the refusal of an id that leads nowhere: Auth0's ``inexistent_role`` and its like."""
    which = f" `{named[:100]}`" if named else ""
    return UnknownIdError(404, f"inexistent_{noun}", f"The {noun.replace('_', ' ')}{which} does not exist.")


def invalid_query(message: str) -> ApiError:
    """Return the refusal of a query string."""
    return ApiError(400, INVALID_QUERY, message)


def invalid_body(message: str) -> ApiError:
    """Return the refusal of a body."""
    return ApiError(400, INVALID_BODY, message)


def handle(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """Answer what was raised; None for what nobody foresaw, which is Django's 500."""
    if isinstance(error, administration.NotAllowedError):
        administration.record_denial(error)
    known = _known(error)
    if known is None:
        return None
    status, code, errors = known.status_code, _code(known), list(_errors(known.detail))
    message = "; ".join(f"{where}: {what}" if where else what for where, what in errors)
    reason = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": reason,
        "status": status,
        "detail": message,
        "statusCode": status,
        "error": reason,
        "message": message,
        "errorCode": code,
    }
    if any(where for where, _what in errors):
        body["errors"] = [{"pointer": where, "detail": what} for where, what in errors]
    headers = {}
    if getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = known.auth_header
    if getattr(known, "wait", None) is not None:
        headers["Retry-After"] = str(max(1, round(known.wait)))
    return Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)


def _known(error: Exception) -> Any:
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return ApiError(404, "not_found", "There is no such thing.")
        case PermissionDenied():
            return ApiError(403, "operation_not_allowed", str(error) or "This is not allowed.")
        case ValidationError():
            invalid = exceptions.ValidationError(as_serializer_error(error))
            if all(each.code in TAKEN for each in _each(error)):
                invalid.status_code = 409
            return invalid
        case administration.NotAllowedError():
            return ApiError(403, "operation_not_allowed", sentence(error))
        case administration.LastSuperuserError():
            return ApiError(409, "conflict", sentence(error))
        case administration.CannotUndoError():
            return ApiError(409, "conflict", sentence(error))
        case administration.AlreadyAssignedError():
            return ApiError(409, "conflict", sentence(error))
        case administration.NotAssignedError():
            return ApiError(404, "not_assigned", sentence(error))
        case administration.AdministrationError():
            return ApiError(400, "invalid_change", sentence(error))
        case ProtectedError() | RestrictedError():
            return ApiError(409, "conflict", "Something that must stay refers to it.")
    return None


def _each(error: ValidationError) -> list[ValidationError]:
    """Return the single errors of one that may be keyed by field."""
    if hasattr(error, "error_dict"):
        return [each for errors in error.error_dict.values() for each in errors]
    found: list[ValidationError] = error.error_list
    return found


def sentence(error: Exception) -> str:
    """Return what a use-case said when it refused, as a sentence."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


def _code(error: Any) -> str:
    code = error.get_codes()
    if isinstance(code, str) and code not in ("error", "invalid", "parse_error", "not_authenticated"):
        return code
    return CODES.get(error.status_code, "error")


def _errors(detail: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield where something is wrong, as a JSON pointer (RFC 6901), and what."""
    if isinstance(detail, Mapping):
        for name, further in detail.items():
            yield from _errors(further, where if name in ("non_field_errors", "__all__") else f"{where}/{name}")
    elif isinstance(detail, list):
        for number, further in enumerate(detail):
            nested = isinstance(further, Mapping | list)
            yield from _errors(further, f"{where}/{number}" if nested and further else where)
    else:
        yield where, str(detail)
