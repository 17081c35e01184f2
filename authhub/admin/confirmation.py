"""A page that asks before it acts: GET asks, POST acts, with a reason for the event log."""

from collections.abc import Callable
from typing import Any

import django
from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from authhub.admin.refusals import remember, validation_error
from authhub.admin.typed_bases import ModelAdmin
from authhub.rbac.administration import AdministrationError

REASON_MAX_LENGTH = 500


def reason_of(request: HttpRequest) -> str:
    """Return the reason that a person gave, cut to what the event log keeps."""
    return request.POST.get("reason", "").strip()[:REASON_MAX_LENGTH]


def actor(request: HttpRequest) -> AbstractBaseUser:
    """Return who is signed in; every admin page has seen to it that someone is."""
    if isinstance(request.user, AnonymousUser):
        raise PermissionDenied
    return request.user


def page_context(model_admin: ModelAdmin, request: HttpRequest, **context: Any) -> dict[str, Any]:
    """Return what every page of ours needs beside its own `context`: where it stands, and what the site wants."""
    opts, site = model_admin.opts, model_admin.admin_site.name
    crumbs = [(reverse(f"{site}:app_list", args=[opts.app_label]), apps.get_app_config(opts.app_label).verbose_name)]
    list_url = reverse(f"{site}:{opts.app_label}_{opts.model_name}_changelist")
    if request.path != list_url:
        crumbs.append((list_url, capfirst(str(opts.verbose_name_plural))))
    if context.get("back_label"):
        crumbs.append((context["back_url"], context["back_label"]))
    return {
        **model_admin.admin_site.each_context(request),
        "opts": opts,
        "crumbs": crumbs,
        "has_list_of_crumbs": django.VERSION >= (6, 1),  # what the admin's style sheet expects
        **context,
    }


def confirm(
    model_admin: ModelAdmin,
    request: HttpRequest,
    *,
    title: object,
    question: object,
    button: object,
    back_url: str,
    act: Callable[[str], HttpResponse],
    option: tuple[str, object] | None = None,
    back_label: object = "",
    template: str = "admin/authhub/confirm.html",
    **further: Any,
) -> HttpResponse:
    """
    Ask on GET; on POST call `act` with the reason and return its response.

    `option` adds one check box: its name and label. What `act` refuses is shown on the page. A `template` that extends
    this one's shows what is `further` known of what would come of it.
    """
    errors: list[str] = []
    if request.method == "POST":
        try:
            return act(reason_of(request))
        except (ValidationError, AdministrationError) as error:
            remember(error)
            errors = validation_error(error).messages
    context = {
        "title": title,
        "question": question,
        "button": button,
        "back_url": back_url,
        "back_label": back_label,
        "option": option,
        "errors": errors,
        "reason": reason_of(request),
        "reason_max_length": REASON_MAX_LENGTH,
        **further,
    }
    return TemplateResponse(request, template, page_context(model_admin, request, **context))
