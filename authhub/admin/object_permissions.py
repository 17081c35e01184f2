"""
Guardian's page on which rights over one record are given, closed to whoever may not give them (AD15).

Opening it takes the right to change the record and guardian's own permissions over its rows, which are for all records;
so an administrator of a single API gives nothing away. Nobody gives, or takes, what he does not have himself.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote, unquote
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from authhub.admin.confirmation import page_context
from authhub.admin.object_rights import HAS_GUARDIAN, record_rights
from authhub.admin.typed_bases import ModelAdmin

if HAS_GUARDIAN:
    from guardian.admin import GuardedModelAdminMixin
    from guardian.shortcuts import get_group_perms, get_user_perms
    from guardian.utils import get_group_obj_perms_model
elif not TYPE_CHECKING:

    class GuardedModelAdminMixin:
        """Stands in where there is no guardian."""


NEEDED = ("guardian.change_userobjectpermission", "guardian.change_groupobjectpermission")


class GrantableMixin(GuardedModelAdminMixin, ModelAdmin):  # type: ignore[misc]  # guardian has no types
    """Adds the page to that of a record; nothing where the project does without guardian."""

    change_form_template = "admin/authhub/administered.html"

    if HAS_GUARDIAN:
        # Guardian's own have a style within, which a Content Security Policy forbids, and words for programmers.
        obj_perms_manage_template = "admin/authhub/rights.html"
        obj_perms_manage_user_template = "admin/authhub/rights_of.html"
        obj_perms_manage_group_template = "admin/authhub/rights_of.html"

        def obj_perms_manage_view(self, request: HttpRequest, object_pk: str) -> HttpResponse:
            """Show who has which right over the record."""
            self._checked(request, object_pk)
            response: HttpResponse = super().obj_perms_manage_view(request, object_pk)
            return response

        def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: str, user_id: str) -> HttpResponse:
            """Give a person rights, and take them."""
            record = self._checked(request, object_pk)
            user = _found(get_user_model(), user_id)
            write = super().obj_perms_manage_user_view
            return self._recorded(request, record, user, get_user_perms, lambda: write(request, record.pk, user.pk))

        def obj_perms_manage_group_view(self, request: HttpRequest, object_pk: str, group_id: str) -> HttpResponse:
            """Give a group of Django's rights, and take them."""
            record = self._checked(request, object_pk)
            group = _found(get_group_obj_perms_model(record).group.field.related_model, group_id)
            write = super().obj_perms_manage_group_view
            return self._recorded(request, record, group, get_group_perms, lambda: write(request, record.pk, group.pk))

        def get_obj_perms_base_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
            """Say over what the rights are, and how to get back there."""
            name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
            guardians = super().get_obj_perms_base_context(request, obj)
            ours = page_context(
                self,
                request,
                title=_("Who may administer %s") % obj,
                back_url=reverse(f"{name}_change", args=[quote(obj.pk)]),
                back_label=str(obj),
                rights_url=reverse(f"{name}_permissions", args=[quote(obj.pk)]),
            )
            return {**guardians, **ours}

        def get_obj_perms_user_select_form(self, request: HttpRequest) -> Any:
            """Ask for a person in words."""
            name: Any = get_user_model()._meta.get_field(get_user_model().USERNAME_FIELD)
            return _asking(
                super().get_obj_perms_user_select_form(request),
                "user",
                name.verbose_name,
                _("As that person signs in."),
            )

        def get_obj_perms_group_select_form(self, request: HttpRequest) -> Any:
            """Ask for a group, and say of which kind: there are two."""
            return _asking(
                super().get_obj_perms_group_select_form(request),
                "group",
                _("group"),
                _("The name of one of Django's own groups, under Authentication and Authorization."),
            )

        def get_obj_perms_manage_user_form(self, request: HttpRequest) -> Any:
            """Offer what the person at the page has himself."""
            return _limited(super().get_obj_perms_manage_user_form(request), request.user)

        def get_obj_perms_manage_group_form(self, request: HttpRequest) -> Any:
            """Offer what the person at the page has himself."""
            return _limited(super().get_obj_perms_manage_group_form(request), request.user)

        def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            """Lead to the page whom it lets in."""
            record = kwargs.get("obj")
            if record is not None and self._may_give(request, record):
                name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_permissions"
                context["rights_url"] = reverse(name, args=[quote(record.pk)])
            return super().render_change_form(request, context, *args, **kwargs)

        def _may_give(self, request: HttpRequest, record: Any) -> bool:
            return request.user.has_perms(NEEDED) and self.has_change_permission(request, record)

        def _checked(self, request: HttpRequest, object_pk: str) -> Any:
            record = self.get_object(request, unquote(object_pk))
            if record is None:
                raise Http404
            if not self._may_give(request, record):
                raise PermissionDenied
            return record

        def _recorded(
            self,
            request: HttpRequest,
            record: Any,
            whom: Any,
            rights_of: Callable[[Any, Any], Any],
            write: Callable[[], HttpResponse],
        ) -> HttpResponse:
            with transaction.atomic():
                before = sorted(rights_of(whom, record))
                response = write()
                after = sorted(rights_of(whom, record))
                if before != after:
                    record_rights(record, by=request.user, whom=whom, before=before, after=after)
            return response


def _found(model: Any, key: str) -> Any:
    try:
        return model._default_manager.get(pk=model._meta.pk.to_python(key))
    except (model.DoesNotExist, ValidationError, ValueError, OverflowError) as error:
        raise Http404 from error


def _asking(form_class: Any, field: str, label: Any, help_text: Any) -> Any:
    class Asking(form_class):  # type: ignore[misc]
        """Asks for who it is in words of ours."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields[field].label, self.fields[field].help_text = capfirst(label), help_text

    return Asking


def _limited(form_class: Any, user: Any) -> Any:
    class Limited(form_class):  # type: ignore[misc]
        """Offers, and so writes, only rights that the person at the page has."""

        def get_obj_perms_field_label(self) -> str:
            return str(_("Rights"))

        def get_obj_perms_field_widget(self) -> Any:
            return CheckboxSelectMultiple

        def get_obj_perms_field_choices(self) -> list[Any]:
            label = self.obj._meta.app_label
            return [
                (codename, name)
                for codename, name in super().get_obj_perms_field_choices()
                if user.has_perm(f"{label}.{codename}") or user.has_perm(f"{label}.{codename}", self.obj)
            ]

    return Limited
