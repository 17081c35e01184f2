"""Signing keys…"""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from joserfc import jwk, jwt

from authhub import signals
from authhub.conf import conf
from authhub.models import KeyState, SigningAlgorithm, SigningKey
from authhub.oauth import signing_keys

pytestmark = pytest.mark.django_db

TYPES = frozenset({"at+jwt", "JWT"})


def claims(**changes):
    now = int(time.time())
    return {"iss": conf.issuer, "sub": "auth0|1", "iat": now, "exp": now + 60, **changes}


def signed(typ="at+jwt", algorithm="RS256", **changes):
    return signing_keys.sign(claims(**changes), algorithm=algorithm, typ=typ)


def segment(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assert_refused(token, because="."):
    with pytest.raises(signing_keys.InvalidTokenError, match=because):
        signing_keys.verify(token, types=TYPES)


@pytest.mark.parametrize("algorithm", SigningAlgorithm.values)
def test_sign_what_they_verify(algorithm):
    expected = claims(sub="Zoë")

    token = signing_keys.sign(expected, algorithm=algorithm, typ="at+jwt")

    assert signing_keys.verify(token, types=TYPES) == expected
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    current = SigningKey.objects.get(algorithm=algorithm, state=KeyState.CURRENT)
    assert header == {"alg": algorithm, "typ": "at+jwt", "kid": current.kid}


def test_are_made_on_demand_for_another_algorithm():
    assert signing_keys.published_algorithms() == ["RS256"]

    token = signed(algorithm="ES256")
    signing_keys.forget_keys()

    assert signing_keys.published_algorithms() == ["ES256", "RS256"]
    assert signing_keys.verify(token, types=TYPES)["sub"] == "auth0|1"


@pytest.mark.parametrize("algorithm", ["HS256", "none", "", "RS512"])
def test_never_sign_with_an_algorithm_that_is_not_ours(algorithm):
    with pytest.raises(signing_keys.UnsupportedAlgorithmError):
        signed(algorithm=algorithm)


@pytest.mark.spec("RFC 7517", "5")
@pytest.mark.spec("RFC 7638", "3")
def test_are_published_without_private_members():
    signed(algorithm="ES256")
    signed(algorithm="Ed25519")
    signing_keys.forget_keys()

    keys = signing_keys.jwks()["keys"]

    assert [key["alg"] for key in keys] == ["RS256"] * 2 + ["ES256"] * 2 + ["Ed25519"] * 2
    assert len({key["kid"] for key in keys}) == 6
    for key in keys:
        assert key.keys() <= {"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"}
        assert jwk.import_key(key).thumbprint() == key["kid"]


def test_verify_after_rotation_until_the_longest_token_is_dead(django_capture_on_commit_callbacks):
    token = signed()
    with django_capture_on_commit_callbacks(execute=True):
        signing_keys.rotate(algorithm="RS256", by=None, at_once=True)

    assert signing_keys.verify(token, types=TYPES)
    assert len(signing_keys.jwks()["keys"]) == 3

    SigningKey.objects.filter(state="previous").update(retired_at=timezone.now() - timedelta(seconds=2_592_061))
    signing_keys.forget_keys()
    assert len(signing_keys.jwks()["keys"]) == 2
    assert_refused(token, "unknown or revoked")


def test_verify_nothing_once_revoked(django_capture_on_commit_callbacks):
    token = signed()
    key = SigningKey.objects.get(state="current")
    with django_capture_on_commit_callbacks(execute=True):
        signing_keys.revoke(key=key, by=None)

    assert key.kid not in [published["kid"] for published in signing_keys.jwks()["keys"]]
    assert_refused(token, "unknown or revoked")
    assert signing_keys.verify(signed(), types=TYPES)


def test_are_read_once_in_a_while(django_assert_num_queries, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with django_assert_num_queries(1):
        signed()
        signing_keys.jwks()

    now += conf.key_cache_seconds + 0.1
    with django_assert_num_queries(1):
        signing_keys.jwks()
        signing_keys.jwks()


def test_that_another_process_made_are_found_at_once(django_assert_num_queries):
    signing_keys.jwks()
    token = signed(algorithm="ES256")  # made on demand, not in this process's cache

    with django_assert_num_queries(1):
        assert signing_keys.verify(token, types=TYPES)


def test_read_while_they_change_are_not_kept(monkeypatch):
    load = signing_keys._loaded_ring

    def change_during_load():
        ring = load()
        signals.signing_keys_changed.send_robust(SigningKey)
        return ring

    monkeypatch.setattr(signing_keys, "_loaded_ring", change_during_load)
    signing_keys.jwks()

    assert signing_keys._cache.ring is None


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"exp": -61}, "expired"),
        ({"iat": 62}, "future"),
        ({"nbf": 62}, "future"),
    ],
)
def test_allow_a_minute_of_skew_and_no_more(changes, because):
    now = int(time.time())

    assert_refused(signed(**{name: now + seconds for name, seconds in changes.items()}), because)
    accepted = {name: now + (30 if seconds > 0 else -30) for name, seconds in changes.items()}
    assert signing_keys.verify(signed(**accepted), types=TYPES)


@pytest.mark.parametrize("moment", [None, "9999999999", 1e12, True, float("inf"), [1]])
def test_want_whole_seconds(moment):
    assert_refused(signed(exp=moment), "time claim")


def test_want_an_expiry():
    assert_refused(signing_keys.sign({"iss": conf.issuer}, algorithm="RS256", typ="JWT"), "time claim")


@pytest.mark.parametrize("issuer", ["https://elsewhere.example/", "", None, 1, ["x"]])
def test_know_one_issuer(issuer):
    assert_refused(signed(iss=issuer), "issuer")


def test_keep_token_types_apart():
    token = signed(typ="JWT")

    with pytest.raises(signing_keys.InvalidTokenError, match="another type"):
        signing_keys.verify(token, types=frozenset({"at+jwt"}))


@pytest.mark.spec("RFC 8725", "3.1")
@pytest.mark.parametrize("algorithm", ["none", "nOnE", "HS256", "ES256", "RS512"])
def test_are_not_fooled_by_another_algorithm(algorithm):
    _, payload, signature = signed().split(".")
    kid = SigningKey.objects.get(state="current").kid
    header = segment({"alg": algorithm, "typ": "at+jwt", "kid": kid})

    assert_refused(f"{header}.{payload}.", "algorithm")
    assert_refused(f"{header}.{payload}.{signature}", "algorithm")


@pytest.mark.spec("RFC 8725", "3.1")
def test_are_not_used_as_shared_secrets():
    key = SigningKey.objects.get(state="current")
    public = jwk.import_key(key.public_jwk)
    head = segment({"alg": "HS256", "typ": "at+jwt", "kid": key.kid}) + "." + segment(claims())
    for secret in (public.as_pem(), json.dumps(key.public_jwk).encode(), b""):
        mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()

        assert_refused(f"{head}.{segment(mac)}", "algorithm")


def test_notice_an_edited_payload():
    header, _, signature = signed().split(".")

    assert_refused(f"{header}.{segment(claims(sub='auth0|2'))}.{signature}", "signature")
    assert_refused(f"{header}.{segment(claims())}.", "signature")


@pytest.mark.spec("RFC 8725", "3.10")
@pytest.mark.parametrize(
    "members",
    [
        {"jku": "https://evil.example/jwks"},
        {"jwk": "x"},
        {"x5u": "https://evil.example"},
        {"crit": "b64", "b64": "false"},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
    ],
)
def test_follow_no_other_header(members):
    key = jwk.RSAKey.generate_key(2048)
    header = {"alg": "RS256", "typ": "at+jwt", "kid": SigningKey.objects.get(state="current").kid, **members}
    head = segment(header) + "." + segment(claims())

    assert_refused(head + ".AAAA", "other members")
    assert_refused(jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": key.thumbprint()}, claims(), key), "unknown")


@pytest.mark.parametrize(
    "kid", ["../../dev/null", "' OR 1=1 --", "\x00" * 43, "", "k" * 300, "é" * 43, "A" * 42, "A" * 43]
)
def test_are_found_only_by_their_id(kid):
    assert_refused(segment({"alg": "RS256", "typ": "at+jwt", "kid": kid}) + ".e30.AAAA", "key|JWT")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "..",
        ".e30.",
        "%%.e30.AAAA",
        "é.e30.AAAA",
        segment([1]) + ".e30.AAAA",
        segment(b"\xff\xfe") + ".e30.AAAA",
        segment({"alg": 1, "typ": "at+jwt", "kid": "x"}) + ".e30.AAAA",
        segment(b"[" * 380) + ".e30.AAAA",
        "A" * 1_000_000,
        "A" * 600 + ".e30.AAAA",
    ],
)
def test_are_not_troubled_by_garbage(token):
    assert_refused(token)


def test_are_not_troubled_by_garbage_behind_a_good_header():
    header = signed().split(".")[0]
    for rest in ("", ".", ".e30", ".e30.AAAA", ".e30.AAAA.BBBB.CCCC", ".é.é", ".\x00.\x00"):
        assert_refused(header + rest)


@pytest.mark.spec("security", "KY05")
def test_revoked_in_another_process_are_refused_at_once():
    token = signed()
    signing_keys.jwks()

    SigningKey.objects.filter(state=KeyState.CURRENT).update(state=KeyState.REVOKED)  # as another process would

    with pytest.raises(signing_keys.InvalidTokenError, match="unknown or revoked"):
        signing_keys.verify(token, types=TYPES)
