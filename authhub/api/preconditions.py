"""Changes that overtake each other are noticed: `ETag` and `If-Match` (RFC 9110 §13, E-38)."""

import hashlib
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.http import parse_etags
from rest_framework.request import Request

from authhub.api.errors import ApiError


def etag_of(representation: Any) -> str:
    """Return the strong validator of what a GET answers."""
    written = json.dumps(representation, cls=DjangoJSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(written.encode()).hexdigest()[:32]}"'


def etag_matches(request: Request, etag: str) -> bool:
    """Return whether the caller has it already (`If-None-Match`, RFC 9110 §13.1.2)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in (each.removeprefix("W/") for each in known)


def require_match(request: Request, representation: Any) -> None:
    """
    Refuse to change what is no longer as the caller saw it. Call it in the transaction that changes, the row locked.

    Raises:
        ApiError: 412, `If-Match` names another state.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag_of(representation) not in parse_etags(wanted):
        raise ApiError(412, "precondition_failed", "It has changed since you read it; read it again.")
