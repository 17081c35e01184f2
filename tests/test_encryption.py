"""What is kept at rest…"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authhub.encryption import UndecryptableError, decrypt, encrypt, keyed_hash, matches_keyed_hash


@pytest.fixture
def keys(settings: Any) -> Any:
    def set_keys(*values: str) -> None:
        settings.AUTHHUB = {**settings.AUTHHUB, "ENCRYPTION_KEYS": list(values)}

    set_keys("first")
    return set_keys


@given(st.text())
def test_comes_back_as_it_was(value: str) -> None:
    assert decrypt(encrypt(value, purpose="test"), purpose="test") == value


def test_is_not_readable_and_never_twice_the_same(keys: Any) -> None:
    one, other = encrypt("hush-hush", purpose="test"), encrypt("hush-hush", purpose="test")

    assert "hush-hush" not in one
    assert one != other


def test_is_readable_after_a_rotation_of_keys_and_not_after_the_old_one_is_gone(keys: Any) -> None:
    kept = encrypt("hush-hush", purpose="test")

    keys("second", "first")
    assert decrypt(kept, purpose="test") == "hush-hush"

    keys("second")
    with pytest.raises(UndecryptableError, match="no configured encryption key fits this test"):
        decrypt(kept, purpose="test")


def test_is_encrypted_under_the_first_key(keys: Any) -> None:
    keys("second", "first")
    kept = encrypt("hush-hush", purpose="test")

    keys("second")
    assert decrypt(kept, purpose="test") == "hush-hush"


def test_does_not_pass_for_another_kind(keys: Any) -> None:
    with pytest.raises(UndecryptableError):
        decrypt(encrypt("hush-hush", purpose="signing-key"), purpose="rule-secrets")


@pytest.mark.parametrize("damaged", ["", "gAAAA", "not base64 é"])
def test_is_refused_when_damaged(keys: Any, damaged: str) -> None:
    with pytest.raises(UndecryptableError):
        decrypt(damaged, purpose="test")


def test_is_refused_when_one_bit_was_changed(keys: Any) -> None:
    kept = encrypt("hush-hush", purpose="test")
    middle = len(kept) // 2
    changed = kept[:middle] + ("A" if kept[middle] != "A" else "B") + kept[middle + 1 :]

    with pytest.raises(UndecryptableError):
        decrypt(changed, purpose="test")


def test_does_not_show_in_the_error(keys: Any) -> None:
    kept = encrypt("hush-hush", purpose="test")
    keys("second")

    with pytest.raises(UndecryptableError) as caught:
        decrypt(kept, purpose="test")

    assert kept not in str(caught.value)
    assert "second" not in str(caught.value)


def test_is_hashed_under_a_key_and_a_purpose(keys: Any) -> None:
    stored = keyed_hash("secret", purpose="client-secret")

    assert len(stored) == 64
    assert stored == keyed_hash("secret", purpose="client-secret")
    assert stored != keyed_hash("secret", purpose="other")
    keys("second")
    assert stored != keyed_hash("secret", purpose="client-secret")


def test_matches_its_hash_under_any_configured_key(keys: Any) -> None:
    stored = keyed_hash("secret", purpose="test")

    keys("second", "first")
    assert matches_keyed_hash("secret", stored, purpose="test")
    assert not matches_keyed_hash("Secret", stored, purpose="test")
    assert not matches_keyed_hash("secret", stored, purpose="other")

    keys("second")
    assert not matches_keyed_hash("secret", stored, purpose="test")
