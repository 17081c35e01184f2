"""The primary key in a subject…"""

import pytest

from authhub.models import key_in_subject


def test_is_that_of_a_subject_that_authhub_made() -> None:
    assert key_in_subject("auth0|7") == 7


@pytest.mark.parametrize(
    "subject",
    [
        "auth0|007",
        "auth0|٧",
        "auth0| 7",
        "auth0|+7",
        "auth0|" + "1" * 24,
        "auth0|59c1e3f0",
        "google-oauth2|7",
        "7",
        "auth0|",
    ],
)
def test_is_none_of_one_that_only_looks_alike(subject: str) -> None:
    assert key_in_subject(subject) is None
