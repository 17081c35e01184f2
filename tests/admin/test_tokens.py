"""The pages of tokens, authorizations and keys…"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from authhub import models
from authhub.models import AuditTag, KeyState
from authhub.oauth.signing_keys import make_missing_keys
from tests import factories
from tests.admin.conftest import populate

pytestmark = pytest.mark.django_db

NAMES = ["accesstoken", "refreshtoken", "grant", "idtoken"]


def first_pk(name: str) -> Any:
    rows = populate(1)
    return next(row.pk for model, row in rows.items() if model._meta.label_lower == f"oauth2_provider.{name}")


@pytest.mark.parametrize("name", NAMES)
def test_do_not_edit_add_or_delete(root_browser: Client, name: str) -> None:
    pk = first_pk(name)
    model = get_access_token_model() if name == "accesstoken" else None
    before = model.objects.values().get(pk=pk) if model else None

    change = reverse(f"admin:oauth2_provider_{name}_change", args=[pk])
    assert root_browser.post(change, {"scope": "openid admin", "expires_0": "2099-01-01"}).status_code == 403
    assert root_browser.get(reverse(f"admin:oauth2_provider_{name}_add")).status_code == 403
    assert root_browser.post(reverse(f"admin:oauth2_provider_{name}_delete", args=[pk])).status_code == 403
    assert before is None or model.objects.values().get(pk=pk) == before  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["accesstoken", "refreshtoken"])
def test_revoke_a_token_with_its_whole_authorization(root_browser: Client, superuser: Any, name: str) -> None:
    pk = first_pk(name)

    root_browser.post(
        reverse(f"admin:oauth2_provider_{name}_changelist"), {"action": "revoke_selected", "_selected_action": [pk]}
    )

    family = models.TokenFamily.objects.get()
    assert family.revoked_at is not None
    assert get_refresh_token_model().objects.get().revoked is not None
    assert get_access_token_model().objects.get().expires <= timezone.now()
    assert models.AuditEvent.objects.get(tag=AuditTag.FAMILY_REVOKED).actor == superuser


def test_revoke_a_token_from_before_authhub_alone(root_browser: Client) -> None:
    user, application = factories.UserFactory(), factories.ApplicationFactory()
    later = timezone.now() + timedelta(hours=1)
    access = get_access_token_model().objects.create(token="a", user=user, application=application, expires=later)
    refresh = get_refresh_token_model().objects.create(token="r", user=user, application=application)
    for name, token in (("refreshtoken", refresh), ("accesstoken", access)):
        root_browser.post(
            reverse(f"admin:oauth2_provider_{name}_changelist"),
            {"action": "revoke_selected", "_selected_action": [token.pk]},
        )

    assert not get_access_token_model().objects.filter(expires__gt=timezone.now()).exists()
    assert get_refresh_token_model().objects.get().revoked is not None


@pytest.mark.parametrize("name", ["accesstoken", "refreshtoken"])
def test_do_not_revoke_for_staff_who_may_only_view(staff_browser: Any, name: str) -> None:
    pk = first_pk(name)
    browser = staff_browser(f"oauth2_provider.view_{name}")

    browser.post(
        reverse(f"admin:oauth2_provider_{name}_changelist"), {"action": "revoke_selected", "_selected_action": [pk]}
    )

    assert models.TokenFamily.objects.get().revoked_at is None


def test_ask_before_an_authorization_is_revoked(root_browser: Client, superuser: Any) -> None:
    family = factories.TokenFamilyFactory()
    url = reverse("admin:authhub_tokenfamily_revoke", args=[family.pk])

    assert root_browser.get(url).status_code == 200
    family.refresh_from_db()
    assert family.revoked_at is None
    root_browser.post(url, {"reason": "lost laptop"}, follow=True)

    family.refresh_from_db()
    assert (family.revoked_at is not None, family.revocation_reason) == (True, "lost laptop")
    assert (
        "Revoke…"
        not in root_browser.get(reverse("admin:authhub_tokenfamily_change", args=[family.pk])).content.decode()
    )


def test_revoke_selected_authorizations(root_browser: Client) -> None:
    pks = [factories.TokenFamilyFactory().pk, factories.TokenFamilyFactory().pk]
    url = reverse("admin:authhub_tokenfamily_changelist")

    response = root_browser.post(url, {"action": "revoke_selected", "_selected_action": pks}, follow=True)

    assert "2 authorizations were revoked." in response.content.decode()


def test_do_not_revoke_an_authorization_for_staff_who_may_only_view(staff_browser: Any) -> None:
    family = factories.TokenFamilyFactory()
    browser = staff_browser("authhub.view_tokenfamily")

    assert browser.post(reverse("admin:authhub_tokenfamily_revoke", args=[family.pk])).status_code == 403


@pytest.mark.parametrize("state", ["live", "revoked", "ended", "odd"])
@pytest.mark.parametrize("name", ["authhub_tokenfamily", "oauth2_provider_accesstoken"])
def test_filter_by_state(root_browser: Client, name: str, state: str) -> None:
    populate(1)

    for value in (state, "good", "expired"):
        assert root_browser.get(reverse(f"admin:{name}_changelist"), {"state": value}).status_code == 200


def test_let_a_user_be_deleted_with_his_authorizations(root_browser: Client) -> None:
    family = factories.TokenFamilyFactory()

    root_browser.post(reverse("admin:auth_user_delete", args=[family.user.pk]), {"post": "yes"})

    assert not models.TokenFamily.objects.exists()


def test_rotate_the_signing_key_after_asking(root_browser: Client, superuser: Any) -> None:
    make_missing_keys("ES256")
    upcoming = models.SigningKey.objects.get(algorithm="ES256", state=KeyState.NEXT)
    url = reverse("admin:authhub_signingkey_rotate", args=["ES256"])

    assert root_browser.get(url).status_code == 200
    too_early = root_browser.post(url, {"reason": "half-yearly"}).content.decode()
    assert "try again later" in too_early
    root_browser.post(url, {"reason": "half-yearly", "at_once": "yes"})

    upcoming.refresh_from_db()
    assert upcoming.state == KeyState.CURRENT
    event = models.AuditEvent.objects.get(tag=AuditTag.KEY_ROTATED)
    assert (event.actor, event.reason) == (superuser, "half-yearly")


def test_revoke_a_signing_key_after_asking(root_browser: Client) -> None:
    make_missing_keys("ES256")
    key = models.SigningKey.objects.get(algorithm="ES256", state=KeyState.CURRENT)
    url = reverse("admin:authhub_signingkey_revoke", args=[key.pk])

    assert root_browser.get(url).status_code == 200
    root_browser.post(url, {"reason": "leaked"})
    again = root_browser.post(url).content.decode()

    key.refresh_from_db()
    assert key.state == KeyState.REVOKED
    assert "is revoked already" in again


def test_do_not_touch_keys_for_staff_who_may_only_view(staff_browser: Any) -> None:
    make_missing_keys("ES256")
    key = models.SigningKey.objects.get(algorithm="ES256", state=KeyState.CURRENT)
    browser = staff_browser("authhub.view_signingkey")

    assert browser.post(reverse("admin:authhub_signingkey_revoke", args=[key.pk])).status_code == 403
    assert browser.post(reverse("admin:authhub_signingkey_rotate", args=["ES256"])).status_code == 403
    for url in (
        reverse("admin:authhub_signingkey_changelist"),
        reverse("admin:authhub_signingkey_change", args=[key.pk]),
    ):
        text = browser.get(url).content.decode()
        assert key.kid in text
        assert "/revoke/" not in text
        assert "/rotate/" not in text


def test_do_not_rotate_an_algorithm_that_we_do_not_sign_with(root_browser: Client) -> None:
    assert root_browser.post(reverse("admin:authhub_signingkey_rotate", args=["none"])).status_code == 403
