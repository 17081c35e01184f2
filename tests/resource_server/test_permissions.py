"""Permissions open a view to a token that carries what it requires, and tell the others what they lack."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated

from authhub.resource_server.permissions import (
    HasScope,
    RequiresAnyScope,
    RequiresPermissions,
    RequiresScopes,
    RequiresScopesByMethod,
)
from tests.resource_server.issuers import AUDIENCE
from tests.resource_server.test_authentication import CHALLENGE, call
from tests.resource_server.views import (
    REPORTS,
    Approvals,
    Both,
    ByMethod,
    Claimed,
    Composed,
    Either,
    Reports,
    Timesheets,
)

pytestmark = pytest.mark.usefixtures("api_settings")


def insufficient(response, scope):
    return (response.status_code, response["WWW-Authenticate"]) == (
        403,
        f'{CHALLENGE}, error="insufficient_scope", '
        'error_description="the access token does not carry what this request requires"'
        + (f', scope="{scope}"' if scope else ""),
    )


@pytest.mark.spec("features.md", "M-20")
@pytest.mark.spec("RFC 6750", "3.1")
def test_says_which_scope_is_lacking(issuer):
    response = call(Timesheets, issuer.token(scope="openid create:timesheets"))

    assert insufficient(response, "read:timesheets")
    assert response.data["detail"].code == "insufficient_scope"


@pytest.mark.spec("features.md", "E-43")
@pytest.mark.parametrize(
    "scope",
    ["", "read:timesheets2", "xread:timesheets", "READ:timesheets", "read:timesheets,openid", "read :timesheets"],
)
def test_compares_scopes_whole(issuer, scope):
    assert insufficient(call(Timesheets, issuer.token(scope=scope)), "read:timesheets")


@pytest.mark.parametrize("method", ["get", "options", "head"])
def test_requires_scopes_whatever_the_method(issuer, method):
    assert call(Timesheets, issuer.token(scope=""), method=method).status_code == 403
    assert call(Timesheets, method=method).status_code == 401


def test_requires_all_scopes(issuer):
    assert insufficient(call(Approvals, issuer.token()), "approve:timesheets read:timesheets")
    assert call(Approvals, issuer.token(scope="approve:timesheets read:timesheets x")).status_code == 200


def test_requires_any_of_several_scopes(issuer):
    assert call(Either, issuer.token(scope="approve:timesheets")).status_code == 200
    assert call(Either, issuer.token(scope="read:timesheets")).status_code == 200
    assert insufficient(call(Either, issuer.token(scope="x")), "approve:timesheets read:timesheets")


def test_requires_a_scope_by_method(issuer):
    reader, creator = issuer.token(), issuer.token(scope="create:timesheets")

    assert call(ByMethod, reader).status_code == 200
    assert call(ByMethod, creator, method="post").status_code == 201
    assert insufficient(call(ByMethod, reader, method="post"), "create:timesheets")
    assert insufficient(call(ByMethod, creator), "read:timesheets")
    assert insufficient(call(ByMethod, creator, method="head"), "read:timesheets")


def test_refuses_a_method_that_was_not_named(issuer):
    assert insufficient(call(ByMethod, issuer.token(scope="read:timesheets create:timesheets"), method="delete"), "")


def test_leaves_a_method_that_the_view_has_not_to_rest_framework(issuer):
    response = call(ByMethod, issuer.token(), method="patch")

    assert response.status_code == 405
    assert "GET" in response["Allow"]


def test_requires_the_permissions_claim(issuer):
    assert call(Claimed, issuer.token(permissions=["approve:timesheets"])).status_code == 200
    for permissions in (None, [], ["approve:timesheets2"]):
        token = issuer.token(permissions=permissions, scope="approve:timesheets")
        assert insufficient(call(Claimed, token), "approve:timesheets")


def test_names_the_api_that_refused(issuer):
    response = call(Reports, issuer.token(aud=REPORTS, scope=""))

    assert response["WWW-Authenticate"].startswith(f'Bearer realm="{REPORTS}", error="insufficient_scope"')


def test_decides_rightly_when_combined(issuer):
    assert call(Composed, issuer.token(scope="read:timesheets")).status_code == 200
    assert call(Composed, issuer.token(scope="batch:upload")).status_code == 200
    assert call(Composed, issuer.token(scope="x")).status_code == 403
    assert call(Composed).status_code == 401
    assert call(Both, issuer.token(scope="read:timesheets b:x")).status_code == 200
    assert call(Both, issuer.token(scope="read:timesheets")).status_code == 403


def test_lets_another_class_refuse_first(issuer):
    class Strict(Timesheets):
        permission_classes = [IsAuthenticated, IsAdminUser, RequiresScopes("read:timesheets")]

    response = call(Strict, issuer.token())

    assert response.status_code == 403
    assert "WWW-Authenticate" not in response


def test_refuses_a_user_without_a_token():
    class Session(BaseAuthentication):
        def authenticate(self, request):
            return User(username="ada"), None

    class Mixed(Timesheets):
        authentication_classes = [Session]

    response = call(Mixed)

    assert response.status_code == 403
    assert "WWW-Authenticate" not in response


def test_challenges_in_the_name_of_the_api_if_no_class_of_ours_authenticates(rf, issuer):
    class Foreign(BaseAuthentication):
        def authenticate(self, request):
            return AnonymousUser(), token

    class View(Timesheets):
        authentication_classes = [Foreign]

    class Remembering(Timesheets):
        permission_classes = [AllowAny]

        def get(self, request):
            seen.append(request.auth)
            return super().get(request)

    seen = []
    call(Remembering, issuer.token(scope=""))
    token = seen[0]

    assert call(View)["WWW-Authenticate"].startswith('Bearer realm="api", error="insufficient_scope"')


@pytest.mark.parametrize("factory", [RequiresScopes, RequiresAnyScope, RequiresPermissions])
@pytest.mark.parametrize("scopes", [(), ("",), ("a b",), ('a"b',), ("a", "b\n")])
def test_refuses_at_import_what_is_no_scope(factory, scopes):
    with pytest.raises(ValueError, match="names no scopes"):
        factory(*scopes)


@pytest.mark.parametrize("scopes", [{}, {"GET": ""}, {"GET": []}, {"GET": "a b"}])
def test_refuses_at_import_a_method_without_a_scope(scopes):
    with pytest.raises(ValueError, match="names no scopes"):
        RequiresScopesByMethod(**scopes)


def test_says_nothing_more_when_nothing_was_refused():
    assert HasScope("read:timesheets")().message is None


def test_puts_no_character_into_a_header_that_would_break_it(issuer, api_settings):
    api_settings["AUDIENCE"] = 'urn:"x"\\\r\nSet-Cookie: a=b é'

    assert call(Timesheets)["WWW-Authenticate"] == 'Bearer realm="urn:xSet-Cookie: a=b "'
    assert AUDIENCE not in call(Timesheets)["WWW-Authenticate"]
