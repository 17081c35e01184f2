"""
REST framework permissions by what the access token carries.

``permission_classes = [RequiresScopes("read:timesheets")]``: 401 without a good token, 403 with
`insufficient_scope` when it lacks a scope. Values are compared whole (E-43).

Combined by ``|`` or ``~`` they decide rightly, but a refusal is then REST framework's plain 403, without the
challenge; prefer `RequiresAnyScope`.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from authhub.resource_server.challenges import InsufficientScopeError
from authhub.resource_server.scopes import is_scope
from authhub.resource_server.tokens import VerifiedToken


class TokenPermission(BasePermission):
    """What a token must carry. The factories below make subclasses; a project may write its own."""

    required: Mapping[str, frozenset[str]] = {}
    """Scopes (or permissions) by HTTP method; the key ``*`` is for any method that is not named."""

    any_of = False
    """Whether one of them is enough."""

    _refused: tuple[Request, APIView] | None = None

    def values_for(self, method: str) -> frozenset[str] | None:
        """Return what a method requires, or ``None`` if it is not allowed at all; `HEAD` is as `GET`."""
        name = "GET" if method == "HEAD" and "HEAD" not in self.required else method
        return self.required.get(name, self.required.get("*"))

    def carried(self, token: VerifiedToken) -> frozenset[str]:
        """Return what the token carries of the kind that is required."""
        return token.scopes

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether the request has a verified token with what its method requires."""
        token = request.auth
        wanted = self.values_for(request.method or "")
        if wanted is None and not hasattr(view, (request.method or "").lower()):
            return True  # The view has no such method, and REST framework says so: 405.
        if isinstance(token, VerifiedToken) and wanted is not None:
            carried = self.carried(token)
            if wanted <= carried or (self.any_of and not wanted.isdisjoint(carried)):
                return True
        self._refused = (request, view)
        return False

    @property
    def message(self) -> None:
        """
        Raise the refusal that carries the challenge.

        REST framework reads this when the permission as a whole refused, not when another one in a ``|`` may
        still allow: raising any earlier would decide for the others, and a plain message cannot carry a header.
        """
        if self._refused is None:
            return
        request, view = self._refused
        if not isinstance(request.auth, VerifiedToken):
            return  # No token: REST framework's 401, or 403 for a session's user.
        raise InsufficientScopeError(
            "the access token does not carry what this request requires",
            realm=_realm(request, view),
            scopes=sorted(self.values_for(request.method or "") or ()),
        )


Kind = TypeVar("Kind", bound=TokenPermission)


class ScopePermission(TokenPermission):
    """Requires values of the `scope` claim: what the application may do on the user's behalf."""


class ClaimedPermission(TokenPermission):
    """Requires values of the `permissions` claim: what the user may do, whatever was requested."""

    def carried(self, token: VerifiedToken) -> frozenset[str]:
        """Return the `permissions` claim; a token without one carries none."""
        return token.permissions or frozenset()


def RequiresScopes(*scopes: str) -> type[ScopePermission]:  # noqa: N802 - reads as a class, and returns one
    """Return a permission class that requires all of the scopes."""
    return _make(ScopePermission, {"*": scopes})


def RequiresAnyScope(*scopes: str) -> type[ScopePermission]:  # noqa: N802
    """Return a permission class that requires at least one of the scopes."""
    return _make(ScopePermission, {"*": scopes}, any_of=True)


def RequiresScopesByMethod(**scopes: str | Iterable[str]) -> type[ScopePermission]:  # noqa: N802
    """
    Return a permission class that requires, for each HTTP method named, all of its scopes.

    ``RequiresScopesByMethod(GET="read:timesheets", POST="create:timesheets")``. Methods that are not named are
    refused, except `HEAD`, which is as `GET`.
    """
    by_method = {method.upper(): (value,) if isinstance(value, str) else value for method, value in scopes.items()}
    return _make(ScopePermission, by_method)


def RequiresPermissions(*permissions: str) -> type[ClaimedPermission]:  # noqa: N802
    """Return a permission class that requires all of the values in the `permissions` claim."""
    return _make(ClaimedPermission, {"*": permissions})


HasScope = RequiresScopes


def _make(kind: type[Kind], values: Mapping[str, Iterable[str]], *, any_of: bool = False) -> type[Kind]:
    required = {method: frozenset(scopes) for method, scopes in values.items()}
    if not required or not all(scopes and all(map(is_scope, scopes)) for scopes in required.values()):
        raise ValueError(f"`{dict(values)}` names no scopes; give each as a string of its own")
    made: type[Kind] = type(
        kind.__name__, (kind,), {"required": required, "any_of": any_of, "__module__": kind.__module__}
    )
    return made


def _realm(request: Request, view: APIView) -> str:
    for authenticator in view.get_authenticators():
        audience_of = getattr(authenticator, "audience_of", None)
        if audience_of is not None:
            return str(audience_of(request))
    return "api"
