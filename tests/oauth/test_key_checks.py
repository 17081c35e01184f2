"""The check of encryption keys…"""

import pytest
from django.core.checks import run_checks

from authhub.models import SigningKey
from authhub.oauth.key_checks import check_encryption_keys_fit

pytestmark = pytest.mark.django_db


def test_is_content_with_keys_that_fit():
    assert check_encryption_keys_fit(databases=["default"]) == []


def test_names_every_key_that_cannot_be_read(settings):
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["another"]}

    errors = [error for error in run_checks(databases=["default"]) if error.id == "authhub.E007"]

    assert len(errors) == 2
    assert all(SigningKey.objects.filter(kid=error.msg.split("`")[1]).exists() for error in errors)


def test_asks_no_database_that_it_was_not_given(settings, django_assert_num_queries):
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["another"]}

    with django_assert_num_queries(0):
        assert check_encryption_keys_fit(databases=None) == []
        assert check_encryption_keys_fit(databases=["replica"]) == []


def test_waits_for_the_table(settings, monkeypatch):
    settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": ["another"]}
    monkeypatch.setattr(SigningKey._meta, "db_table", "elsewhere")

    assert check_encryption_keys_fit(databases=["default"]) == []
