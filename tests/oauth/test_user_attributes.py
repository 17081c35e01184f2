"""The attributes of a user…"""

from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.test.utils import isolate_apps

from authhub.oauth import user_attributes
from authhub.oauth.claims import standard_claims
from authhub.oauth.user_attributes import attribute_of, column_of, value_of


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A user model that has what Django asks and no more: people sign in with the address."""
    with isolate_apps("tests"):

        class Member(AbstractBaseUser):
            email = models.EmailField(unique=True)
            USERNAME_FIELD = "email"

            class Meta:
                app_label = "tests"

        monkeypatch.setattr(user_attributes, "get_user_model", lambda: Member)
        yield Member


def test_are_columns_of_django_s_own_user_model() -> None:
    columns = {name: column_of(name) for name in ("email", "username", "given_name", "blocked", "created_at")}

    assert columns == {
        "email": "email", "username": "username", "given_name": "first_name", "blocked": "is_active",
        "created_at": "date_joined",
    }  # fmt: skip
    assert [attribute_of(column) for column in ("first_name", "subject", "other")] == ["given_name", "user_id", "other"]


def test_are_left_out_where_the_project_s_user_model_has_none(member: Any) -> None:
    missing = ("username", "given_name", "family_name", "blocked", "created_at", "name")

    assert column_of("email") == "email"
    assert [column_of(name) for name in missing] == [""] * len(missing)
    assert value_of(member(email="a@example.com"), "given_name") is None


def test_make_claims_of_such_a_user_too(member: Any) -> None:
    claims = standard_claims(member(email="anna@example.com"))

    assert (claims["name"], claims["nickname"], claims["email"]) == ("anna@example.com", "anna", "anna@example.com")
