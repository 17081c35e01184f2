"""The page that says which flow to use…"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
URL = "admin:oauth2_provider_application_which_flow"


def ask(browser: Client, **said: str) -> Any:
    return browser.get(reverse(URL), said)


def test_is_found_above_the_list_of_applications(root_browser: Client) -> None:
    page = root_browser.get(reverse("admin:oauth2_provider_application_changelist")).content.decode()

    assert 'href="which-flow/"' in page
    assert "Add application" in page


def test_asks_before_it_answers(root_browser: Client) -> None:
    response = ask(root_browser)

    assert response.status_code == 200
    assert response.context["advice"] is None
    assert "The seven flows" in response.content.decode()


def test_answers_what_the_command_answers(root_browser: Client) -> None:
    response = ask(root_browser, application_type="native", has_browser="no")

    assert response.context["advice"]["flow"]["title"] == "Device authorization"
    assert "RFC 8628" in response.content.decode()


def test_says_what_to_use_instead_of_a_legacy_flow(root_browser: Client) -> None:
    page = ask(root_browser, application_type="spa", takes_password="yes").content.decode()

    assert "What you described is Resource owner password" in page
    assert "<code>AUTHHUB[&quot;LEGACY_GRANT_TYPES&quot;]</code>" in page


def test_says_when_answers_contradict_each_other(root_browser: Client) -> None:
    response = ask(root_browser, application_type="spa", has_secret="yes")

    assert response.context["advice"] is None
    assert "These answers do not go together" in response.content.decode()


def test_says_when_an_answer_is_none(root_browser: Client) -> None:
    response = ask(root_browser, application_type="<script>")

    assert response.status_code == 200
    assert response.context["form"].errors
    assert "<script>." not in response.content.decode()


def test_is_open_to_whoever_may_view_applications(staff_browser: Any) -> None:
    page = ask(staff_browser("oauth2_provider.view_application"), application_type="spa")

    assert page.status_code == 200
    assert "Register the application" not in page.content.decode()


def test_is_closed_to_others(staff_browser: Any, client: Client) -> None:
    assert ask(staff_browser()).status_code == 403
    assert ask(client).status_code == 302
