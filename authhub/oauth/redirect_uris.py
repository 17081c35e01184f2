"""Redirect URIs: what may be registered, and when a requested one is the registered one (RFC 6749 §3.1.2)."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from authhub.models import ApplicationType

LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
LOOPBACK_HOSTS = LOOPBACK_ADDRESSES | {"localhost"}
LOOPBACK_URI = re.compile(
    r"(?P<before>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[1-9][0-9]{0,4}))?(?P<after>(?:[/?].*)?)"
)
PORT_MAX = 65_535
SCRIPT_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "ftp", "about", "blob", "mailto"})


def validate_redirect_uri(uri: str, application_type: str) -> None:
    """
    Refuse what must not be registered as a redirect URI (AZ33, RFC 9700 §4.1, RFC 8252 §7).

    A private-use scheme is for native applications only and contains a dot; ``http`` is for loopback hosts only.

    Raises:
        ValidationError: says what is wrong with `uri`.
    """
    if any(ord(character) <= 32 or ord(character) == 127 for character in uri) or "\\" in uri or "*" in uri:
        raise ValidationError(_("“%(uri)s” has a character that is not allowed."), params={"uri": uri})
    try:
        parts = urlsplit(uri)
        host = parts.hostname
        _port = parts.port
    except ValueError as error:
        raise ValidationError(_("“%(uri)s” is not a URL."), params={"uri": uri}) from error
    if "#" in uri:
        raise ValidationError(_("“%(uri)s” must not have a fragment."), params={"uri": uri})
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("“%(uri)s” must not name a user."), params={"uri": uri})
    scheme = parts.scheme.lower()
    if scheme in SCRIPT_SCHEMES or not scheme:
        raise ValidationError(_("“%(uri)s” has a scheme that is not allowed."), params={"uri": uri})
    if scheme in ("http", "https"):
        if not host:
            raise ValidationError(_("“%(uri)s” names no host."), params={"uri": uri})
        if scheme == "http" and host not in LOOPBACK_HOSTS:
            raise ValidationError(_("“%(uri)s” must use https."), params={"uri": uri})
    elif application_type != ApplicationType.NATIVE:
        raise ValidationError(_("“%(uri)s”: a scheme of its own is for native applications."), params={"uri": uri})
    elif "." not in scheme:
        raise ValidationError(
            _("“%(uri)s”: a scheme of its own needs a dot, as in com.example.app (RFC 8252 §7.1)."),
            params={"uri": uri},
        )


def validate_origin(origin: str) -> None:
    """
    Refuse what is not an origin as browsers send it (RFC 6454 §6.1): https, or http on a loopback host.

    Raises:
        ValidationError: says what is wrong with `origin`.
    """
    validate_redirect_uri(origin, ApplicationType.SPA)
    parts = urlsplit(origin)
    if f"{parts.scheme}://{parts.netloc}" != origin or origin != origin.lower():
        raise ValidationError(_("“%(uri)s” is more than an origin: scheme, host and port."), params={"uri": origin})


def origin_of(uri: str) -> str | None:
    """Return the origin of a registered redirect URI as browsers name it; None for a scheme of an application's own."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in ("http", "https") else None


def is_registered(uri: str, registered: list[str], application_type: str) -> bool:
    """
    Return whether `uri` is one of the registered ones, byte for byte.

    The one exception is RFC 8252 §7.3: a native application listens at a loopback address on whatever port is free.
    """
    if uri in registered:
        return True
    if application_type != ApplicationType.NATIVE:
        return False
    without_port = _without_loopback_port(uri)
    return without_port is not None and without_port in {_without_loopback_port(other) for other in registered}


def is_verifiable(uri: str, application_type: str) -> bool:
    """
    Return whether a redirect to `uri` reaches the registered application and no other (C.7, RFC 8252 §8.6).

    ``localhost`` is whatever the machine says it is. A loopback address is as good as the browser's origin for a web
    application registered with its port; any program of the machine can listen there in a native application's place.
    """
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or parts.hostname == "localhost":
        return False
    return parts.hostname not in LOOPBACK_ADDRESSES or application_type != ApplicationType.NATIVE


def _without_loopback_port(uri: str) -> str | None:
    """Return a loopback URI without its port and otherwise byte for byte, or None if it is none."""
    parts = LOOPBACK_URI.fullmatch(uri)
    if parts is None or int(parts["port"] or 1) > PORT_MAX:
        return None
    return f"{parts['before']}{parts['after']}"
