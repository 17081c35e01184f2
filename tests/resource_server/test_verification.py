"""Verification accepts an access token for this API and nothing else."""

import base64
import json
import resource
import subprocess
import sys
import time
from functools import partial

import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authhub.resource_server.jwks import read_keys
from authhub.resource_server.tokens import (
    ExpiredTokenError,
    InvalidTokenError,
    MalformedTokenError,
    NotYetValidError,
    SignatureError,
    WrongAudienceError,
    WrongIssuerError,
    WrongTypeError,
)
from authhub.resource_server.verification import SAFE_ALGORITHMS, UnsafeAlgorithmError, verify_access_token
from tests.resource_server import issuers
from tests.resource_server.issuers import (
    AUDIENCE,
    CLIENT_ID,
    EC_KEY,
    OTHER_RSA_KEY,
    RSA_KEY,
    segment,
    sign,
)

ISSUER = "https://issuer.example/"
NOW = 1_800_000_000
RFC9068 = {"typ": "at+jwt"}

# The clock stands still: the whole suite may take longer than the leeway.
claims_for = partial(issuers.claims_for, now=NOW)


class Keys:
    """A key source without a network, which remembers what it was asked for."""

    def __init__(self, *keys):
        self.keys = read_keys({"keys": [key.as_dict(private=False) for key in keys]})
        self.asked = []

    def key(self, kid):
        self.asked.append(kid)
        return self.keys.get(kid)


KEYS = Keys(RSA_KEY, EC_KEY)


def verify(token, **changes):
    return verify_access_token(token, **{"issuer": ISSUER, "audience": AUDIENCE, "keys": KEYS, "now": NOW, **changes})


def token(*, key=RSA_KEY, header=None, **changes):
    return sign(claims_for(ISSUER, **changes), key=key, header=header)


def rfc9068_token(**changes):
    return token(**{"header": RFC9068, "azp": None, "client_id": CLIENT_ID, "jti": "1", **changes})


def changed(original, *, header=None, payload=None):
    parts = original.split(".")
    if header is not None:
        parts[0] = segment(header)
    if payload is not None:
        parts[1] = segment(payload)
    return ".".join(parts)


def signed_raw(header, payload):
    """Return a token whose header and payload are these very bytes, with a good signature."""
    signing_input = f"{segment(header)}.{segment(payload)}"
    algorithm = jws.JWSRegistry.algorithms["RS256"]
    return f"{signing_input}.{segment(algorithm.sign(signing_input.encode(), RSA_KEY))}"


HEADER = {"alg": "RS256", "typ": "JWT", "kid": "rsa-1"}


def test_tells_what_an_auth0_token_says():
    verified = verify(token(org_id="org_1", permissions=["read:timesheets", "delete:timesheets"]))

    assert verified.issuer == ISSUER
    assert verified.subject == "auth0|7"
    assert verified.audience == {AUDIENCE, f"{ISSUER}userinfo"}
    assert verified.client_id == CLIENT_ID
    assert verified.scopes == {"openid", "read:timesheets"}
    assert verified.permissions == {"read:timesheets", "delete:timesheets"}
    assert verified.organization == "org_1"
    assert verified.expires_at.timestamp() == NOW + 3600
    assert verified.claims["azp"] == CLIENT_ID
    assert not verified.is_machine


@pytest.mark.spec("RFC 9068", "4")
@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT"])
def test_accepts_an_rfc9068_token(typ):
    verified = verify(rfc9068_token(header={"typ": typ}, aud=AUDIENCE, scope=None))

    assert verified.client_id == CLIENT_ID
    assert verified.scopes == frozenset()
    assert verified.permissions is None
    assert verified.organization is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": f"{CLIENT_ID}@clients"},
        {"sub": CLIENT_ID},
        {"sub": "anything", "gty": "client-credentials"},
    ],
)
def test_tells_a_machine_from_a_person(changes):
    assert verify(token(**changes)).is_machine


def test_takes_no_other_clients_name_for_a_machine():
    assert not verify(token(sub="other@clients")).is_machine


def test_keeps_the_token_out_of_its_text():
    original = token(email="ada@exampleco.com")
    verified = verify(original)

    assert verified.token == original
    assert original not in repr(verified)
    assert "ada@exampleco.com" not in repr(verified)


def test_gives_claims_that_cannot_be_changed():
    with pytest.raises(TypeError):
        verify(token()).claims["sub"] = "auth0|1"


@pytest.mark.parametrize("algorithm", sorted(SAFE_ALGORITHMS))
def test_verifies_each_algorithm_when_it_is_allowed(algorithm):
    curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}.get(algorithm)
    parameters = {"kid": "k", "alg": algorithm}
    if curve:
        key = ECKey.generate_key(curve, parameters)
    elif algorithm.startswith("Ed"):
        key = OKPKey.generate_key(algorithm, parameters)
    else:
        key = RSAKey.import_key({**RSA_KEY.as_dict(private=True), **parameters})

    verified = verify(token(key=key), keys=Keys(key), algorithms=[algorithm])

    assert verified.subject == "auth0|7"


@pytest.mark.spec("RFC 8725", "3.1")
def test_refuses_an_algorithm_that_is_not_allowed_though_the_key_is_published():
    with pytest.raises(SignatureError):
        verify(token(key=EC_KEY))

    assert verify(token(key=EC_KEY), algorithms=["ES256"]).subject == "auth0|7"


@pytest.mark.parametrize("algorithms", [[], ["none"], ["HS256"], ["RS256", "HS512"], ["nOnE"], ["EdDSA"], ["ES256K"]])
def test_refuses_to_be_configured_unsafely(algorithms):
    with pytest.raises(UnsafeAlgorithmError):
        verify(token(), algorithms=algorithms)


@pytest.mark.parametrize("changes", [{"issuer": ""}, {"audience": ""}])
def test_refuses_to_verify_without_issuer_or_audience(changes):
    with pytest.raises(ValueError, match="required"):
        verify(token(), **changes)


@pytest.mark.spec("security", "KY10")
@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"exp": NOW - 61}, ExpiredTokenError),
        ({"exp": NOW - 60}, ExpiredTokenError),
        ({"exp": NOW - 30}, None),
        ({"iat": NOW + 61}, NotYetValidError),
        ({"iat": NOW + 30}, None),
        ({"nbf": NOW + 61}, NotYetValidError),
        ({"nbf": NOW + 30}, None),
        ({"nbf": NOW - 3600, "exp": NOW + 0.5}, None),
    ],
)
def test_allows_for_clocks_that_differ_by_less_than_a_minute(claims, error):
    signed = sign(claims_for(ISSUER, **{"iat": NOW - 120, "exp": NOW + 60, **claims}))

    if error is None:
        verify(signed)
    else:
        with pytest.raises(error):
            verify(signed)


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat", "azp", "scope"])
def test_refuses_a_token_that_lacks_a_claim(name):
    claims = claims_for(ISSUER)
    del claims[name]

    with pytest.raises(InvalidTokenError):
        verify(sign(claims))


@pytest.mark.spec("RFC 9068", "2.2")
@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat", "client_id", "jti"])
def test_refuses_an_rfc9068_token_that_lacks_a_claim(name):
    claims = claims_for(ISSUER, azp=None, client_id=CLIENT_ID, jti="1")
    del claims[name]

    with pytest.raises(InvalidTokenError):
        verify(sign(claims, header=RFC9068))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "never"),
        ("exp", True),
        ("exp", [1]),
        ("exp", 10**30),
        ("exp", 10**400),
        ("iat", "0"),
        ("nbf", {}),
        ("nbf", True),
        ("sub", 7),
        ("sub", ""),
        ("aud", 7),
        ("aud", [AUDIENCE, 7]),
        ("aud", {AUDIENCE: 1}),
        ("scope", ["read:timesheets"]),
        ("azp", ["a"]),
        ("azp", ""),
        ("permissions", "read:timesheets"),
        ("permissions", [1]),
        ("org_id", 1),
        ("iss", ["https://issuer.example/"]),
    ],
)
def test_refuses_a_claim_of_the_wrong_kind(name, value):
    with pytest.raises(InvalidTokenError):
        verify(sign({**claims_for(ISSUER), name: value}))


@pytest.mark.parametrize("iss", ["https://issuer.example", "https://ISSUER.example/", "https://evil.example/", ""])
def test_compares_the_issuer_exactly(iss):
    with pytest.raises(WrongIssuerError):
        verify(token(iss=iss))


@pytest.mark.parametrize("aud", [f"{AUDIENCE}/", AUDIENCE[:-1], AUDIENCE.upper(), [], [f"{ISSUER}userinfo"], CLIENT_ID])
def test_refuses_a_token_for_another_api(aud):
    with pytest.raises(WrongAudienceError):
        verify(token(aud=aud))


@pytest.mark.spec("RFC 9068", "5")
@pytest.mark.parametrize("hash_claim", ["nonce", "at_hash", "c_hash"])
@pytest.mark.parametrize("make", [token, rfc9068_token])
def test_refuses_what_bears_the_marks_of_an_id_token(make, hash_claim):
    with pytest.raises(WrongTypeError):
        verify(make(**{hash_claim: "x"}))


@pytest.mark.spec("RFC 9068", "5")
@pytest.mark.parametrize("aud", [CLIENT_ID, [CLIENT_ID, AUDIENCE], AUDIENCE])
def test_refuses_an_id_token_even_if_it_names_the_api(aud):
    id_token = sign(claims_for(ISSUER, aud=aud, scope=None, email="ada@exampleco.com"))

    with pytest.raises(InvalidTokenError):
        verify(id_token)


@pytest.mark.parametrize("typ", ["logout+jwt", "JWE", "", "at+jwt; x", "secevent+jwt", None])
def test_refuses_another_type(typ):
    with pytest.raises(WrongTypeError):
        verify(token(header={"typ": typ}))


@pytest.mark.spec("security", "UI03")
def test_refuses_an_unsigned_token():
    for algorithm in ("none", "nOnE", "NONE"):
        unsigned = changed(token(), header={**HEADER, "alg": algorithm}).rsplit(".", 1)[0]
        for forged in (f"{unsigned}.", unsigned, f"{unsigned}.x"):
            with pytest.raises(InvalidTokenError):
                verify(forged)


@pytest.mark.spec("security", "UI03")
def test_refuses_a_shared_secret_made_of_the_public_key():
    secrets = [
        RSA_KEY.as_pem(private=False),
        json.dumps(RSA_KEY.as_dict(private=False)).encode(),
        RSA_KEY.as_dict(private=False)["n"].encode(),
    ]

    for secret in secrets:
        algorithm = jws.JWSRegistry.algorithms["HS256"]
        signing_input = f"{segment({**HEADER, 'alg': 'HS256'})}.{segment(claims_for(ISSUER))}"
        mac = algorithm.sign(signing_input.encode(), OctKey.import_key(base64.urlsafe_b64encode(secret)))
        with pytest.raises(SignatureError):
            verify(f"{signing_input}.{segment(mac)}")


def test_checks_a_remembered_signature_against_the_key_of_today():
    keys, original = Keys(RSA_KEY), token()
    assert verify(original, keys=keys).subject == "auth0|7"
    keys.keys = Keys(OTHER_RSA_KEY).keys

    for _ in range(2):
        with pytest.raises(SignatureError):
            verify(original, keys=keys)


def test_checks_all_but_the_signature_of_a_token_each_time():
    original = token()
    verify(original)

    for changes in ({"now": NOW + 7200}, {"issuer": "https://other.example/"}, {"audience": "urn:other"}):
        with pytest.raises(InvalidTokenError):
            verify(original, **changes)


def test_refuses_another_key_with_the_same_id():
    with pytest.raises(SignatureError):
        verify(token(key=OTHER_RSA_KEY))


def test_refuses_a_key_of_another_kind():
    with pytest.raises(SignatureError):
        verify(changed(token(), header={**HEADER, "kid": "ec-1"}))


def test_refuses_an_algorithm_that_the_key_is_not_for():
    private = RSA_KEY.as_dict(private=True)
    other_algorithm = token(key=RSAKey.import_key({**private, "alg": "RS512"}))
    unbound = RSAKey.import_key({name: value for name, value in private.items() if name != "alg"})

    with pytest.raises(SignatureError):
        verify(other_algorithm, algorithms=["RS256", "RS512"])
    assert verify(other_algorithm, algorithms=["RS512"], keys=Keys(unbound)).subject == "auth0|7"


def test_refuses_a_key_that_cannot_do_the_algorithm():
    keys = Keys(ECKey.generate_key("P-256", {"kid": "rsa-1"}))

    with pytest.raises(SignatureError):
        verify(token(), keys=keys)


def test_refuses_a_changed_payload():
    with pytest.raises(SignatureError):
        verify(changed(token(), payload=claims_for(ISSUER, scope="approve:timesheets")))


@pytest.mark.spec("RFC 8725", "3.10")
@pytest.mark.parametrize(
    "kid",
    ["../../dev/null", "' OR 1=1 --", "rsa-1\x00", "x" * 201, "x" * 5000, "", None, 7, ["rsa-1"], "http://evil/"],
)
def test_looks_a_key_up_by_nothing_but_equality(kid):
    header = {name: value for name, value in {**HEADER, "kid": kid}.items() if value is not None}

    with pytest.raises(InvalidTokenError):
        verify(changed(token(), header=header))


@pytest.mark.spec("security", "UI08")
@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": OTHER_RSA_KEY.as_dict(private=False)},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
        {"cty": "JWT"},
        {"p2c": 10**9, "p2s": "x"},
    ],
)
def test_refuses_header_parameters_that_it_does_not_need(extra):
    keys = Keys(RSA_KEY)

    with pytest.raises(MalformedTokenError):
        verify(signed_raw({**HEADER, **extra}, claims_for(ISSUER)), keys=keys)

    assert keys.asked == []


def test_accepts_a_certificates_thumbprint_and_ignores_it():
    assert verify(signed_raw({**HEADER, "x5t": "x"}, claims_for(ISSUER))).subject == "auth0|7"


def _encrypted(algorithm, key, **extra):
    registry = jwe.JWERegistry(algorithms=[algorithm, "A256GCM", "DEF"])
    return jwe.encrypt_compact(
        {"alg": algorithm, "enc": "A256GCM", "typ": "at+jwt", "kid": "rsa-1", **extra},
        b"\x00" * 10_000_000 if "zip" in extra else json.dumps(claims_for(ISSUER)).encode(),
        key,
        registry=registry,
    )


@pytest.mark.spec("security", "UI12")
@pytest.mark.parametrize("kind", ["rsa", "zip", "pbes2"])
def test_refuses_an_encrypted_token_at_once_and_without_unpacking_it(kind):
    encrypted = {
        "rsa": lambda: _encrypted("RSA-OAEP-256", RSAKey.generate_key(2048)),
        "zip": lambda: _encrypted("RSA-OAEP-256", RSAKey.generate_key(2048), zip="DEF"),
        "pbes2": lambda: ".".join(
            [segment({"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "p2c": 10**9, "p2s": "eA"}), "a", "b", "c", "d"]
        ),
    }[kind]()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    started = time.thread_time()
    with pytest.raises(MalformedTokenError):
        verify(encrypted)

    assert time.thread_time() - started < 0.05
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 5_000


HOSTILE = {
    "empty": "",
    "word": "garbage",
    "two parts": "a.b",
    "six parts": "a.b.c.d.e.f",
    "dots": "..",
    "padding": token() + "=",
    "newline": token() + "\n",
    "space": " " + token(),
    "not ASCII": token() + "é",
    "plus": token()[:-1] + "+",
    "one megabyte header": segment("x" * 1_000_000) + ".e30.e30",
    "60 kB": token()[:-10] + "x" * 60_000,
    "header no JSON": "eA.eA.eA",
    "header no object": f"{segment([1])}.e30.e30",
    "header not UTF-8": f"{segment(bytes([255, 254]))}.e30.e30",
    "brackets": segment("[" * 10_000) + ".e30.e30",
    "impossible base64": "a.a.a",
    "payload no JSON": signed_raw(HEADER, "x"),
    "payload no object": signed_raw(HEADER, "[]"),
    "payload of brackets": signed_raw(HEADER, "[" * 8000),
    "repeated claim": signed_raw(HEADER, json.dumps(claims_for(ISSUER))[:-1] + ', "sub": "auth0|1"}'),
    "endless": signed_raw(HEADER, json.dumps({**claims_for(ISSUER), "exp": float("inf")})),
    "not JSON": signed_raw(HEADER, json.dumps({**claims_for(ISSUER), "x": float("inf")})),
    "no number": signed_raw(HEADER, json.dumps({**claims_for(ISSUER), "exp": float("nan")})),
    "digits": signed_raw(HEADER, json.dumps(claims_for(ISSUER)).replace('"exp": ', '"exp": ' + "9" * 5000)),
    "exponent": signed_raw(HEADER, json.dumps(claims_for(ISSUER)).replace('"exp": ', '"exp": 1e999, "x": ')),
    "repeated header": signed_raw('{"alg": "none", "alg": "RS256", "typ": "JWT", "kid": "rsa-1"}', claims_for(ISSUER)),
}


@pytest.mark.spec("security", "UI09")
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_refuses_hostile_input_at_once(hostile):
    spent = []
    for _ in range(3):  # the quickest counts: a busy machine's clock runs on while somebody else works
        started = time.thread_time()
        with pytest.raises(InvalidTokenError) as refusal:
            verify(hostile)
        spent.append(time.thread_time() - started)

    assert min(spent) < 0.05
    assert refusal.value.code == "invalid_token"
    assert refusal.value.description


@pytest.mark.parametrize(
    "header",
    [{**HEADER, "alg": "none"}, {**HEADER, "alg": "HS256"}, {**HEADER, "typ": "x"}, {**HEADER, "kid": "x" * 201}, []],
)
def test_asks_for_no_key_before_the_header_is_right(header):
    keys = Keys(RSA_KEY)

    with pytest.raises(InvalidTokenError):
        verify(changed(token(), header=header), keys=keys)

    assert keys.asked == []


def test_works_without_django_settings_and_without_our_tables():
    program = """
import sys
import authhub.resource_server.verification, authhub.resource_server.jwks
import authhub.resource_server.introspection, authhub.resource_server.machine_client
loaded = set(sys.modules)
from django.conf import settings
assert not settings.configured
unwanted = {"django.db", "authhub.models", "authhub.oauth", "oauth2_provider", "rest_framework"} & loaded
assert not unwanted, unwanted
"""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
