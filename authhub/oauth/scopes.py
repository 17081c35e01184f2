"""The toolkit's catalogue of scopes, for its own pages: what exists, never who may have it."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

from authhub.models import IDENTITY_SCOPES, Permission


class Scopes(BaseScopes):  # type: ignore[misc]
    """Every identity scope and every permission of every API; by default none (dot.md §6.3)."""

    def get_all_scopes(self) -> dict[str, str]:
        """Return each scope with its description."""
        described = Permission.objects.values_list("value", "description")
        return {**{value: description or value for value, description in described}, **IDENTITY_SCOPES}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Return what may be asked for; narrowing decides what is given."""
        return list(self.get_all_scopes())

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        """Return nothing: an absent ``scope`` never means everything."""
        return []
