"""The life of signing keys: next → current → previous → revoked (NIST SP 800-57; E-18)."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.apps import apps as installed_apps
from django.db import IntegrityError, connections, router, transaction
from django.utils import timezone

from authhub import signals
from authhub.models import AuditEvent, AuditTag, KeyState, SigningAlgorithm, SigningKey
from authhub.oauth.key_material import KeyPair, decrypt_private_jwk, encrypt_private_jwk, make_key_pair

JWKS_MAX_AGE_SECONDS = 60
"""How long others may keep our JWKS, and so how long a key is published before it may sign (KY02)."""


class NextKeyTooYoungError(Exception):
    """The next key was published so recently that other servers may not have seen it."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"key `{kid}` was published less than {JWKS_MAX_AGE_SECONDS} seconds ago; try again later")


class AlreadyRevokedError(Exception):
    """The key was revoked before."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"key `{kid}` is revoked already")


def make_first_keys(**kwargs: Any) -> None:
    """
    Make the first signing keys after `migrate`, so that tokens can be issued without any command (E-18).

    A receiver of ``post_migrate``. Does nothing when there are keys, readable or not: a wrong encryption key must
    surface as an error, never as silently new keys (KY04).
    """
    using = kwargs.get("using", "default")
    try:
        kwargs.get("apps", installed_apps).get_model("authhub", "SigningKey")
    except LookupError:  # migrated back to before the table
        return
    if not router.allow_migrate_model(using, SigningKey):
        return
    if SigningKey._meta.db_table in connections[using].introspection.table_names():
        make_missing_keys(SigningAlgorithm.RS256)


def make_missing_keys(algorithm: str) -> None:
    """
    Make the current and the next key of an algorithm where they are missing.

    Safe in any number of processes at once: the table admits one key per state; who is second finds it made (KY08).
    """
    for state in (KeyState.CURRENT, KeyState.NEXT):
        if not SigningKey.objects.filter(algorithm=algorithm, state=state).exists():
            try:
                with transaction.atomic():
                    _create(algorithm, state, make_key_pair(algorithm))
            except IntegrityError:
                continue
    _announce()


def rotate(*, algorithm: str, by: Any, reason: str = "", at_once: bool = False) -> SigningKey:
    """
    Sign with the next key from now on, keep the current one for verifying, and publish a new next one.

    Tokens already issued stay good. Returns the key that is current now.

    Raises:
        NextKeyTooYoungError: unless `at_once`; then APIs may refuse new tokens until they fetch our keys anew.
        UnsupportedAlgorithmError: not one of `SigningAlgorithm`.
    """
    pair = make_key_pair(algorithm)
    make_missing_keys(algorithm)
    with transaction.atomic():
        keys = _locked(algorithm)
        before, now_current = keys[KeyState.CURRENT], keys[KeyState.NEXT]
        published_for = timezone.now() - now_current.created_at
        if published_for < timedelta(seconds=JWKS_MAX_AGE_SECONDS) and not at_once:
            raise NextKeyTooYoungError(now_current.kid)
        before.state, before.retired_at = KeyState.PREVIOUS, timezone.now()
        before.save()
        _activate(now_current)
        _create(algorithm, KeyState.NEXT, pair)
        AuditEvent.record(
            AuditTag.KEY_ROTATED,
            actor=by,
            subject=now_current.kid,
            reason=reason,
            details={"algorithm": algorithm, "previous": before.kid, "current": now_current.kid, "next": pair.kid},
        )
    _announce()
    return now_current


def revoke(*, key: SigningKey, by: Any, reason: str = "") -> SigningKey:
    """
    Refuse a key from now on, with every token it signed, and forget its private part (KY05).

    A current key is followed by the next one, a next key by a new one. Returns the key that is current now.

    Raises:
        AlreadyRevokedError: the key was revoked before.
    """
    pair = make_key_pair(key.algorithm)
    with transaction.atomic():
        keys = _locked(key.algorithm)
        key = SigningKey.objects.get(pk=key.pk)
        if key.state == KeyState.REVOKED:
            raise AlreadyRevokedError(key.kid)
        state_before = key.state
        key.state, key.revoked_at, key.private_key = KeyState.REVOKED, timezone.now(), ""
        key.save()
        if state_before == KeyState.CURRENT and KeyState.NEXT in keys:
            _activate(keys[KeyState.NEXT])
        if state_before in (KeyState.CURRENT, KeyState.NEXT):
            _create(key.algorithm, KeyState.NEXT, pair)
        AuditEvent.record(
            AuditTag.KEY_REVOKED,
            actor=by,
            subject=key.kid,
            reason=reason,
            details={"algorithm": key.algorithm, "state": state_before},
        )
    make_missing_keys(key.algorithm)
    return SigningKey.objects.get(algorithm=key.algorithm, state=KeyState.CURRENT)


def encrypt_anew() -> int:
    """
    Encrypt every private key under the first configured encryption key; return how many.

    Raises:
        UndecryptableError: none of the configured keys fits one of them; nothing is changed.
    """
    with transaction.atomic():
        keys = list(SigningKey.objects.select_for_update().exclude(private_key=""))
        for key in keys:
            key.private_key = encrypt_private_jwk(key.kid, decrypt_private_jwk(key.kid, key.private_key))
            key.save(update_fields=["private_key"])
    _announce()
    return len(keys)


def _locked(algorithm: str) -> dict[str, SigningKey]:
    list(SigningKey.objects.select_for_update().filter(algorithm=algorithm))
    # Read again: who waited for the lock still sees the states from before it.
    active = SigningKey.objects.filter(algorithm=algorithm, state__in=[KeyState.CURRENT, KeyState.NEXT])
    return {key.state: key for key in active}


def _activate(key: SigningKey) -> None:
    key.state, key.activated_at = KeyState.CURRENT, timezone.now()
    key.save()


def _create(algorithm: str, state: str, pair: KeyPair) -> None:
    SigningKey.objects.create(
        kid=pair.kid,
        algorithm=algorithm,
        state=state,
        public_jwk=pair.public_jwk,
        private_key=pair.private_key,
        activated_at=timezone.now() if state == KeyState.CURRENT else None,
    )


def _announce() -> None:
    transaction.on_commit(partial(signals.signing_keys_changed.send_robust, SigningKey))
