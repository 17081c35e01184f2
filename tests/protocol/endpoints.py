"""
Every endpoint of `authhub.urls`: who may call it, how, and a good request; what the tests of all endpoints walk.

A new endpoint has an entry here, or `test_routes` fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from authhub import urls
from authhub.models import LoginSession
from authhub.oauth.initial_access_tokens import make_initial_access_token
from tests.factories import PASSWORD
from tests.protocol.conftest import World
from tests.protocol.relying_party import CALLBACK, RelyingParty, transaction_in
from tests.protocol.rfc8628_device.conftest import Device

SCOPES = "openid read:timesheets offline_access"


class Caller(StrEnum):
    """Who may call an endpoint, which also says how it answers."""

    ANYONE = "anyone gets a document"
    CLIENT = "an application proves itself and reads JSON"
    BEARER = "who has a token reads JSON"
    BROWSER = "anyone's browser gets pages and redirects"
    PERSON = "a signed-in person's browser gets pages and redirects"


@dataclass
class Call:
    """A good request, made for one test: parameters, and the browser and header that it takes."""

    parameters: dict[str, str]
    browser: Client
    authorization: str = ""
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """`prepare` makes a good request; `methods` are those that are answered, the first with the parameters."""

    caller: Caller
    methods: tuple[str, ...]
    prepare: Callable[[World], Call]
    takes_json: bool = False


def _with_nothing(world: World) -> Call:
    return Call({}, Client())


def _client(world: World, **parameters: str) -> Call:
    party = world.party("web")
    return Call({"client_id": party.client_id, "client_secret": party.client_secret or "", **parameters}, Client())


def _redeem(world: World) -> Call:
    party = world.party("web", "employee")
    code = party.code(scope=SCOPES)
    return _client(
        world,
        grant_type="authorization_code",
        code=code,
        redirect_uri=party.redirect_uri,
        code_verifier=party.verifier,
    )


def _refresh(world: World) -> Call:
    token = world.party("web", "employee").tokens(SCOPES)["refresh_token"]
    return _client(
        world, grant_type="refresh_token", refresh_token=token, scope="openid", audience=world.api.identifier
    )


def _client_credentials(world: World) -> Call:
    party = world.party("cron")
    parameters = {"client_id": party.client_id, "client_secret": party.client_secret or "", "scope": "batch:upload"}
    return Call({"grant_type": "client_credentials", "audience": world.api.identifier, **parameters}, Client())


def _device_code(world: World) -> Call:
    device = Device(world.party("native", "employee"))
    device.begin()
    device.decide(device.party.browser)
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    code = device.told["device_code"]
    return Call({"grant_type": grant_type, "client_id": device.party.client_id, "device_code": code}, Client())


def _begin_device(world: World) -> Call:
    client_id = world.applications["native"].client_id
    return Call({"client_id": client_id, "scope": SCOPES, "audience": world.api.identifier}, Client())


def _access_token(world: World) -> Call:
    return _client(world, token=world.party("web", "employee").tokens(SCOPES)["access_token"])


def _userinfo(world: World) -> Call:
    token = world.party("web", "employee").tokens(SCOPES)["access_token"]
    return Call({}, Client(), authorization=f"Bearer {token}")


def _authorize(world: World) -> Call:
    party = world.party("web", "employee")
    request = party.authorization_request(
        scope=SCOPES, nonce="n-0S6_WzA2Mj", prompt="consent", max_age=100_000, ui_locales="de", login_hint="me"
    )
    return Call(request, party.browser)


def _consent(world: World) -> Call:
    party = world.party("partner", "employee")
    page = party.browser.get(party.authorize(scope="openid read:timesheets")["Location"])
    return Call({"transaction": transaction_in(page.content.decode()), "decision": "allow"}, party.browser)


def _activate(world: World) -> Call:
    device = Device(world.party("native"))
    device.begin()
    return Call({"user_code": device.told["user_code"]}, world.party("native", "employee").browser)


def _activate_confirm(world: World) -> Call:
    party = world.party("native", "employee")
    device = Device(party)
    device.begin()
    transaction = transaction_in(device.enter(party.browser).content.decode())
    return Call({"transaction": transaction, "decision": "allow"}, party.browser)


def _v2_logout(world: World) -> Call:
    party = _party_with_logout(world)
    return Call({"client_id": party.client_id, "returnTo": LOGGED_OUT}, party.browser)


def _end_session(world: World) -> Call:
    party = _party_with_logout(world)
    hint = party.tokens("openid")["id_token"]
    named = {"client_id": party.client_id, "post_logout_redirect_uri": LOGGED_OUT, "state": "af0ifjsldkj"}
    return Call({"id_token_hint": hint, **named}, party.browser)


def _confirm_logout(world: World) -> Call:
    party = _party_with_logout(world)
    page = party.browser.get(reverse("authhub:end-session"), {"client_id": party.client_id})
    return Call({"request": page.context["waiting"]}, party.browser)


def _party_with_logout(world: World) -> RelyingParty:
    application = world.applications["web"]
    application.post_logout_redirect_uris = LOGGED_OUT
    application.save()
    return world.party("web", "employee")


def _account(world: World) -> Call:
    return Call({"done": "session"}, world.party("web", "employee").browser)


def _end_own_session(world: World) -> Call:
    party = world.party("web", "employee")
    return Call({"session": LoginSession.objects.latest("authenticated_at").pk}, party.browser)


def _revoke_own_access(world: World) -> Call:
    party = world.party("web", "employee")
    party.tokens(SCOPES)
    return Call({"application": str(world.applications["web"].pk)}, party.browser)


def _login(world: World) -> Call:
    return Call({"username": world.users["employee"].username, "password": PASSWORD, "next": "/logout"}, Client())


def _logout(world: World) -> Call:
    return Call({}, world.party("web", "employee").browser)


def _register(world: World) -> Call:
    expires_at = timezone.now() + timedelta(days=1)
    _, token = make_initial_access_token(name="Tests", expires_at=expires_at, registrations_max=10_000)
    metadata = {"client_name": "New", "application_type": "web", "scope": "openid", "client_uri": "https://new.example"}
    return Call({**metadata, "redirect_uris": CALLBACK}, Client(), authorization=f"Bearer {token}")


def _to_nowhere(world: World) -> Call:
    return Call({}, Client(), arguments=("nobody",))


LOGGED_OUT = "https://client.example/logged-out"

ENDPOINTS: dict[str, Endpoint] = {
    "openid-configuration": Endpoint(Caller.ANYONE, ("GET", "HEAD"), _with_nothing),
    "authorization-server": Endpoint(Caller.ANYONE, ("GET", "HEAD"), _with_nothing),
    "jwks": Endpoint(Caller.ANYONE, ("GET", "HEAD"), _with_nothing),
    "extension-meta": Endpoint(Caller.ANYONE, ("GET", "HEAD"), _with_nothing),
    "token": Endpoint(Caller.CLIENT, ("POST",), _redeem, takes_json=True),
    "device-code": Endpoint(Caller.CLIENT, ("POST",), _begin_device, takes_json=True),
    "revoke": Endpoint(Caller.CLIENT, ("POST",), _access_token, takes_json=True),
    "introspect": Endpoint(Caller.CLIENT, ("POST",), _access_token),
    "userinfo": Endpoint(Caller.BEARER, ("GET", "HEAD", "POST"), _userinfo),
    "authorize": Endpoint(Caller.BROWSER, ("GET", "POST"), _authorize),
    "activate": Endpoint(Caller.BROWSER, ("POST", "GET"), _activate),
    "v2-logout": Endpoint(Caller.BROWSER, ("GET",), _v2_logout),
    "end-session": Endpoint(Caller.BROWSER, ("GET", "POST"), _end_session),
    "login": Endpoint(Caller.BROWSER, ("POST", "GET", "HEAD"), _login),
    "logout": Endpoint(Caller.BROWSER, ("POST", "GET", "HEAD"), _logout),
    "check-session": Endpoint(Caller.BROWSER, ("GET", "HEAD"), _with_nothing),
    "initiate": Endpoint(Caller.BROWSER, ("GET", "HEAD"), _to_nowhere),
    "consent": Endpoint(Caller.PERSON, ("POST", "GET"), _consent),
    "activate-confirm": Endpoint(Caller.PERSON, ("POST", "GET"), _activate_confirm),
    "account": Endpoint(Caller.PERSON, ("GET", "HEAD"), _account),
    "end-own-session": Endpoint(Caller.PERSON, ("POST",), _end_own_session),
    "revoke-own-access": Endpoint(Caller.PERSON, ("POST",), _revoke_own_access),
    "confirm-logout": Endpoint(Caller.PERSON, ("POST",), _confirm_logout),
    "register": Endpoint(Caller.BEARER, ("POST",), _register, takes_json=True),
    "registration": Endpoint(Caller.BEARER, ("GET", "PUT", "DELETE"), _to_nowhere),
}
OTHER_GRANTS = {"refresh_token": _refresh, "client_credentials": _client_credentials, "device_code": _device_code}
"""Further good requests to the token endpoint."""

NAMES = sorted(str(pattern.name) for pattern in urls.urlpatterns if isinstance(pattern, URLPattern))
"""The operations of the two APIs have walks of their own, in `tests/api`."""


def path_of(name: str, call: Call) -> str:
    return reverse(f"authhub:{name}", args=call.arguments)
