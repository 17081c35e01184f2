"""
Whatever is sent to whichever endpoint, its answer is one of the protocol: JSON, a page, or a registered redirect.

Never a failure, nothing repeated unescaped, and soon.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.protocol.conftest import World
from tests.protocol.endpoints import ENDPOINTS, LOGGED_OUT, NAMES, OTHER_GRANTS, Call, Caller, Endpoint, path_of
from tests.protocol.relying_party import CALLBACK

FORM = "application/x-www-form-urlencoded"
MARKER = "<svg/onload=fuzz('\"&)>"
HOSTILE: dict[str, str] = {
    "NUL": "\0",
    "NUL within": "open\0id",
    "huge": "x" * 100_000,
    "longer than a column": "x" * 4_000,
    "non-ASCII": "é\u202e\U0001f4a9",
    "a new line": "a\r\nSet-Cookie: fuzz=1",
    "markup": MARKER,
    "an address": "https://evil.example/callback",
    "another scheme": "javascript:alert(1)",
    "a number": "-1",
    "a huge number": "9" * 400,
    "nothing": "",
    "a blank": " ",
    "percent signs": "%00%s%n",
    "brackets": "[{",
}
AUTHORIZATIONS: dict[str, bytes] = {
    "empty": b"",
    "only a scheme": b"Basic",
    "a scheme and a blank": b"Basic ",
    "not base64": b"Basic !!!!",
    "cut base64": b"Basic YQ",
    "no colon": b"Basic " + base64.b64encode(b"nobody"),
    "not UTF-8": b"Basic " + base64.b64encode(b"\xff\xfe:\xff"),
    "NUL": b"Basic " + base64.b64encode(b"a\0b:c\0d"),
    "another scheme": b"Digest username=x",
    "raw bytes": b"Bearer \xff\xfe\xfd",
    "huge": b"Bearer " + b"x" * 60_000,
}
BODIES: dict[str, tuple[str, bytes]] = {
    "no content type": ("", b"grant_type=x"),
    "a form of parts": ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    "text": ("text/plain", b"grant_type=x"),
    "XML": ("application/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    "another character set": (f"{FORM}; charset=utf-16", "grant_type=x".encode("utf-16")),
    "an unknown character set": (f"{FORM}; charset=nonsense", b"grant_type=x"),
    "invalid UTF-8": (FORM, b"grant_type=\xff\xfe&scope=%ff%fe&\xff=\xff"),
    "JSON that is none": ("application/json", b'{"grant_type": '),
    "JSON of another kind": ("application/json", b'["grant_type"]'),
    "JSON with other values": ("application/json", b'{"grant_type": {"a": 1}, "code": [1], "scope": 1e400}'),
    "deep JSON": ("application/json", b"[" * 50_000 + b"]" * 50_000),
    "JSON with surrogates": ("application/json", b'{"grant_type": "\\ud800", "\\udfff": "x"}'),
    "JSON with a name twice": ("application/json", b'{"grant_type": "x", "grant_type": "y"}'),
    "20,000 fields": (FORM, b"&".join(b"field%d=1" % number for number in range(20_000))),
    "5 MB": (FORM, b"scope=" + b"x" * 5_000_000),
    "5 MB of JSON": ("application/json", b'{"scope": "' + b"x" * 5_000_000 + b'"}'),
}
SECONDS_MAX = 4
"""Time enough for a machine that is busy; what grows faster than its input takes longer."""

Pairs = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def _everything_is_on(settings: Any) -> None:
    """Registration and session management too; and nobody has tried too often."""
    settings.AUTHHUB = {**settings.AUTHHUB, "REGISTRATION_ENABLED": True, "SESSION_MANAGEMENT": True}
    cache.clear()


def send(endpoint: Endpoint, path: str, call: Call, pairs: Pairs, *, method: str = "", as_json: bool = False) -> Any:
    """Send the parameters as the endpoint takes them; an exception in the view is an answer too."""
    method = method or endpoint.methods[0]
    call.browser.raise_request_exception = False
    headers = {"Authorization": call.authorization} if call.authorization else {}
    encoded = urlencode([(_raw(name), _raw(value)) for name, value in pairs])
    if as_json:
        members = {name: [value] if name == "redirect_uris" else value for name, value in pairs}
        return call.browser.post(path, json.dumps(members), content_type="application/json", headers=headers)
    if method == "POST":
        return call.browser.post(path, encoded, content_type=FORM, headers=headers)
    return call.browser.generic(method, f"{path}?{encoded}", headers=headers)


def _raw(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def assert_spoken(caller: Caller, response: Any) -> None:
    """Check that an answer is one of those that an endpoint of this kind gives."""
    assert response.status_code < 500, response.content[:2000]
    assert b"Traceback" not in response.content
    kind = response.get("Content-Type", "")
    if kind.startswith("text/html"):
        assert MARKER not in response.content.decode()
    assert "fuzz" not in response.cookies
    location = response.get("Location", "")
    assert not location or _is_ours(location), location
    if caller in (Caller.CLIENT, Caller.BEARER):
        assert not location
        if response.status_code not in (200, 201, 204):
            assert kind == "application/json"
            assert set(response.json()) <= {"error", "error_description"}
    else:
        assert response.status_code in (200, 302, 303, 400, 403, 404, 405, 429), response.status_code


def _is_ours(location: str) -> bool:
    # A browser takes a backslash for a slash.
    is_here = urlsplit(urljoin("http://testserver/x", location.replace("\\", "/"))).netloc == "testserver"
    return is_here or location.partition("?")[0].partition("#")[0] in (CALLBACK, LOGGED_OUT)


def changes_of(good: Pairs) -> Iterator[tuple[str, Pairs]]:
    """Yield the good parameters with one of them spoilt, each way."""
    for index, (name, value) in enumerate(good):
        before, after = good[:index], good[index + 1 :]
        yield f"{name} dropped", before + after
        yield f"{name} repeated", [*good, (name, value)]
        yield f"{name} twice, differently", [*good, (name, "other")]
        for what, hostile in HOSTILE.items():
            yield f"{name} {what}", [*before, (name, hostile), *after]
    yield "10,000 scopes", [*good, ("scope", " ".join(f"s{number}" for number in range(10_000)))]
    yield "one scope 3,000 times", [*good, ("scope", "openid " * 3_000)]
    yield "an unknown parameter", [*good, ("unknown", MARKER)]
    yield "a name that is none", [*good, ("\0", "x"), ("x" * 300, "x")]
    yield "a name of ours", [*good, ("user", "1"), ("family", "1"), ("issuance", "1"), ("client", "1")]
    yield "colons and signs", [*good, ("redirect_uri", "https:" + ":" * 60 + "@" * 3_000)]


def prepared(world: World, name: str) -> tuple[Endpoint, Call, str]:
    call = ENDPOINTS[name].prepare(world)
    return ENDPOINTS[name], call, path_of(name, call)


@pytest.mark.parametrize("name", NAMES)
def test_a_good_request_is_answered(world: World, name: str) -> None:
    """Or the others would prove nothing."""
    endpoint, call, path = prepared(world, name)

    response = send(endpoint, path, call, list(call.parameters.items()), as_json=name == "register")

    assert_spoken(endpoint.caller, response)
    assert response.status_code in (200, 201, 302) or name in ("initiate", "registration")


@pytest.mark.spec("security", "FZ01-03")
@pytest.mark.spec("security", "DS01")
@pytest.mark.spec("security", "DS02")
@pytest.mark.parametrize("name", NAMES)
def test_one_parameter_is_wrong(world: World, name: str) -> None:
    endpoint, call, path = prepared(world, name)
    for method in endpoint.methods:
        for what, pairs in changes_of(list(call.parameters.items()) or [("x", "y")]):
            cache.clear()
            started = time.monotonic()

            response = send(endpoint, path, call, pairs, method=method)

            assert time.monotonic() - started < SECONDS_MAX, what
            assert_spoken(endpoint.caller, response)


@pytest.mark.spec("security", "FZ01-03")
@pytest.mark.parametrize("grant", sorted(OTHER_GRANTS))
def test_one_parameter_of_a_grant_is_wrong(world: World, grant: str) -> None:
    call = OTHER_GRANTS[grant](world)
    for _what, pairs in changes_of(list(call.parameters.items())):
        assert_spoken(Caller.CLIENT, send(ENDPOINTS["token"], "/oauth/token", call, pairs))


@pytest.mark.spec("security", "FZ01-03")
@pytest.mark.parametrize("name", [name for name in NAMES if ENDPOINTS[name].takes_json])
def test_one_member_of_json_is_wrong(world: World, name: str) -> None:
    endpoint, call, path = prepared(world, name)
    for _what, pairs in changes_of(list(call.parameters.items())):
        response = send(endpoint, path, call, pairs, as_json=True)

        assert_spoken(endpoint.caller, response)


@pytest.mark.spec("security", "FZ04")
@pytest.mark.parametrize("name", NAMES)
def test_the_authorization_header_is_broken(world: World, name: str) -> None:
    endpoint, call, path = prepared(world, name)
    for header in AUTHORIZATIONS.values():
        call.authorization = header.decode("latin-1")
        pairs = [pair for pair in call.parameters.items() if pair[0] not in ("client_id", "client_secret")]

        response = send(endpoint, path, call, pairs)

        assert_spoken(endpoint.caller, response)
        if endpoint.caller in (Caller.CLIENT, Caller.BEARER):
            assert 400 <= response.status_code < 500


@pytest.mark.spec("security", "CA06")
@pytest.mark.spec("RFC 6749", "2.3", "MUST NOT use more than one authentication method")
@pytest.mark.parametrize("name", [name for name in NAMES if ENDPOINTS[name].caller is Caller.CLIENT])
def test_a_client_proves_itself_twice(world: World, name: str) -> None:
    endpoint, call, path = prepared(world, name)
    party = world.party("web")
    basic = base64.b64encode(f"{party.client_id}:{party.client_secret}".encode()).decode()
    call.authorization = f"Basic {basic}"
    own = {"client_id": party.client_id, "client_secret": party.client_secret}

    response = send(endpoint, path, call, list({**call.parameters, **own}.items()))

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.spec("security", "FZ05")
@pytest.mark.spec("security", "DS03")
@pytest.mark.parametrize("name", [name for name in NAMES if "POST" in ENDPOINTS[name].methods])
def test_the_body_is_none(world: World, name: str) -> None:
    endpoint, call, path = prepared(world, name)
    call.browser.raise_request_exception = False
    for what, (content_type, body) in BODIES.items():
        cache.clear()
        started = time.monotonic()

        response = call.browser.generic("POST", path, body, content_type=content_type)

        assert time.monotonic() - started < SECONDS_MAX, what
        assert_spoken(endpoint.caller, response)
        if endpoint.caller is Caller.CLIENT:
            assert response.status_code in (400, 401)


@pytest.mark.spec("OAuth 2.0 Form Post", "2")
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post", "web_message"])
@pytest.mark.parametrize("state", [MARKER, "</script><script>alert(1)</script>", "\u2028\u2029", '"};x={"', "&code=x#"])
def test_a_hostile_state_comes_back_harmless(world: World, mode: str, state: str) -> None:
    application = world.applications["web"]
    application.allowed_origins = "https://client.example"
    application.save()
    party = world.party("web", "employee")

    response = party.authorize(scope="openid", state=state, response_mode=mode)

    assert_spoken(Caller.BROWSER, response)
    page = response.content.decode()
    assert "<script>alert" not in page
    assert MARKER not in page
    assert "&code=x" not in response.get("Location", "")


FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ANY_TEXT = st.text(max_size=40) | st.sampled_from(list(HOSTILE.values()))


def some(names: list[str]) -> Any:
    return st.lists(st.tuples(st.sampled_from(names) | st.text(max_size=10), st.none() | ANY_TEXT), max_size=6)


def _fuzzed(name: str) -> Callable[..., None]:
    @FEW
    @given(data=st.data())
    def fuzz(world: World, data: st.DataObject) -> None:
        call = fuzz.call  # type: ignore[attr-defined]
        changes = data.draw(some([*call.parameters, "scope", "client_id", "state"]))
        kept = [pair for pair in call.parameters.items() if pair[0] not in dict(changes)]
        pairs = kept + [(key, value) for key, value in changes if value is not None]
        cache.clear()

        assert_spoken(ENDPOINTS[name].caller, send(ENDPOINTS[name], path_of(name, call), call, pairs))

    return fuzz


@pytest.mark.spec("security", "FZ01-03")
@pytest.mark.parametrize("name", [name for name in NAMES if ENDPOINTS[name].caller is not Caller.ANYONE])
def test_anything_at_all_is_sent(world: World, name: str) -> None:
    fuzz = _fuzzed(name)
    fuzz.call = ENDPOINTS[name].prepare(world)  # type: ignore[attr-defined]
    fuzz(world=world)
