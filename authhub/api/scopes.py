"""Which scopes open an operation; a method that declares none is closed."""

from collections.abc import Iterable

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from authhub.api.authentication import Caller
from authhub.resource_server.challenges import InsufficientScopeError


class DeclaredScopes(BasePermission):
    """Requires one of the scopes that the view's `scopes` names for the method; `HEAD` is as `GET`."""

    def has_permission(self, request: Request, view: object) -> bool:
        """
        Return whether the caller's token has one of them.

        Raises:
            MethodNotAllowed: the view has no such method.
            InsufficientScopeError: it is a good token without any of them (RFC 6750 §3.1).
        """
        method = "GET" if request.method == "HEAD" else request.method
        if not isinstance(request.auth, Caller):
            return False
        declared = getattr(view, "scopes", {})
        if method not in declared:
            raise MethodNotAllowed(str(request.method))
        require_scopes(request.auth, declared[method], str(getattr(view, "audience", "")))
        return True


def require_scopes(caller: Caller, scopes: Iterable[str], audience: str) -> None:
    """
    Return if the caller's token has one of `scopes`; for what an operation does only with some of those it declares.

    Raises:
        InsufficientScopeError: it has none of them (RFC 6750 §3.1).
    """
    wanted = tuple(scopes)
    if caller.scopes.isdisjoint(wanted):
        said = f"Insufficient scope, expected any of: {', '.join(wanted)}"
        raise InsufficientScopeError(said, realm=audience, scopes=wanted)
