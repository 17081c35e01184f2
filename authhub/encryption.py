"""
Encryption and keyed hashing of what is kept in the database, under the keys of ``AUTHHUB["ENCRYPTION_KEYS"]``.

Each purpose has a key of its own (HKDF, RFC 5869), so that a value of one kind never passes for another.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authhub.conf import conf


class UndecryptableError(Exception):
    """The value was encrypted under none of the configured keys (KY04): never answered by making a new key."""


@lru_cache(maxsize=32)
def _derived_key(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"authhub:{purpose}".encode()).derive(secret.encode())


def _fernet(purpose: str) -> MultiFernet:
    keys = (_derived_key(secret, purpose) for secret in conf.encryption_keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def encrypt(value: str, *, purpose: str) -> str:
    """Return `value` encrypted for `purpose` under the first key."""
    return _fernet(purpose).encrypt(value.encode()).decode()


def decrypt(value: str, *, purpose: str) -> str:
    """
    Return what `encrypt` was given, whichever configured key it used.

    Raises:
        UndecryptableError: no configured key fits.
    """
    try:
        return _fernet(purpose).decrypt(value.encode()).decode()
    except InvalidToken as error:
        raise UndecryptableError(f"no configured encryption key fits this {purpose}") from error


def keyed_hash(value: str, *, purpose: str) -> str:
    """Return the hexadecimal HMAC-SHA-256 of a random value, for storage (`security.md` §0.10)."""
    return hmac.new(_derived_key(conf.encryption_keys[0], purpose), value.encode(), hashlib.sha256).hexdigest()


def matches_keyed_hash(value: str, stored: str, *, purpose: str) -> bool:
    """Return whether `stored` is the keyed hash of `value` under any configured key, in constant time per key."""
    candidates = (_derived_key(secret, purpose) for secret in conf.encryption_keys)
    hashes = (hmac.new(key, value.encode(), hashlib.sha256).hexdigest() for key in candidates)
    return any(hmac.compare_digest(candidate, stored) for candidate in hashes)
