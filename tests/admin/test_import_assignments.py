"""The page that imports assignments…"""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from authhub import models
from authhub.admin.import_assignments import LENGTH_MAX, PROBLEMS_SHOWN
from tests.factories import RoleFactory, RolePermissionFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "admin:authhub_roleassignment_import"
ROWS = "user,role\nanna,Manager\notto,Manager\n"


@pytest.fixture(autouse=True)
def people() -> None:
    UserFactory(username="anna"), UserFactory(username="otto"), RoleFactory(name="Manager")


def send(browser: Client, text: str | bytes, name: str = "rows.csv", **said: str) -> Any:
    file = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    return browser.post(reverse(URL), {"file": file, "preview": "Preview", **said})


def confirm(browser: Client, previewed: Any, **said: str) -> Any:
    hidden = previewed.context["form"].initial
    kept = {name: hidden[name] for name in ("content", "file_format", "reason")}
    return browser.post(reverse(URL), {**kept, "import": "Import", **said}, follow=True)


def test_is_found_above_the_list_of_role_assignments(root_browser: Client) -> None:
    page = root_browser.get(reverse("admin:authhub_roleassignment_changelist")).content.decode()

    assert 'href="import/"' in page
    assert root_browser.get(reverse(URL)).status_code == 200


def test_says_what_would_come_of_a_file_and_does_it_when_told_to(root_browser: Client, superuser: Any) -> None:
    previewed = send(root_browser, ROWS, reason="TICKET-1")

    assert "2 added, 0 changed, 0 already there, 0 wrong." in previewed.content.decode()
    assert not models.RoleAssignment.objects.exists()

    done = confirm(root_browser, previewed)

    assert "2 added, 0 changed" in done.content.decode()
    assert done.redirect_chain[0][0] == reverse("admin:authhub_roleassignment_changelist")
    assert models.RoleAssignment.objects.count() == 2
    events = models.AuditEvent.objects.filter(tag=models.AuditTag.ROLE_ASSIGNED)
    assert {(event.actor, event.reason) for event in events} == {(superuser, "TICKET-1")}


def test_writes_nothing_if_a_row_is_wrong_unless_told_to_skip_it(root_browser: Client) -> None:
    previewed = send(root_browser, f"{ROWS}<b>nobody,Manager\n")

    assert "line 4: there is no user <code>&lt;b&gt;nobody</code>" in previewed.content.decode()
    refused = confirm(root_browser, previewed)
    assert "Nothing was imported" in refused.content.decode()
    assert "skip the rows that are wrong" in refused.content.decode()
    assert not models.RoleAssignment.objects.exists()

    done = confirm(root_browser, refused, skips_errors="on")

    assert "2 added, 0 changed, 0 already there, 1 wrong and skipped." in done.content.decode()
    assert models.RoleAssignment.objects.count() == 2


def test_says_which_file_it_keeps(root_browser: Client) -> None:
    assert "is kept" not in root_browser.get(reverse(URL)).content.decode()

    previewed = send(root_browser, ROWS, name="new people.csv")
    again = root_browser.post(reverse(URL), {**previewed.context["form"].initial, "preview": "Preview again"})

    for page in (previewed, again):
        assert "<strong>new people.csv</strong> is kept" in page.content.decode()


def test_looks_at_another_file_before_it_imports_that(root_browser: Client) -> None:
    kept = send(root_browser, ROWS).context["form"].initial
    other = SimpleUploadedFile("other.csv", b"user,role\notto,Manager\n")

    looked_at = root_browser.post(reverse(URL), {**kept, "file": other, "import": "Import"})

    assert "What would come of it" in looked_at.content.decode()
    assert "<strong>other.csv</strong> is kept" in looked_at.content.decode()
    assert not models.RoleAssignment.objects.exists()


def test_says_how_many_problems_it_does_not_list(root_browser: Client) -> None:
    rows = "".join(f"nobody{number},Manager\n" for number in range(PROBLEMS_SHOWN + 2))

    assert "… and 2 more" in send(root_browser, f"user,role\n{rows}").content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "The submitted file is empty."),
        (b"user\n\xff", "This file is not UTF-8."),
        (b"usr\n", "the first line must name the columns"),
        (b"x" * (LENGTH_MAX + 1), "use authhub_import_assignments"),
    ],
)
def test_refuses_a_file_that_it_cannot_use(root_browser: Client, text: bytes, sentence: str) -> None:
    response = send(root_browser, text)

    assert response.status_code == 200
    assert sentence in response.content.decode()


@pytest.mark.parametrize("content", ["", "%%%", "gA=="])
def test_refuses_content_that_no_preview_made(root_browser: Client, content: str) -> None:
    response = root_browser.post(reverse(URL), {"content": content, "import": "Import"})

    assert response.status_code == 200
    assert response.context["form"].errors


def test_is_for_those_who_may_add_assignments_and_gives_no_more_than_they_may(staff_browser: Any) -> None:
    assert staff_browser("authhub.view_roleassignment").get(reverse(URL)).status_code == 403
    RolePermissionFactory(role=models.Role.objects.get())
    clerk = staff_browser("authhub.add_roleassignment", "authhub.view_roleassignment")

    assert "confers what" in send(clerk, ROWS).content.decode()
