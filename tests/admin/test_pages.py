"""Every page of the admin…"""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from authhub import models
from authhub.admin.searching import CONCEALED
from tests import factories
from tests.admin.conftest import CONCEALED_VALUE, populate

WITHOUT_PAGE = {
    models.HierarchyLock: "a mutex, not a record",
    models.ApplicationProfile: "in the page of the application",
}
OURS = [model for model in apps.get_app_config("authhub").get_models() if model not in WITHOUT_PAGE]
THE_TOOLKITS = [
    apps.get_model("oauth2_provider", name)
    for name in ("Application", "AccessToken", "RefreshToken", "Grant", "IDToken")
]
MODELS = [*OURS, *THE_TOOLKITS]
pytestmark = pytest.mark.django_db


def page(model: Any, kind: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def queries_of(browser: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200, url
    return len(queries)


@pytest.mark.parametrize("model", MODELS)
def test_is_there_for_every_record(model: Any) -> None:
    assert model in admin.site._registry


@pytest.mark.parametrize("model", THE_TOOLKITS)
def test_is_ours_for_the_records_of_the_toolkit(model: Any) -> None:
    assert type(admin.site._registry[model]).__module__.startswith("authhub.admin.")


def test_costs_as_many_queries_for_thirty_rows_as_for_three(root_browser: Client) -> None:
    warm = populate(1)
    for model in MODELS:  # content types are read once per process
        root_browser.get(page(model, "change", warm[model].pk))
    few = populate(3)
    urls = [page(model, "changelist") for model in MODELS] + [page(model, "change", few[model].pk) for model in MODELS]
    urls.append(reverse("admin:authhub_resourceserver_access", args=[few[models.ResourceServer].pk]))
    before = {url: queries_of(root_browser, url) for url in urls}

    many = populate(30)

    for model in MODELS:
        assert queries_of(root_browser, page(model, "changelist")) == before[page(model, "changelist")], model
        url_before, url = page(model, "change", few[model].pk), page(model, "change", many[model].pk)
        assert queries_of(root_browser, url) == before[url_before], model
        assert before[url_before] <= 25, model
    access = reverse("admin:authhub_resourceserver_access", args=[many[models.ResourceServer].pk])
    assert queries_of(root_browser, access) == before[urls[-1]]


def test_shows_no_secret_token_or_hash(root_browser: Client) -> None:
    first = populate(2)
    application = first[type(factories.ApplicationFactory())]
    concealed = [CONCEALED_VALUE, application.client_secret, first[models.AuthorizationCode].code_hash]
    concealed += list(models.SigningKey.objects.values_list("private_key", flat=True))

    for model in MODELS:
        for url in (page(model, "changelist"), page(model, "change", first[model].pk)):
            text = root_browser.get(url).content.decode()
            assert not [value for value in concealed if value in text], url


def test_does_not_filter_by_what_it_conceals(root_browser: Client) -> None:
    for model, row in populate(1).items():
        if model is models.RuleSetting:
            continue  # its list reads no query at all
        columns = {field.name: field.value_from_object(row) for field in model._meta.concrete_fields}
        for name in {name for name, value in columns.items() if name in CONCEALED or CONCEALED_VALUE in str(value)}:
            answer = root_browser.get(page(model, "changelist"), {f"{name}__startswith": "a"})
            assert answer.status_code == 400, (model, name)


@pytest.mark.parametrize("model", MODELS)
def test_does_not_filter_by_another_records_columns(root_browser: Client, model: Any) -> None:
    for field in model._meta.fields:
        if field.is_relation and field.related_model._meta.label == "auth.User":
            url = page(model, "changelist")
            assert root_browser.get(url, {f"{field.name}__password__startswith": "md5"}).status_code == 400


def test_stands_in_the_index_unless_it_is_internal(root_browser: Client) -> None:
    internal = {models.AuthorizationCode, models.AuthorizationTransaction, models.IssuedToken, models.RevokedToken}
    internal |= {models.ExtensionRole, models.ExtensionPermission}

    text = root_browser.get(reverse("admin:index")).content.decode()

    shown = {model for model in OURS if f'href="{page(model, "changelist")}"' in text}
    assert {models.TokenFamily, models.Role, models.AuditEvent} <= shown
    assert not internal & shown
    for model in internal:
        assert root_browser.get(page(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_can_be_searched(root_browser: Client, model: Any) -> None:
    populate(1)

    assert root_browser.get(page(model, "changelist"), {"q": "nothing has this name"}).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_has_no_endless_drop_down(root_browser: Client, model: Any) -> None:
    model_admin = admin.site._registry[model]
    first = populate(1)
    response = root_browser.get(page(model, "change", first[model].pk))

    forms = [response.context["adminform"].form] if "adminform" in response.context else []
    forms += [
        form
        for formset in response.context.get("inline_admin_formsets", ())
        for form in (*formset.formset.forms, formset.formset.empty_form)
    ]

    for form in forms:
        for name, field in form.fields.items():
            if hasattr(field, "queryset") and not field.widget.is_hidden:
                kinds = {type(widget).__name__ for widget in (field.widget, getattr(field.widget, "widget", None))}
                assert kinds & {
                    "AutocompleteSelect",
                    "AutocompleteSelectMultiple",
                    "PermissionSelect",
                    "PermissionSelectMultiple",
                    "CheckboxSelectMultiple",
                }, (model_admin, name, kinds)


@pytest.mark.parametrize("model", MODELS)
def test_is_closed_to_staff_without_permission(staff_browser: Any, model: Any) -> None:
    first = populate(1)
    browser = staff_browser()

    assert browser.get(page(model, "changelist")).status_code == 403
    assert browser.get(page(model, "change", first[model].pk)).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_shows_but_does_not_change_for_staff_who_may_view(staff_browser: Any, model: Any) -> None:
    first = populate(1)
    opts = model._meta
    browser = staff_browser(f"{opts.app_label}.view_{opts.model_name}")
    before = model.objects.values().get(pk=first[model].pk)
    url = page(model, "change", first[model].pk)

    assert browser.get(page(model, "changelist")).status_code == 200
    assert browser.get(url).status_code == 200
    posted = browser.post(url, {"name": "changed", "scope": "changed", "scopes": "changed", "reason": "changed"})

    assert posted.status_code == 403
    assert model.objects.values().get(pk=first[model].pk) == before


def test_of_the_project_deletes_a_user_with_all_that_is_theirs(root_browser: Client) -> None:
    user, before = populate(2)[models.TokenFamily].user, models.AuditEvent.objects.count()

    response = root_browser.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"})

    assert response.status_code == 302
    for model in MODELS:
        for field in model._meta.fields:
            if field.is_relation and field.related_model is type(user):
                assert not model.objects.filter(**{field.attname: user.pk}).exists(), (model, field.name)
    assert models.TokenFamily.objects.count() == models.IssuedToken.objects.count() == 1
    assert models.AuthorizationCode.objects.count() == 1
    # What happened is remembered, and what ended with the account.
    assert models.AuditEvent.objects.count() == before + 1
