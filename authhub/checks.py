"""
System checks: one numbered check per way to be wrong.

``E`` stops the server from starting, ``W`` is said by ``check --deploy``. A number is never reused. Reads settings
only: no query, and nothing of the toolkit's.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from authhub.conf import ATTACHMENTS, KNOWN_KEYS, conf
from authhub.resource_server.conf import KNOWN_KEYS as API_KNOWN_KEYS
from authhub.resource_server.conf import Verification
from authhub.resource_server.conf import conf as api_conf

Check = Callable[..., list[CheckMessage]]

ENCRYPTION_KEY_LENGTH_MIN = 32

POSITIVE_SECONDS = (
    "AUTHORIZATION_CODE_LIFETIME_SECONDS",
    "CONSENT_TRANSACTION_LIFETIME_SECONDS",
    "RULE_TIMEOUT_SECONDS",
    "SESSION_IDLE_LIFETIME_SECONDS",
    "SESSION_LIFETIME_SECONDS",
)
OTHER_SECONDS = ("KEY_CACHE_SECONDS", "PREVIOUS_SECRET_LIFETIME_SECONDS")
LEGACY_GRANT_TYPES = ("implicit", "password")
SWITCHES = ("ALLOW_PRIVATE_ADDRESSES", "LOGOUT_ENDS_OFFLINE_ACCESS", "REGISTRATION_ENABLED", "SESSION_MANAGEMENT")
TEXTS = ("CLAIMS_MAPPING", "DEFAULT_AUDIENCE", "LOGIN_URL", "SIGNUP_URL", "SUBJECT_PREFIX")


def _values(setting: str = "AUTHHUB") -> Mapping[str, Any]:
    values = getattr(settings, setting, {})
    return values if isinstance(values, Mapping) else {}


def _api_values() -> Mapping[str, Any]:
    return _values("AUTHHUB_RESOURCE_SERVER")


def _error(number: int, message: str, hint: str) -> CheckMessage:
    return checks.Error(message, hint=hint, id=f"authhub.E{number:03}")


def _warning(number: int, message: str, hint: str) -> CheckMessage:
    return checks.Warning(message, hint=hint, id=f"authhub.W{number:03}")


def _check(*, deploy: bool = False) -> Callable[[Callable[[], Iterator[CheckMessage]]], Check]:
    """Register a generator of messages as a check, under the tag ``authhub``, or for production ``security``."""

    def registered(generate: Callable[[], Iterator[CheckMessage]]) -> Check:
        def check(**_kwargs: Any) -> list[CheckMessage]:
            return list(generate())

        # Not functools.wraps: Django would look through it and miss the **kwargs.
        check.__name__, check.__doc__ = generate.__name__, generate.__doc__
        register(check, Tags.security if deploy else "authhub", deploy=deploy)
        return check

    return registered


@_check()
def check_issuer() -> Iterator[CheckMessage]:
    """E001: the issuer is an address that ends in a slash (RFC 8414 §2)."""
    issuer = _values().get("ISSUER")
    hint = 'Set it to where authhub is reached, for example AUTHHUB = {"ISSUER": "https://login.example.com/"}.'
    if not issuer:
        yield _error(1, 'AUTHHUB["ISSUER"] is not set', hint)
    elif reason := _reason_against_issuer(issuer):
        yield _error(1, f'AUTHHUB["ISSUER"] {reason}', hint)


def _reason_against_issuer(issuer: object) -> str:
    if not isinstance(issuer, str):
        return "is not text"
    try:
        parts = urlsplit(issuer)
        host = parts.hostname
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https") or not host:
        return "does not start with https:// and a host"
    if parts.query or parts.fragment or "?" in issuer or "#" in issuer:
        return "has a query or a fragment"
    if "@" in parts.netloc:
        return "has a user name"
    if any(character.isspace() for character in issuer):
        return "has a blank in it"
    return "" if issuer.endswith("/") else "does not end in a slash"


@_check()
def check_attachments() -> Iterator[CheckMessage]:
    """E002: django-oauth-toolkit is attached by ``authhub.oauth2_provider`` and what it set is still there."""
    toolkit = getattr(settings, "OAUTH2_PROVIDER", None)
    if not isinstance(toolkit, Mapping):
        yield _error(
            2, "OAUTH2_PROVIDER is not set", "Add OAUTH2_PROVIDER = authhub.oauth2_provider() to the settings."
        )
        return
    for key, ours in ATTACHMENTS.items():
        if key not in toolkit:
            hint = "Make the dictionary with authhub.oauth2_provider()."
            yield _error(2, f'OAUTH2_PROVIDER["{key}"] is not set', hint)
        elif not _may_replace(key, ours, toolkit[key]):
            hint = f"Leave it at {ours!r}."
            if isinstance(ours, str) and key.endswith("_CLASS"):
                hint = f"Leave it at {ours!r}, or name a subclass of that."
            yield _error(2, f'OAUTH2_PROVIDER["{key}"] was changed to what authhub does not support', hint)


def _may_replace(key: str, ours: Any, theirs: Any) -> bool:
    """Return whether a project may have `theirs` in the place of `ours`."""
    if theirs == ours and type(theirs) is type(ours):
        return True
    if not key.endswith("_CLASS"):
        return False
    try:
        replacement = import_string(theirs) if isinstance(theirs, str) else theirs
        return inspect.isclass(replacement) and issubclass(replacement, import_string(ours))
    except ImportError:
        return False


@_check()
def check_keys() -> Iterator[CheckMessage]:
    """E003: AUTHHUB is a dictionary and every key of it is known."""
    return _unknown(3, "AUTHHUB", KNOWN_KEYS, '{"ISSUER": "https://login.example.com/"}')


def _unknown(number: int, setting: str, known_keys: Collection[str], example: str) -> Iterator[CheckMessage]:
    values = getattr(settings, setting, {})
    if not isinstance(values, Mapping):
        yield _error(number, f"{setting} is not a dictionary", f"Write {setting} = {example}.")
        return
    for key in values:
        if key in known_keys:
            continue
        near = get_close_matches(str(key).upper(), sorted(known_keys), n=1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Known keys: {', '.join(sorted(known_keys))}."
        yield _error(number, f'{setting}["{key}"] is not known', hint)


@_check()
def check_values() -> Iterator[CheckMessage]:
    """E004: every value is of its kind and in its range."""
    values = _values()
    if values.get("STATUS_PROFILE", "rfc") not in ("rfc", "auth0"):
        yield _error(4, 'AUTHHUB["STATUS_PROFILE"] is neither "rfc" nor "auth0"', 'Leave it out for "rfc".')
    for names, is_right, kind in (
        (POSITIVE_SECONDS, lambda seconds: seconds > 0, "a number of seconds above 0"),
        (OTHER_SECONDS, lambda seconds: seconds >= 0, "a number of seconds, 0 or more"),
    ):
        for name in names:
            if name in values and not _is_number(values[name], is_right):
                yield _error(4, f'AUTHHUB["{name}"] is not {kind}', "Leave it out for the default.")
    for name in TEXTS:
        if name in values and not isinstance(values[name], str):
            yield _error(4, f'AUTHHUB["{name}"] is not text', "Leave it out for the default.")
    for name in ("REFRESH_TOKENS_MAX", "API_REQUESTS_PER_MINUTE"):
        limit = values.get(name, 1)
        if type(limit) is not int or limit < 1:
            yield _error(4, f'AUTHHUB["{name}"] is not a whole number above 0', "Leave it out for the default.")
    legacy = values.get("LEGACY_GRANT_TYPES", [])
    if not isinstance(legacy, list | tuple) or not set(map(str, legacy)) <= set(LEGACY_GRANT_TYPES):
        hint = "Leave it out, or name some of: " + ", ".join(LEGACY_GRANT_TYPES) + "."
        yield _error(4, 'AUTHHUB["LEGACY_GRANT_TYPES"] is not a list of grant types that can be switched on', hint)

    urls = values.get("LOGOUT_URLS", [])
    if not isinstance(urls, list | tuple) or not all(_is_address(url) for url in urls):
        hint = 'A list such as ["https://www.example.com/signed-out"], or leave it out.'
        yield _error(4, 'AUTHHUB["LOGOUT_URLS"] is not a list of http addresses', hint)
    for name in SWITCHES:
        if not isinstance(values.get(name, False), bool):
            yield _error(4, f'AUTHHUB["{name}"] is neither True nor False', "Leave it out for False.")


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://")) and value.isprintable()


def _is_number(value: object, is_right: Callable[[float], bool]) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_right(value)


@_check()
def check_claims_mapping() -> Iterator[CheckMessage]:
    """E005: the function that maps a user to claims exists."""
    if not isinstance(_values().get("CLAIMS_MAPPING", ""), str):
        return  # E004 says so.
    mapping = conf.claims_mapping if _values() else ""
    try:
        is_found = not mapping or callable(import_string(mapping))
    except ImportError:
        is_found = False
    if not is_found:
        hint = "Name a function of a user by its dotted path, or leave it out for Django's user fields."
        yield _error(5, f'AUTHHUB["CLAIMS_MAPPING"] names no function: `{mapping}`', hint)


@_check()
def check_encryption_keys() -> Iterator[CheckMessage]:
    """E006: the encryption keys are a list of texts; one text alone would be taken for a list of letters."""
    keys = _values().get("ENCRYPTION_KEYS")
    if keys is None:
        return
    is_list = isinstance(keys, list | tuple)
    if not is_list or not keys or not all(isinstance(key, str) and key.strip() for key in keys):
        hint = "Put the newest first and keep the old ones after it; leave it out to use SECRET_KEY."
        yield _error(6, 'AUTHHUB["ENCRYPTION_KEYS"] is not a list of secrets', hint)


@_check()
def check_api_keys() -> Iterator[CheckMessage]:
    """E008: AUTHHUB_RESOURCE_SERVER is a dictionary and every key of it is known."""
    return _unknown(8, "AUTHHUB_RESOURCE_SERVER", API_KNOWN_KEYS, '{"AUDIENCE": "https://api.example.com/notes"}')


@_check()
def check_api_names() -> Iterator[CheckMessage]:
    """E009: an API's issuer and audience are texts, compared byte for byte (RFC 9068 §4); E001 asks for an issuer."""
    values = _api_values()
    for name, hint in (
        ("ISSUER", 'Leave it out for AUTHHUB["ISSUER"].'),
        ("AUDIENCE", "Set it to the API's identifier, or leave it out where each view names its own."),
    ):
        if name in values and not (isinstance(values[name], str) and values[name]):
            yield _error(9, f'AUTHHUB_RESOURCE_SERVER["{name}"] is empty or not text', hint)


@_check()
def check_api_verification() -> Iterator[CheckMessage]:
    """E010: an API verifies tokens in a way that there is."""
    if _api_values().get("VERIFICATION", Verification.LOCAL) not in tuple(Verification):
        ways = ", ".join(f'"{way}"' for way in Verification)
        yield _error(10, f'AUTHHUB_RESOURCE_SERVER["VERIFICATION"] is none of {ways}', 'Leave it out for "local".')


@_check()
def check_api_introspection() -> Iterator[CheckMessage]:
    """E011: an API that asks the server about tokens can say who asks (RFC 7662 §2.1)."""
    values = _api_values()
    if values.get("VERIFICATION") != Verification.INTROSPECTION:
        return
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        if not values.get(name):
            hint = "Register an application for the API and name it at the API as the one that introspects."
            yield _error(11, f'AUTHHUB_RESOURCE_SERVER["{name}"] is not set, but introspection needs it', hint)


@_check()
def check_api_algorithms() -> Iterator[CheckMessage]:
    """E012: an API accepts asymmetric signatures alone (RFC 8725 §3.1)."""
    try:
        is_safe = bool(not _api_values() or api_conf.algorithms)
    except (ImproperlyConfigured, TypeError):
        is_safe = False
    if not is_safe:
        hint = 'A list such as ["RS256", "ES256"]; leave it out for ["RS256"].'
        yield _error(12, 'AUTHHUB_RESOURCE_SERVER["ALGORITHMS"] names none, or one that is not safe', hint)


@_check(deploy=True)
def check_issuer_is_https() -> Iterator[CheckMessage]:
    """W001: in production the issuer is reached by https (RFC 8414 §2)."""
    if str(_values().get("ISSUER", "")).startswith("http://"):
        yield _warning(1, 'AUTHHUB["ISSUER"] is an http address', "Tokens and passwords travel readable. Use https.")


@_check(deploy=True)
def check_encryption_keys_are_own() -> Iterator[CheckMessage]:
    """W002: in production what is encrypted at rest has long keys of its own."""
    keys = _values().get("ENCRYPTION_KEYS")
    if not keys:
        hint = (
            "Signing keys and rule secrets are encrypted under SECRET_KEY now. Make one with "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))' and keep it out of the code."
        )
        yield _warning(2, 'AUTHHUB["ENCRYPTION_KEYS"] is not set', hint)
    elif any(len(str(key)) < ENCRYPTION_KEY_LENGTH_MIN for key in keys):
        hint = "Add a new one in front; the old one goes on decrypting."
        yield _warning(2, f"an encryption key has fewer than {ENCRYPTION_KEY_LENGTH_MIN} characters", hint)


@_check(deploy=True)
def check_pop_up_sign_in() -> Iterator[CheckMessage]:
    """W003: a login page of the project's own can be opened in a pop-up (authhub's own pages always can)."""
    is_sent = "django.middleware.security.SecurityMiddleware" in settings.MIDDLEWARE
    is_strict = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY == "same-origin"
    if is_sent and is_strict and _values().get("LOGIN_URL", "authhub:login") != "authhub:login":
        hint = 'Set SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin-allow-popups", or "unsafe-none" on the login page.'
        yield _warning(3, "the login page cannot be used in a pop-up of a single-page application", hint)


@_check(deploy=True)
def check_sqlite() -> Iterator[CheckMessage]:
    """W004: SQLite waits for its turn at the start of a transaction, where it can, not in the middle of one."""
    for alias, database in settings.DATABASES.items():
        if not str(database.get("ENGINE", "")).endswith(".sqlite3"):
            continue
        if (database.get("OPTIONS") or {}).get("transaction_mode", "").upper() not in ("IMMEDIATE", "EXCLUSIVE"):
            hint = 'Set its OPTIONS to {"transaction_mode": "IMMEDIATE", "timeout": 20}, or use PostgreSQL.'
            yield _warning(4, f"the SQLite database `{alias}` answers `database is locked` under load", hint)


@_check(deploy=True)
def check_anonymous_user() -> Iterator[CheckMessage]:
    """W005: django-guardian does not add a user row for nobody, to whom roles could be given."""
    if apps.is_installed("guardian") and getattr(settings, "ANONYMOUS_USER_NAME", "AnonymousUser") is not None:
        yield _warning(5, "django-guardian makes a user for nobody", "Set ANONYMOUS_USER_NAME = None.")


@_check(deploy=True)
def check_cache() -> Iterator[CheckMessage]:
    """W006: the cache that counts failed logins is shared by all processes."""
    backend = str(settings.CACHES.get("default", {}).get("BACKEND", ""))
    if backend.endswith((".LocMemCache", ".DummyCache")):
        hint = "Use Redis, Memcached or the database cache: now each process counts for itself, or nobody does."
        yield _warning(6, "failed logins are not counted across processes", hint)


@_check(deploy=True)
def check_api_audience() -> Iterator[CheckMessage]:
    """W007: an API has a name by which it tells its tokens from others', if not each of its views has its own."""
    if _api_values() and "AUDIENCE" not in _api_values():
        hint = "Set it to the API's identifier, unless each view or authentication class names its own."
        yield _warning(7, 'AUTHHUB_RESOURCE_SERVER["AUDIENCE"] is not set', hint)
