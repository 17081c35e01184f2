"""A redirect URI ..."""

import pytest
from django.core.exceptions import ValidationError

from authhub.models import ApplicationType
from authhub.oauth.redirect_uris import is_registered, is_verifiable, validate_origin, validate_redirect_uri

NATIVE, SPA, WEB = ApplicationType.NATIVE, ApplicationType.SPA, ApplicationType.REGULAR_WEB
LOOPBACK = ["http://127.0.0.1/callback", "http://[::1]:1/callback"]


@pytest.mark.spec("RFC 8252", "7.3")
@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1/callback", "http://127.0.0.1:5000/callback", "http://[::1]:65535/callback"],
)
def test_of_a_native_application_may_name_any_port_of_a_loopback_address(uri):
    assert is_registered(uri, LOOPBACK, NATIVE)
    assert is_registered(uri, LOOPBACK, SPA) == (uri in LOOPBACK)


@pytest.mark.spec("security", "AZ05")
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:5000/callback?",
        "http://127.0.0.1:5000/callback#",
        "http://127.0.0.1:5000/callback/",
        "HTTP://127.0.0.1:5000/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:05000/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:5000",
        "http://127.0.0.1:5000@evil.example/callback",
        "http://user@127.0.0.1:5000/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://localhost:5000/callback",
        "https://127.0.0.1:5000/callback",
    ],
)
def test_is_otherwise_compared_byte_for_byte(uri):
    assert not is_registered(uri, LOOPBACK, NATIVE)


@pytest.mark.spec("security", "AZ33")
@pytest.mark.parametrize(
    ("uri", "kind", "reason"),
    [
        ("JaVaScRiPt:alert(1)", WEB, "scheme that is not allowed"),
        ("data:text/html,x", NATIVE, "scheme that is not allowed"),
        ("/callback", WEB, "scheme that is not allowed"),
        ("https://*.example.com/cb", WEB, "character that is not allowed"),
        ("https://example.com/c b", WEB, "character that is not allowed"),
        ("https://example.com\\@evil.example/", WEB, "character that is not allowed"),
        ("https://example.com/cb#x", WEB, "fragment"),
        ("https://example.com/cb#", WEB, "fragment"),
        ("https://user@example.com/cb", WEB, "must not name a user"),
        ("https:///cb", WEB, "names no host"),
        ("https://example.com:99999/cb", WEB, "is not a URL"),
        ("http://example.com/cb", WEB, "must use https"),
        ("com.example.app:/cb", SPA, "is for native applications"),
        ("demo://cb", NATIVE, "needs a dot"),
    ],
)
def test_is_refused_with_its_reason(uri, kind, reason):
    with pytest.raises(ValidationError, match=reason):
        validate_redirect_uri(uri, kind)


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("https://example.com/cb?tenant=1", WEB),
        ("http://localhost:4200/cb", SPA),
        ("http://127.0.0.1/cb", NATIVE),
        ("com.example.app:/cb", NATIVE),
    ],
)
def test_may_be_registered(uri, kind):
    validate_redirect_uri(uri, kind)


@pytest.mark.parametrize("origin", ["https://example.com/", "https://Example.com", "http://example.com", "*", "null"])
def test_is_no_origin(origin):
    with pytest.raises(ValidationError):
        validate_origin(origin)


@pytest.mark.parametrize("origin", ["https://example.com", "https://example.com:8443", "http://localhost:3000"])
def test_is_an_origin(origin):
    validate_origin(origin)


@pytest.mark.spec("RFC 8252", "8.6")
@pytest.mark.parametrize(
    ("uri", "kind", "is_ours_alone"),
    [
        ("https://example.com/cb", NATIVE, True),
        ("http://127.0.0.1:8000/cb", WEB, True),
        ("http://127.0.0.1:8000/cb", NATIVE, False),
        ("http://localhost:8000/cb", WEB, False),
        ("com.example.app:/cb", NATIVE, False),
    ],
)
def test_reaches_the_application_alone_where_no_other_program_can_listen(uri, kind, is_ours_alone):
    assert is_verifiable(uri, kind) is is_ours_alone
