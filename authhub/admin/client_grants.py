"""Application access: what an application may ask for at an API."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from authhub.admin.recorded import ReasonForm, RecordedAdmin, RecordedMixin
from authhub.admin.recorded_rows import RecordedInline, is_row_id
from authhub.admin.typed_bases import ModelForm
from authhub.models import ClientGrant, SubjectType
from authhub.rbac import administration

VALUES_SHOWN = 8


class ClientGrantChecks(ModelForm):
    """Says in words what may not be granted."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse permissions of another API."""
        cleaned = super().clean() or self.cleaned_data
        resource_server = cleaned.get("resource_server") or getattr(self.instance, "resource_server", None)
        strangers = [
            permission.value
            for permission in cleaned.get("permissions") or ()
            if resource_server is not None and permission.resource_server_id != resource_server.pk
        ]
        if strangers:
            self.add_error(
                "permissions",
                ValidationError(_("Not defined by this API: %(values)s."), params={"values": ", ".join(strangers)}),
            )
        return cleaned


class ClientGrantForm(ClientGrantChecks, ReasonForm):
    """The form of application access."""


class ClientGrantWrites(RecordedMixin):
    """The use-cases of application access."""

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Give access."""
        return administration.give_client_grant(
            application=obj.application,
            resource_server=obj.resource_server,
            subject_type=obj.subject_type,
            permissions=form.cleaned_data["permissions"],
            by=by,
            reason=reason,
        )

    def change(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Change the permissions."""
        return administration.change_client_grant(
            client_grant=obj, permissions=form.cleaned_data["permissions"], by=by, reason=reason
        )

    def remove(self, obj: Any, *, by: Any, reason: str) -> None:
        """Take access away."""
        administration.withdraw_client_grant(client_grant=obj, by=by, reason=reason)


class ClientGrantInline(ClientGrantWrites, RecordedInline):
    """Access on an application's or an API's page: shown and taken there, given and changed on its own page."""

    model = ClientGrant
    form = ClientGrantChecks
    fields = ("resource_server", "subject_type", "permission_values")
    readonly_fields = ("permission_values",)
    related_names = ("application", "resource_server")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load the permissions of all rows in one query."""
        return super().get_queryset(request).prefetch_related("permissions")

    def create(self, obj: Any, *, form: Any, by: Any, reason: str) -> Any:
        """Give access without permissions yet; they are chosen on the access's own page."""
        return administration.give_client_grant(
            application=obj.application,
            resource_server=obj.resource_server,
            subject_type=obj.subject_type,
            permissions=(),
            by=by,
            reason=reason,
        )

    @admin.display(description=_("permissions"))
    def permission_values(self, obj: Any) -> str:
        """List the permissions."""
        return permission_values(obj) if obj.pk else str(_("none yet; after saving, choose them on its own page"))


class ApiClientGrantInline(ClientGrantInline):
    """Which applications may ask for tokens, on an API's page."""

    fields = ("application", "subject_type", "permission_values")


@admin.register(ClientGrant)
class ClientGrantAdmin(ClientGrantWrites, RecordedAdmin):
    """What an application may ask for at an API, for itself or for its users."""

    form = ClientGrantForm
    list_display = ("application", "resource_server", "subject_type", "permission_values")
    list_filter = ("subject_type",)
    list_select_related = ("application", "resource_server")
    search_fields = (
        "application__name",
        "application__client_id",
        "resource_server__name",
        "resource_server__identifier",
        "permissions__value",
    )
    fieldsets = (
        (None, {"fields": ("application", "resource_server", "subject_type")}),
        (
            _("What it may ask for"),
            {
                "fields": ("permissions",),
                "description": _("A token carries at most these. Choose permissions of the API above."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load the permissions of all rows in one query."""
        return super().get_queryset(request).prefetch_related("permissions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep who and where; another application is another access."""
        return () if obj is None else ("application", "resource_server", "subject_type")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the API's permissions as check boxes once the API is known."""
        match = request.resolver_match
        client_grant = match.kwargs.get("object_id", "") if match else ""
        if db_field.name == "permissions" and is_row_id(str(client_grant)):
            kwargs["widget"] = forms.CheckboxSelectMultiple()
            field = super().formfield_for_manytomany(db_field, request, **kwargs)
            field.queryset = field.queryset.filter(resource_server__client_grants=client_grant)
            field.help_text = ""
            return field
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with access for the application itself."""
        return {"subject_type": SubjectType.CLIENT, **super().get_changeform_initial_data(request)}

    @admin.display(description=_("permissions"))
    def permission_values(self, obj: Any) -> str:
        """List the permissions."""
        return permission_values(obj)


def permission_values(client_grant: Any) -> str:
    """Return the values of an access's permissions, which were loaded before; of very many, the first."""
    values = sorted(permission.value for permission in client_grant.permissions.all())
    if len(values) > VALUES_SHOWN:
        shown = ", ".join(values[:VALUES_SHOWN])
        return _("%(values)s and %(further)d more") % {"values": shown, "further": len(values) - VALUES_SHOWN}
    return ", ".join(values) if values else str(_("none"))
