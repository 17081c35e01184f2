"""Authentication answers 401 to all but a good token, and asks the database nothing."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework.authentication import BasicAuthentication
from rest_framework.settings import api_settings as rest_framework_settings
from rest_framework.test import APIRequestFactory
from rest_framework.throttling import UserRateThrottle

from authhub.resource_server.token_users import TokenUser
from tests.resource_server.issuers import AUDIENCE, CLIENT_ID, OTHER_RSA_KEY, RSA_KEY, Issuer, segment
from tests.resource_server.views import REPORTS, MoreReports, Public, Reports, Timesheets

# No test here has the `db` mark: a query would be an error.
pytestmark = pytest.mark.usefixtures("api_settings")

CHALLENGE = f'Bearer realm="{AUDIENCE}"'


def call(view, token=None, *, authorization=None, method="get", path="/", **extra):
    if token is not None:
        authorization = f"Bearer {token}"
    headers = {} if authorization is None else {"Authorization": authorization}
    request = getattr(APIRequestFactory(), method)(path, headers=headers, **extra)
    response = view.as_view()(request)
    response.render()
    return response


def refused(response, description=None):
    challenge = response["WWW-Authenticate"]
    assert response.status_code == 401
    assert challenge.startswith(f'{CHALLENGE}, error="invalid_token", error_description="')
    assert description is None or challenge.endswith(f'"{description}"')
    return True


@pytest.mark.spec("features.md", "M-28")
def test_lets_a_good_token_in(issuer):
    response = call(Timesheets, issuer.token())

    assert response.status_code == 200
    assert response.data == {"sub": "auth0|7", "scopes": ["openid", "read:timesheets"]}
    assert "WWW-Authenticate" not in response


@pytest.mark.spec("RFC 9110", "11.1")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_reads_the_scheme_whatever_its_case(issuer, scheme):
    assert call(Timesheets, authorization=f"{scheme} {issuer.token()}").status_code == 200


@pytest.mark.spec("RFC 6750", "3")
@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "Token x", "Bearer2 x"])
def test_challenges_without_an_error_when_there_is_no_token(authorization):
    response = call(Timesheets, authorization=authorization)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == CHALLENGE


def test_leaves_a_request_without_a_token_to_an_open_view():
    assert call(Public).status_code == 200


def test_refuses_a_bad_token_even_on_an_open_view():
    assert refused(call(Public, "garbage"), "the access token is malformed")


@pytest.mark.spec("RFC 6750", "5.3")
def test_reads_no_token_from_query_or_body(issuer):
    token = issuer.token()

    in_query = call(Timesheets, path=f"/?access_token={token}")
    in_body = call(
        Timesheets, method="post", data=f"access_token={token}", content_type="application/x-www-form-urlencoded"
    )

    assert in_query.status_code == in_body.status_code == 401
    assert in_query["WWW-Authenticate"] == in_body["WWW-Authenticate"] == CHALLENGE
    assert issuer.key_fetches == 0


@pytest.mark.spec("features.md", "M-20")
@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"exp": -61}, "the access token has expired"),
        ({"aud": "https://other.example/"}, "the access token is for another API"),
        ({"iss": "https://evil.example/"}, "the access token was issued by another server"),
        ({"key": OTHER_RSA_KEY}, "the signature of the access token cannot be trusted"),
        ({"scope": None, "aud": CLIENT_ID}, "the access token is for another API"),
        ({"scope": None}, "the token is not an access token"),
        ({"nonce": "n"}, "the token is not an access token"),
        ({"header": {"typ": "logout+jwt"}}, "the token is not an access token"),
        ({"header": {"kid": "unknown"}}, "the signature of the access token cannot be trusted"),
        ({"iat": +90}, "the access token is not valid yet"),
    ],
)
def test_says_why_a_token_is_refused(issuer, changes, description):
    # Times are given in seconds from now.
    now = {name: int(time.time()) + changes[name] for name in ("exp", "iat") if name in changes}
    response = call(Timesheets, issuer.token(**{**changes, **now}))

    assert refused(response, description)
    assert json.loads(response.content) == {"detail": description}
    assert response.data["detail"].code == "invalid_token"


@pytest.mark.spec("features.md", "M-20")
@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer a.b.c",
        "Bearer a b",
        "Bearer x, Bearer y",
        "Bearer " + "x" * 60_000,
        "Bearer " + segment("x" * 1_000_000) + ".e30.e30",
        "Bearer " + segment({"alg": "none"}) + ".e30.",
        "Bearer " + segment({"alg": "none", "typ": "JWT"}) + ".e30.eA",
        "Bearer " + segment({"alg": "HS256", "typ": "JWT", "kid": "rsa-1"}) + ".e30.eA",
        "Bearer " + segment({"alg": "RS256", "typ": "JWT", "kid": "../../dev/null"}) + ".e30.eA",
        "Bearer " + segment({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}) + "..a.b.c",
        "Bearer é",
        "Bearer a\x00.b.c",
    ],
)
def test_refuses_hostile_headers_quickly(authorization, issuer):
    call(Timesheets, issuer.token())
    started = time.thread_time()

    assert refused(call(Timesheets, authorization=authorization))
    assert time.thread_time() - started < 0.1


@pytest.mark.spec("security", "UI08")
@pytest.mark.parametrize("parameter", ["jku", "x5u"])
def test_never_goes_where_a_token_points(issuer, parameter):
    with Issuer() as attacker:
        header = {"alg": "RS256", "typ": "JWT", "kid": "rsa-1", parameter: f"{attacker.url}.well-known/jwks.json"}
        forged = ".".join([segment(header), *issuer.token(key=OTHER_RSA_KEY).split(".")[1:]])

        assert refused(call(Timesheets, forged))
        assert not attacker.requests


def test_refuses_a_query_to_the_database_in_local_mode(issuer, django_assert_num_queries, db):
    token = issuer.token()

    with django_assert_num_queries(0):
        assert call(Timesheets, token).status_code == 200


def test_fetches_the_keys_once_for_many_requests_at_once(issuer):
    tokens = [issuer.token(sub=f"auth0|{number}") for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda token: call(Timesheets, token), tokens))

    assert [response.data["sub"] for response in responses] == [f"auth0|{number}" for number in range(40)]
    assert issuer.key_fetches == 1


@pytest.mark.spec("security", "KY06")
def test_makes_one_fetch_of_a_thousand_tokens_with_unknown_keys(issuer):
    call(Timesheets, issuer.token())
    payload = issuer.token().split(".", 1)[1]
    forged = [f"{segment({'alg': 'RS256', 'typ': 'JWT', 'kid': f'k{number}'})}.{payload}" for number in range(1000)]

    with ThreadPoolExecutor(4) as pool:
        statuses = set(pool.map(lambda token: call(Timesheets, token).status_code, forged))

    assert statuses == {401}
    assert issuer.key_fetches == 1


@pytest.mark.spec("security", "KY07")
def test_goes_on_while_the_issuer_is_down(issuer):
    good, unknown = issuer.token(), issuer.token(header={"kid": "unknown"})
    call(Timesheets, good)
    issuer.stop()

    assert call(Timesheets, good).status_code == 200
    assert refused(call(Timesheets, unknown))


def test_answers_503_when_it_cannot_tell(issuer):
    token = issuer.token()
    issuer.stop()

    response = call(Timesheets, token)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert refused(call(Timesheets, "garbage"))


def test_takes_the_keys_of_this_process_without_a_request(issuer, api_settings):
    api_settings["JWKS"] = "tests.resource_server.test_authentication.local_key_set"

    assert call(Timesheets, issuer.token()).status_code == 200
    assert not issuer.requests


def local_key_set():
    """Return what the issuer publishes, from this process."""
    return {"keys": [RSA_KEY.as_dict(private=False)]}


def test_serves_several_apis_of_a_project(issuer):
    for view in (Reports, MoreReports):
        assert call(view, issuer.token(aud=REPORTS)).status_code == 200
        response = call(view, issuer.token())
        assert response.status_code == 401
        assert f'realm="{REPORTS}"' in response["WWW-Authenticate"]
    assert refused(call(Timesheets, issuer.token(aud=REPORTS)))


def test_needs_no_audience_setting_when_the_view_names_one(issuer, api_settings):
    del api_settings["AUDIENCE"]

    assert call(Reports, issuer.token(aud=REPORTS)).status_code == 200
    with pytest.raises(ImproperlyConfigured, match="AUDIENCE"):
        call(Timesheets, issuer.token())


def test_answers_401_to_a_bad_token_wherever_the_class_stands(issuer):
    class Mixed(Timesheets):
        authentication_classes = [BasicAuthentication, *Timesheets.authentication_classes]

    assert refused(call(Mixed, "garbage"))
    assert call(Mixed, issuer.token()).status_code == 200


@pytest.mark.spec("security", "UI11")
def test_never_takes_a_subject_of_another_issuer_for_the_same_person(issuer):
    token = call_for_user(issuer.token())
    here = TokenUser(issuer=token.issuer, subject="auth0|7", token=token.token)
    there = TokenUser(issuer="https://other.example/", subject="auth0|7", token=token.token)

    assert here == token
    assert here != there
    assert here.pk != there.pk
    assert len({here, there, token}) == 2


def call_for_user(token):
    seen = []

    class Remembering(Timesheets):
        def get(self, request):
            seen.append(request.user)
            return super().get(request)

    assert call(Remembering, token).status_code == 200
    return seen[0]


def test_gives_a_principal_that_is_no_django_user(issuer):
    user = call_for_user(issuer.token())

    assert user.is_authenticated
    assert user.is_active
    assert not (user.is_anonymous)
    assert not (user.is_staff)
    assert not (user.is_superuser)
    assert not (user.is_machine)
    assert user.sub == user.subject == "auth0|7"
    assert user.pk == user.id == user.get_username() == str(user) == f"{issuer.url}#auth0|7"
    assert not user.has_perm("timesheets.view")
    assert not user.has_perms(["timesheets.view"])
    assert not user.has_module_perms("timesheets")
    assert call_for_user(issuer.token(sub=f"{CLIENT_ID}@clients")).is_machine


def test_lets_throttles_count_each_principal(issuer, settings):
    class Once(UserRateThrottle):
        rate = "1/day"

    class Throttled(Timesheets):
        throttle_classes = [Once]

    assert call(Throttled, issuer.token(sub="auth0|throttled")).status_code == 200
    assert call(Throttled, issuer.token(sub="auth0|throttled")).status_code == 429
    assert call(Throttled, issuer.token(sub="auth0|other")).status_code == 200


def somebody(token):
    """Return a user of this project for one subject only."""
    return TokenUser("here", "ada", token) if token.subject == "auth0|7" else None


def test_maps_to_the_projects_own_user_if_asked(issuer, api_settings):
    api_settings["USER"] = "tests.resource_server.test_authentication.somebody"

    assert call_for_user(issuer.token()).issuer == "here"
    assert refused(call(Timesheets, issuer.token(sub="auth0|8")), "the access token was revoked or is unknown")


LIVE: dict[str, frozenset[str] | None] = {}


def live(claims):
    """Return what the test says that the subject holds now."""
    return LIVE[claims["sub"]]


@pytest.mark.spec("features.md", "B-04")
def test_narrows_to_what_is_held_now_in_live_mode(issuer, api_settings):
    api_settings.update(VERIFICATION="live", LIVE="tests.resource_server.test_authentication.live")
    token = issuer.token(
        scope="read:timesheets approve:timesheets", permissions=["read:timesheets", "approve:timesheets"]
    )

    LIVE["auth0|7"] = frozenset({"read:timesheets", "delete:timesheets"})
    assert call(Timesheets, token).data["scopes"] == ["read:timesheets"]
    assert call_for_user(token).token.permissions == {"read:timesheets"}
    assert call_for_user(issuer.token(permissions=None)).token.permissions is None

    LIVE["auth0|7"] = frozenset()
    response = call(Timesheets, token)
    assert response.status_code == 403

    LIVE["auth0|7"] = None
    assert refused(call(Timesheets, token), "the access token was revoked or is unknown")


def test_asks_nothing_live_about_a_token_that_is_not_good(issuer, api_settings):
    api_settings.update(VERIFICATION="live", LIVE="tests.resource_server.test_authentication.live")
    LIVE.clear()

    assert refused(call(Timesheets, issuer.token(key=OTHER_RSA_KEY)))


def test_does_not_depend_on_a_project_wide_exception_handler():
    assert rest_framework_settings.EXCEPTION_HANDLER.__module__ == "rest_framework.views"
