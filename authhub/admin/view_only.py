"""Pages that show and never edit: tokens, codes, keys, the event log."""

from typing import ClassVar

from django.db.models import Model
from django.http import HttpRequest

from authhub.admin.searching import CONCEALED, SearchingMixin
from authhub.admin.typed_bases import ModelAdmin


class ViewOnlyAdmin(SearchingMixin, ModelAdmin):
    """
    No adding, no changing, no deleting from these pages, whoever asks.

    Deleting the *owner* (a user, an application) takes such rows along where the person may delete them.
    """

    is_internal: ClassVar[bool] = False
    show_full_result_count = False
    list_per_page = 50

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Leave out what no page shows."""
        return tuple(field.name for field in self.opts.get_fields() if field.name in CONCEALED)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: these rows come from the protocol."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: a live token that is edited is a forged token (dot.md §4)."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Leave internal tables out of the index and the sidebar; links and addresses lead there."""
        return not self.is_internal and super().has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse on these pages; elsewhere answer for a cascade."""
        match = request.resolver_match
        own = f"{self.opts.app_label}_{self.opts.model_name}_"
        if match is None or (match.url_name or "").startswith(own):
            return False
        return super().has_delete_permission(request, obj)
