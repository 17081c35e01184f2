"""The demo's credentials..."""

import stat
from pathlib import Path

from authhub_site.credentials import Credentials, new_password


def test_are_none_before_the_demo_was_loaded(files_of_its_own: Path) -> None:
    assert Credentials.load() == Credentials()


def test_come_back_as_they_were_saved(files_of_its_own: Path) -> None:
    saved = Credentials({"employee": "p"}, {"web": "id"}, {"web": "s"})

    saved.save()

    assert Credentials.load() == saved


def test_are_for_their_owner_only(files_of_its_own: Path) -> None:
    Credentials().save()

    assert [stat.S_IMODE(path.stat().st_mode) for path in files_of_its_own.iterdir()] == [0o600]


def test_have_passwords_that_can_be_typed_and_not_guessed() -> None:
    passwords = {new_password() for _ in range(50)}

    assert len(passwords) == 50
    assert all(len(password) == 19 and password == password.lower() for password in passwords)
