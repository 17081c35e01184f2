"""Signing in with the browser: authorization code, PKCE, loopback redirect (RFC 6749 §4.1, RFC 7636, RFC 8252)."""

import base64
import hashlib
import secrets
import webbrowser
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from authhub_site.native_client.authorization_server import AuthorizationServer
from authhub_site.native_client.configuration import SCOPE, Configuration
from authhub_site.native_client.loopback import Loopback
from authhub_site.native_client.problems import NativeClientError
from authhub_site.native_client.tokens import Tokens, received

DENIED = {
    "access_denied": "the answer was no",
    "login_required": "nobody is signed in",
    "consent_required": "the application was not allowed",
}


def sign_in(
    server: AuthorizationServer,
    configuration: Configuration,
    *,
    say: Callable[[str], Any],
    opens_browser: bool,
    wait_seconds: float,
) -> Tokens:
    """
    Send the person to the browser and return the tokens that come of it.

    Raises:
        NativeClientError: the sign-in did not succeed; says why.
    """
    if not configuration.client_id:
        raise NativeClientError("no application is known; load the demo, or give --client-id")
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    loopback = Loopback(state)
    try:
        address = _authorization_url(server, configuration, loopback.redirect_uri, state, nonce, verifier)
        if not (opens_browser and webbrowser.open(address)):
            say("Open this address in a browser on this machine:")
        say(address)
        answer = loopback.wait(wait_seconds)
    finally:
        loopback.close()
    code = _code_of(answer, server)
    tokens = server.ask(
        "token_endpoint",
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": loopback.redirect_uri,
            "code_verifier": verifier,
            "client_id": configuration.client_id,
        },
    )
    return received(tokens, server, configuration.client_id, nonce=nonce)


def _authorization_url(
    server: AuthorizationServer, configuration: Configuration, redirect_uri: str, state: str, nonce: str, verifier: str
) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": configuration.client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "audience": configuration.audience,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{server.endpoint('authorization_endpoint')}?{urlencode(query)}"


def _code_of(answer: dict[str, str], server: AuthorizationServer) -> str:
    """Check who answers, then return the code. The state was checked where the answer came in."""
    says_who = server.metadata.get("authorization_response_iss_parameter_supported") is True
    if answer.get("iss", server.issuer if not says_who else "") != server.issuer:  # RFC 9207 §2.4
        raise NativeClientError("the answer does not come from the server that was asked")
    if "error" in answer:
        error = answer["error"]
        raise NativeClientError(f"not signed in: {DENIED.get(error) or answer.get('error_description') or error}")
    if not answer.get("code"):
        raise NativeClientError("the server's answer carries no code")
    return answer["code"]
