"""Search fields and autocomplete: no page of ours has an endless drop-down or a lookup that spells out a secret."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.contrib.auth import get_user_model
from django.db import models
from django.forms import Field
from django.http import HttpRequest

from authhub.admin.object_rights import limits, visible
from authhub.models import Permission

if TYPE_CHECKING:
    from django.contrib.admin.options import BaseModelAdmin

    Base = BaseModelAdmin[Any]
else:
    Base = object

CONCEALED = frozenset(
    {
        "api_key_hash",
        "client_secret",
        "code",
        "code_challenge",
        "code_hash",
        "device_code_hash",
        "nonce",
        "previous_client_secret",
        "private_key",
        "query",
        "secret",
        "secrets",
        "session_key",
        "session_key_hash",
        "token",
        "token_checksum",
        "token_hash",
        "user_code",
        "user_code_hash",
    }
)
"""Columns that no admin page shows, and by which none may be filtered or sorted (AD24, AD25)."""


def user_search_fields(prefix: str = "user") -> tuple[str, ...]:
    """Return lookups that find a user by login name and e-mail address, whatever the project's user model."""
    model = get_user_model()
    email = model.get_email_field_name() if hasattr(model, "get_email_field_name") else ""
    names = [model.USERNAME_FIELD]
    if email and email != model.USERNAME_FIELD and any(field.name == email for field in model._meta.fields):
        names.append(email)
    return tuple(f"{prefix}__{name}" if prefix else name for name in names)


class PermissionSelect(AutocompleteSelect):
    """Finds a permission and names its API with it: two APIs may both have ``read:reports``."""

    url_name = "%s:authhub_permission_search"


class PermissionSelectMultiple(AutocompleteSelectMultiple):
    """Finds several permissions, each named with its API."""

    url_name = "%s:authhub_permission_search"


def permission_label(permission: Any) -> str:
    """Return a permission's name among those of all APIs."""
    return f"{permission.value} · {permission.resource_server}"


class SearchingMixin(Base):
    """
    Gives every relation of the model a search box.

    A related model without a search (a project's own user model may be unregistered) is chosen by its id.
    """

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Name the relations whose other end can be searched."""
        return tuple(field.name for field in self._relations() if self._can_search(field.related_model))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Render a relation as a search box."""
        if db_field.related_model is Permission:
            kwargs["widget"] = PermissionSelect(db_field, self.admin_site, using=kwargs.get("using"))
        elif not self._can_search(db_field.related_model) and "widget" not in kwargs:
            kwargs["widget"] = admin.widgets.ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site)
        self._limit(db_field, request, kwargs)
        return self._labelled(super().formfield_for_foreignkey(db_field, request, **kwargs))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Render a relation to several as a search box."""
        if db_field.related_model is Permission and "widget" not in kwargs:
            kwargs["widget"] = PermissionSelectMultiple(db_field, self.admin_site, using=kwargs.get("using"))
        self._limit(db_field, request, kwargs)
        return self._labelled(super().formfield_for_manytomany(db_field, request, **kwargs))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Refuse to filter by what is not shown: a prefix search would spell it out (AD24)."""
        if lookup.split("__", 1)[0] in CONCEALED:
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def _relations(self) -> list[Any]:
        fields = [*self.model._meta.fields, *self.model._meta.many_to_many]
        return [field for field in fields if field.remote_field and field.name not in CONCEALED]

    def _can_search(self, model: type[models.Model]) -> bool:
        related = self.admin_site._registry.get(model)
        return related is not None and bool(related.search_fields)

    @staticmethod
    def _limit(db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
        """Let nobody choose what he may not see: the answer would tell that it is there (AD11)."""
        model = db_field.related_model
        if "queryset" not in kwargs and limits(model):
            kwargs["queryset"] = visible(request, model._default_manager.all())

    @staticmethod
    def _labelled(formfield: Field | None) -> Field | None:
        queryset = getattr(formfield, "queryset", None)
        if queryset is not None and queryset.model is Permission:
            formfield.queryset = queryset.select_related("resource_server")  # type: ignore[union-attr]
            formfield.label_from_instance = permission_label  # type: ignore[union-attr]
        return formfield
