"""The issuer's keys are fetched seldom, kept with bounds and read with care."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from authhub.resource_server.fetching import FetchError, discover, discovered_url, fetch_object, send
from authhub.resource_server.jwks import FetchedKeys, LocalKeys, fetched_keys, forget_keys, read_keys
from authhub.resource_server.tokens import VerificationUnavailableError
from tests.resource_server.issuers import EC_KEY, RSA_KEY

KEY_SET = {"keys": [RSA_KEY.as_dict(private=False), EC_KEY.as_dict(private=False)]}


class Source:
    """A key set that can be changed or go down, with a clock; counts the fetches."""

    def __init__(self):
        self.answer = KEY_SET
        self.fetches = 0
        self.now = 1000.0
        self.keys = FetchedKeys(self.fetch, clock=lambda: self.now)

    def fetch(self):
        self.fetches += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def source():
    return Source()


@pytest.fixture(autouse=True)
def fresh():
    forget_keys()
    yield
    forget_keys()


def test_fetches_once_while_the_answer_is_fresh(source):
    for _ in range(100):
        assert source.keys.key("rsa-1") is not None
        source.now += 2.9

    assert source.fetches == 1


@pytest.mark.spec("security", "KY05")
def test_drops_a_revoked_key_within_five_minutes(source):
    source.keys.key("rsa-1")
    source.answer = {"keys": [EC_KEY.as_dict(private=False)]}
    source.now += 300

    assert source.keys.key("rsa-1") is None


def test_never_keeps_an_answer_for_longer_than_five_minutes():
    now = 0.0
    fetches = []
    keys = FetchedKeys(lambda: fetches.append(1) or KEY_SET, cache_seconds=86400, clock=lambda: now)
    keys.key("rsa-1")
    now = 301.0
    keys.key("rsa-1")

    assert len(fetches) == 2


def test_finds_a_new_key_without_waiting_for_the_cache_to_age(source):
    source.answer = {"keys": [RSA_KEY.as_dict(private=False)]}
    assert source.keys.key("rsa-1") is not None
    source.now += 31
    source.answer = KEY_SET

    assert source.keys.key("ec-1") is not None


@pytest.mark.spec("security", "KY06")
def test_fetches_once_in_thirty_seconds_however_many_unknown_keys_are_named(source):
    source.keys.key("rsa-1")
    for second in range(90):
        for number in range(12):
            assert source.keys.key(f"unknown-{second}-{number}") is None
        source.now += 1

    assert source.fetches == 3


def test_fetches_no_more_often_when_the_set_is_empty(source):
    source.answer = {"keys": []}
    for second in range(60):
        assert source.keys.key(f"unknown-{second}") is None
        source.now += 1

    assert source.fetches == 2


@pytest.mark.spec("security", "KY07")
def test_goes_on_with_the_keys_it_has_while_the_issuer_is_down(source):
    source.keys.key("rsa-1")
    source.answer = FetchError("down")
    for _ in range(600):
        source.now += 1
        assert source.keys.key("rsa-1") is not None
        assert source.keys.key("unknown") is None

    assert source.fetches <= 1 + 600 / 30


def test_gives_the_keys_up_after_an_hour_without_the_issuer(source):
    source.keys.key("rsa-1")
    source.answer = FetchError("down")
    source.now += 3599
    assert source.keys.key("rsa-1") is not None
    source.now += 1

    with pytest.raises(VerificationUnavailableError):
        source.keys.key("rsa-1")


def test_says_that_it_cannot_tell_when_it_never_had_a_key(source):
    source.answer = FetchError("down")
    for _ in range(10):
        with pytest.raises(VerificationUnavailableError):
            source.keys.key("rsa-1")
    assert source.fetches == 1

    source.answer = KEY_SET
    source.now += 1
    assert source.keys.key("rsa-1") is not None


def test_fetches_again_after_a_fault_of_the_source(source):
    source.answer = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        source.keys.key("rsa-1")
    source.answer = KEY_SET
    source.now += 1

    assert source.keys.key("rsa-1") is not None


def test_lets_one_thread_fetch_for_all():
    fetches = []

    def fetch():
        fetches.append(1)
        time.sleep(0.1)
        return KEY_SET

    keys = FetchedKeys(fetch)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: keys.key("rsa-1"), range(64)))

    assert len(fetches) == 1
    assert None not in found


def test_makes_nobody_wait_who_has_an_old_key():
    now = 0.0
    started, released = threading.Event(), threading.Event()
    calls = []

    def fetch():
        calls.append(1)
        if len(calls) > 1:
            started.set()
            released.wait(5)
        return KEY_SET

    keys = FetchedKeys(fetch, clock=lambda: now)
    keys.key("rsa-1")
    now = 301.0
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(keys.key, "rsa-1")
        assert started.wait(5)
        assert keys.key("rsa-1") is not None
        assert not slow.done()
        released.set()
        assert slow.result(5) is not None

    assert len(calls) == 2


def test_finds_the_keys_by_discovery_over_http(issuer):
    keys = fetched_keys(issuer.url)

    assert keys.key("rsa-1") is not None
    assert keys.key("unknown") is None
    assert issuer.requests == {"/.well-known/openid-configuration": 1, "/.well-known/jwks.json": 1}


def test_takes_a_configured_address_without_discovery(issuer):
    keys = fetched_keys("https://elsewhere.example/", f"{issuer.url}.well-known/jwks.json")

    assert keys.key("ec-1") is not None
    assert issuer.requests == {"/.well-known/jwks.json": 1}


def test_has_one_cache_for_an_issuer_however_many_ask(issuer):
    with ThreadPoolExecutor(8) as pool:
        caches = list(pool.map(lambda _: fetched_keys(issuer.url), range(32)))

    assert len({id(cache) for cache in caches}) == 1


@pytest.mark.spec("OIDC Discovery", "4.3")
def test_refuses_metadata_that_speak_for_another_issuer(issuer):
    issuer.documents["/.well-known/openid-configuration"]["issuer"] = "http://evil.example/"

    with pytest.raises(FetchError, match="another issuer"):
        discover(issuer.url, timeout_seconds=2)
    with pytest.raises(VerificationUnavailableError):
        fetched_keys(issuer.url).key("rsa-1")
    assert issuer.key_fetches == 0


@pytest.mark.parametrize("jwks_uri", [None, 7, "file:///etc/passwd", "ftp://127.0.0.1/x", "http://a\nb"])
def test_refuses_an_address_of_another_kind(issuer, jwks_uri):
    issuer.documents["/.well-known/openid-configuration"]["jwks_uri"] = jwks_uri

    with pytest.raises(VerificationUnavailableError):
        fetched_keys(issuer.url).key("rsa-1")


def test_refuses_keys_without_tls_from_an_issuer_that_has_it():
    metadata = {"issuer": "https://issuer.example/", "jwks_uri": "http://issuer.example/jwks"}

    with pytest.raises(FetchError, match="without TLS"):
        discovered_url(metadata, "jwks_uri")


def test_follows_no_redirect(issuer):
    issuer.documents["/moved"] = lambda *_: (302, {"Location": f"{issuer.url}.well-known/jwks.json"}, b"")

    with pytest.raises(FetchError, match="302"):
        fetch_object(f"{issuer.url}moved", timeout_seconds=2)
    assert issuer.key_fetches == 0


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"x" * 300_000, "more than"),
        (b"not json", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[1]", "JSON object"),
        (lambda *_: (500, {}, b"{}"), "500"),
        (lambda *_: (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"), "JSON"),
    ],
)
def test_refuses_an_answer_that_is_too_large_or_no_object(issuer, answer, message):
    issuer.documents["/odd"] = answer

    with pytest.raises(FetchError, match=message):
        fetch_object(f"{issuer.url}odd", timeout_seconds=2)


def test_refuses_an_answer_that_is_late(issuer):
    issuer.delay_seconds = 0.5

    with pytest.raises(FetchError, match="cannot be reached"):
        send(issuer.url, timeout_seconds=0.1)


def test_refuses_an_answer_that_drips(issuer):
    def drip(*_):
        return 200, {"Transfer-Encoding": "identity"}, b"x" * 200_000

    issuer.documents["/drip"] = drip

    with pytest.raises(FetchError, match="too slowly"):
        send(f"{issuer.url}drip", timeout_seconds=2, clock=iter([0.0, 1.0, 2.5, 2.6]).__next__)


def test_refuses_an_answer_that_breaks_off(issuer):
    issuer.documents["/broken"] = lambda *_: (200, {"Transfer-Encoding": "chunked"}, b"5\r\nab")

    with pytest.raises(FetchError, match="stopped answering"):
        send(f"{issuer.url}broken", timeout_seconds=2)


def test_says_when_nobody_listens(issuer):
    issuer.stop()

    with pytest.raises(FetchError, match="cannot be reached"):
        discover(issuer.url, timeout_seconds=1)


def test_leaves_out_keys_that_cannot_verify_our_signatures(caplog):
    with pytest.warns(UserWarning, match="2048"):
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
    rsa, ec = RSA_KEY.as_dict(private=False), EC_KEY.as_dict(private=False)
    found = read_keys(
        {
            "keys": [
                {**OctKey.generate_key(256).as_dict(private=True), "kid": "shared"},
                weak.as_dict(private=False),
                {**rsa, "kid": "weak-padded", "n": "A" * 400 + "x" * 40},
                {**rsa, "kid": "for-encryption", "use": "enc"},
                {name: value for name, value in rsa.items() if name != "kid"},
                {**rsa, "kid": 7},
                {**rsa, "kid": "unknown-kind", "kty": "ML-DSA"},
                {**rsa, "kid": "odd-kind", "kty": ["RSA"]},
                {**rsa, "kid": "no-modulus", "n": None},
                {**ec, "kid": "no-curve", "crv": "P-0"},
                {**ec, "kid": "not-on-curve", "x": ec["y"]},
                "key",
                {**rsa, "kid": "good"},
                {**ec, "kid": "good"},
            ]
        }
    )

    assert set(found) == {"good"}
    assert found["good"].jwk.key_type == "RSA"
    assert "cannot be read" in caplog.text


def test_reads_no_private_part_and_follows_no_certificate():
    private = {**RSA_KEY.as_dict(private=True), "x5u": "https://evil.example/"}

    key = read_keys({"keys": [private]})["rsa-1"].jwk

    assert not key.is_private
    assert "d" not in key.as_dict()


@pytest.mark.parametrize("document", [{}, {"keys": {}}, {"keys": "x"}, {"keys": [{}] * 51}])
def test_refuses_what_is_no_key_set(document):
    with pytest.raises(FetchError):
        read_keys(document)


def test_asks_this_process_each_time_but_reads_only_what_changed():
    answers = [KEY_SET]
    keys = LocalKeys(lambda: answers[-1])
    first = keys.key("rsa-1")

    assert keys.key("rsa-1") is first
    answers.append({"keys": [ECKey.generate_key("P-256", {"kid": "new"}).as_dict(private=False)]})
    assert keys.key("rsa-1") is None
    assert keys.key("new") is not None
