"""Key pairs as JSON Web Keys (RFC 7517): made, encrypted for storage, and read back. Touches no table."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from joserfc.jwk import ECKey, OKPKey, RSAKey

from authhub.encryption import decrypt, encrypt
from authhub.models import SigningAlgorithm

RSA_BITS = 2048

type_by_algorithm: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {
    SigningAlgorithm.RS256: RSAKey,
    SigningAlgorithm.ES256: ECKey,
    SigningAlgorithm.ED25519: OKPKey,
}
parameter_by_algorithm: Mapping[str, Any] = {
    SigningAlgorithm.RS256: RSA_BITS,
    SigningAlgorithm.ES256: "P-256",
    SigningAlgorithm.ED25519: "Ed25519",
}


class KeyPair(NamedTuple):
    """A new key pair as it is stored: `private_key` is encrypted, bound to its `kid`."""

    kid: str
    public_jwk: dict[str, Any]
    private_key: str


class UnsupportedAlgorithmError(Exception):
    """The algorithm is none of ours; symmetric ones and "none" never are (KY09)."""

    def __init__(self, algorithm: str) -> None:
        super().__init__(f"the signing algorithm `{algorithm}` is not supported")


def make_key_pair(algorithm: str) -> KeyPair:
    """
    Make a key pair whose `kid` is its thumbprint (RFC 7638).

    Raises:
        UnsupportedAlgorithmError: not one of `SigningAlgorithm`.
    """
    if algorithm not in type_by_algorithm:
        raise UnsupportedAlgorithmError(algorithm)
    key = type_by_algorithm[algorithm].generate_key(parameter_by_algorithm[algorithm])
    kid = key.thumbprint()
    public_jwk = dict(key.as_dict(private=False, kid=kid, use="sig", alg=algorithm))
    return KeyPair(kid, public_jwk, encrypt_private_jwk(kid, json.dumps(key.as_dict(private=True))))


def encrypt_private_jwk(kid: str, private_jwk: str) -> str:
    """Encrypt a private key so that it can be read back only under its own `kid` (KY03)."""
    return encrypt(private_jwk, purpose=f"signing-key:{kid}")


def decrypt_private_jwk(kid: str, encrypted: str) -> str:
    """
    Return the private key as JSON.

    Raises:
        UndecryptableError: no configured encryption key fits (KY04).
    """
    return decrypt(encrypted, purpose=f"signing-key:{kid}")


# Reading an RSA key costs some 40 ms, as much as a hundred signatures: once per process and key.
@lru_cache(maxsize=64)
def read_private_key(kid: str, algorithm: str, encrypted: str) -> RSAKey | ECKey | OKPKey:
    """
    Return the key to sign with.

    Raises:
        UndecryptableError: no configured encryption key fits (KY04).
    """
    return type_by_algorithm[algorithm].import_key(json.loads(decrypt_private_jwk(kid, encrypted)))


def read_public_key(algorithm: str, public_jwk: Mapping[str, Any]) -> RSAKey | ECKey | OKPKey:
    """Return the key to verify with."""
    return type_by_algorithm[algorithm].import_key(dict(public_jwk))
