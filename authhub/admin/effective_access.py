"""
*Effective access* of a user: each API, each permission held there, and why; for what is lacking, why not.

It stands in the admin's index without a table: its model lives in a registry of its own, as that of Django's
migration recorder does, and so has neither migration nor content type. Whoever may view users and assignments sees it.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.apps.registry import Apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from authhub.admin.confirmation import page_context
from authhub.admin.searching import PermissionSelect, permission_label, user_search_fields
from authhub.admin.view_only import ViewOnlyAdmin
from authhub.models import Organization, Permission, RolePermission
from authhub.rbac.chains import Edge, NodeKind, Path
from authhub.rbac.explanation import explain_permission
from authhub.rbac.overview import Held, effective_permissions

USERS_PER_PAGE = 50
PAGES = {
    NodeKind.GROUP: "admin:authhub_group_change",
    NodeKind.ROLE: "admin:authhub_role_change",
    NodeKind.PERMISSION: "admin:authhub_permission_change",
}
QUOTED = re.compile(r"`([^`]*)`")
"""How the sentences of `authhub.rbac` name things."""


class EffectiveAccess(models.Model):
    """The entry in the admin's index; there are no rows."""

    class Meta:
        apps = Apps()
        app_label = "authhub"
        managed = False
        verbose_name = _("effective access")
        verbose_name_plural = _("effective access")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class QuestionForm(forms.Form):
    """For which organization to look, and which permission to ask about."""

    organization = forms.ModelChoiceField(
        queryset=Organization.objects.none(), required=False, label=_("Organization"), empty_label=_("outside of any")
    )
    permission = forms.ModelChoiceField(
        queryset=Permission.objects.select_related("resource_server"), required=False, label=_("Why, or why not")
    )

    def __init__(self, data: Any, *, user: Any, site: admin.AdminSite) -> None:
        super().__init__(data)
        organizations = Organization.objects.filter(memberships__user=user).order_by("name")
        self.fields["organization"].queryset = organizations  # type: ignore[attr-defined]
        permission = self.fields["permission"]
        permission.widget = PermissionSelect(RolePermission._meta.get_field("permission"), site)
        permission.label_from_instance = permission_label  # type: ignore[attr-defined]
        permission.widget.choices = permission.choices  # type: ignore[attr-defined]
        permission.widget.is_required = False


def effective_access_link(user_id: Any, *, organization_id: Any = None) -> str:
    """Return where a user's effective access is shown, or nothing for no user."""
    if user_id is None:
        return ""
    try:
        url = reverse("admin:authhub_effectiveaccess_user", args=[user_id])
    except NoReverseMatch:  # a project may have another admin site than the default
        return ""
    return f"{url}?{urlencode({'organization': organization_id})}" if organization_id else url


@admin.register(EffectiveAccess)
class EffectiveAccessAdmin(ViewOnlyAdmin):
    """Search for a user, then see what he may, and why."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the rights to view what the pages put together."""
        users = get_user_model()._meta
        return request.user.has_perms(
            (
                f"{users.app_label}.view_{users.model_name}",
                "authhub.view_roleassignment",
                "authhub.view_permissionassignment",
            )
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Stand in the index for whoever may look."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """Search and show; nothing else."""
        protect = self.admin_site.admin_view
        return [
            path("", protect(self.search_view), name="authhub_effectiveaccess_changelist"),
            path("<str:user_id>/", protect(self.user_view), name="authhub_effectiveaccess_user"),
        ]

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """List users to choose from."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.get("q", "").strip()[:200]
        users = self._users(request).order_by("pk")
        if query:
            users, duplicates = self._search(request, users, query)
            users = users.distinct() if duplicates else users
        context = {
            "title": _("Effective access"),
            "query": query,
            "page": Paginator(users, USERS_PER_PAGE).get_page(request.GET.get("page")),
        }
        return TemplateResponse(
            request, "admin/authhub/effective_access_search.html", page_context(self, request, **context)
        )

    def user_view(self, request: HttpRequest, user_id: str) -> HttpResponse:
        """Show what a user holds, and explain one permission when asked."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = self._user(request, user_id)
        form = QuestionForm(request.GET, user=user, site=self.admin_site)
        given = form.cleaned_data if form.is_valid() else {}
        organization, permission = given.get("organization"), given.get("permission")
        explanation = explain_permission(user, permission, organization) if permission else None
        context = {
            "title": _("Effective access of %s") % user,
            "user_shown": user,
            "user_url": self._page_of(request, user),
            "form": form,
            "media": form.media,
            "organization": organization,
            "apis": by_api(effective_permissions(user, organization)),
            "asked": permission,
            "explanation": explanation,
            "ways": [steps(each) for each in explanation.paths] if explanation else [],
            "blocked": [(steps(each), with_code(each.obstacles)) for each in explanation.blocked]
            if explanation
            else [],
            "obstacles": with_code(explanation.decision.obstacles) if explanation else [],
            "missing": with_code(explanation.missing) if explanation else [],
        }
        return TemplateResponse(request, "admin/authhub/effective_access.html", page_context(self, request, **context))

    def _users(self, request: HttpRequest) -> Any:
        """Return the users that the project's own page of users shows this person."""
        registered = self.admin_site._registry.get(get_user_model())
        return get_user_model()._default_manager.all() if registered is None else registered.get_queryset(request)

    def _page_of(self, request: HttpRequest, user: Any) -> str:
        """Return where the project's own page of a user is, if it has one for this person."""
        registered = self.admin_site._registry.get(get_user_model())
        if registered is None or not registered.has_view_permission(request, user):
            return ""
        opts = get_user_model()._meta
        name = f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_change"
        return reverse(name, args=[quote(user.pk)])

    def _user(self, request: HttpRequest, user_id: str) -> Any:
        model = get_user_model()
        try:
            return self._users(request).get(pk=model._meta.pk.to_python(user_id))
        except (model.DoesNotExist, forms.ValidationError, ValueError, OverflowError) as error:
            raise Http404 from error

    def _search(self, request: HttpRequest, users: Any, query: str) -> Any:
        registered = self.admin_site._registry.get(get_user_model())
        if registered is not None and registered.search_fields:
            return registered.get_search_results(request, users, query)
        found = models.Q()
        for name in user_search_fields(""):
            found |= models.Q(**{f"{name}__icontains": query})
        return users.filter(found), False


def by_api(held: Iterable[Held]) -> list[tuple[Any, list[tuple[Held, list[list[dict[str, Any]]]]]]]:
    """Return APIs with what is held there and the steps of every path."""
    return [
        (api, [(each, [steps(path_) for path_ in each.paths]) for each in rights])
        for api, rights in groupby(held, key=lambda each: each.permission.resource_server)
    ]


def with_code(sentences: Iterable[object]) -> list[str]:
    """Return sentences as HTML, with what they put in backticks as code; all of it is escaped."""
    return [
        format_html_join(
            "", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in enumerate(parts))
        )
        for parts in (QUOTED.split(str(sentence)) for sentence in sentences)
    ]


def steps(path_: Path) -> list[dict[str, Any]]:
    """Return a path's steps from the user to what confers the permission, each with the page of what it reaches."""
    return [_step(edge) for edge in path_.edges]


def _step(edge: Edge) -> dict[str, Any]:
    node = edge.target
    return {
        "kind": node.kind.value,
        "name": node.name,
        "url": reverse(PAGES[node.kind], args=[node.pk]) if node.kind in PAGES else "",
        "organization": edge.organization,
        "starts_at": edge.starts_at,
        "ends_at": edge.ends_at,
        "is_blocked": bool(edge.obstacles),
    }
