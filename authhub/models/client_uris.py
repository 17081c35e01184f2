"""What the addresses of an application's own pages must be: checked wherever one is stored."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
URI_LENGTH_MAX = 2000


def validate_page_uri(uri: str) -> None:
    """
    Refuse what is no address of a page: https, or http on this machine, and nobody's name or password in it.

    Raises:
        ValidationError: says what is wrong with `uri`.
    """
    if any(ord(character) <= 32 or ord(character) == 127 for character in uri) or "\\" in uri:
        raise ValidationError(_("“%(uri)s” has a character that is not allowed."), params={"uri": uri})
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise ValidationError(_("“%(uri)s” is not a URL."), params={"uri": uri}) from error
    if not host or parts.username is not None or parts.password is not None:
        raise ValidationError(_("“%(uri)s” must name a host, and no user."), params={"uri": uri})
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK_HOSTS):
        raise ValidationError(_("“%(uri)s” must use https."), params={"uri": uri})


def validate_logo_uri(uri: str) -> None:
    """
    Refuse what no browser should load into our pages: anything but https.

    Raises:
        ValidationError: says what is wrong with `uri`.
    """
    validate_page_uri(uri)
    if not uri.startswith("https://") or any(character in uri for character in ";,'\"<>"):
        # Its origin becomes part of a Content-Security-Policy.
        raise ValidationError(_("“%(uri)s” must use https and plain characters."), params={"uri": uri})


def validate_login_uri(uri: str) -> None:
    """
    Refuse an address at which a client cannot be asked to begin a login (OpenID Connect Core §4).

    Raises:
        ValidationError: says what is wrong with `uri`.
    """
    validate_page_uri(uri)
    if "#" in uri:
        raise ValidationError(_("“%(uri)s” must not have a fragment."), params={"uri": uri})
