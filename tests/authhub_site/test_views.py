"""The demo's pages..."""

from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client

from authhub_site.credentials import Credentials

PAGES = ["/", "/spa/", "/spa/callback?code=x&state=y", "/web/", "/web2/", "/partner/"]


@pytest.mark.parametrize("path", PAGES)
def test_carry_no_script_or_style_inside(client: Client, files_of_its_own: Path, path: str) -> None:
    page = client.get(path)

    html = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in html
    assert " style=" not in html
    assert html.count("<script") == html.count('<script type="module" src=')
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_leave_a_pop_up_its_opener(client: Client, files_of_its_own: Path, path: str) -> None:
    assert client.get(path)["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"


@pytest.mark.parametrize("path", [*PAGES, "/spa/configuration.json"])
def test_are_there_to_be_read(client: Client, files_of_its_own: Path, path: str) -> None:
    assert client.post(path).status_code == 405


def test_show_the_passwords_of_a_demo(client: Client, files_of_its_own: Path, settings) -> None:
    settings.DEBUG = True
    Credentials(passwords={"employee": "abcd-efgh"}).save()

    assert b"abcd-efgh" in client.get("/").content


def test_show_no_password_outside_of_a_demo(client: Client, files_of_its_own: Path, settings) -> None:
    settings.DEBUG = False
    Credentials(passwords={"employee": "abcd-efgh"}).save()

    assert b"abcd-efgh" not in client.get("/").content


def test_tell_the_single_page_application_who_it_is(client: Client, files_of_its_own: Path) -> None:
    Credentials(client_ids={"spa": "the-spa", "cron": "the-job"}, client_secrets={"cron": "secret"}).save()

    answer = client.get("/spa/configuration.json")

    assert {**answer.json(), "csrf_token": ""} == {
        "csrf_token": "",
        "client_id": "the-spa",
        "issuer": project.ISSUER,
        "audience": "https://api.exampleco.com/timesheets",
        "redirect_uri": f"{project.ISSUER}spa/callback",
        "home": f"{project.ISSUER}spa/",
    }


def test_do_not_believe_the_host_header(client: Client, files_of_its_own: Path) -> None:
    Credentials(client_ids={"spa": "the-spa"}).save()

    answer = client.get("/spa/configuration.json", headers={"host": "localhost:9999"})

    assert answer.json()["home"] == f"{project.ISSUER}spa/"


def test_say_that_the_demo_is_not_loaded(client: Client, files_of_its_own: Path) -> None:
    answer = client.get("/spa/configuration.json")

    assert answer.status_code == 503
    assert "exampleco" in answer.json()["message"]


def test_sign_out_at_the_server_too(client: Client, files_of_its_own: Path, django_user_model) -> None:
    client.force_login(django_user_model.objects.create_user("erin"))

    answer = client.post("/spa/sign-out")

    assert answer.status_code == 204
    assert "_auth_user_id" not in client.session


def test_sign_nobody_out_for_another_site(files_of_its_own: Path, db: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/spa/sign-out").status_code == 403
