"""
The password grant (RFC 6749 §4.3) and Auth0's form of it with a realm: off unless a setting and the application opt in.

It begins no login session: there is no browser that could keep one, so there is nothing to sign on or out with, and the
authorization it begins belongs to none.
"""

import ipaddress
from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, UnauthorizedClientError

from authhub.models import AuditEvent, AuditTag, GrantType
from authhub.oauth.applications import is_public
from authhub.oauth.core_requests import django_request
from authhub.oauth.direct_grants import DirectGrant
from authhub.oauth.errors import TooManyAttemptsError
from authhub.oauth.families import begin_family
from authhub.oauth.grant_types import PASSWORD_REALM
from authhub.oauth.issuance import Issuance
from authhub.oauth.login_throttle import count_try, forget_tries
from authhub.oauth.narrowing import grantable
from authhub.rbac.administration import materialize_pending_assignments

REALMS = frozenset({"django", "Username-Password-Authentication"})
"""What the project's users are called as a connection: by us, and by Auth0 where nobody named another."""
WRONG = "Wrong user name or password."
"""Said of an unknown user, a disabled one and a wrong password alike (LG05)."""


class PasswordGrant(DirectGrant):
    """Exchanges a user's name and password for tokens, as the login page would take them."""

    def validate_token_request(self, request: Any) -> None:
        """
        Check the request, under either name of the grant type.

        Raises:
            OAuth2Error: to be told to the client.
        """
        needs_realm = request.grant_type == PASSWORD_REALM
        request.grant_type = GrantType.PASSWORD.value
        realm = getattr(request, "realm", None)
        if needs_realm and not realm:
            raise InvalidRequestError("Missing required parameter: realm", request=request)
        if realm and realm not in REALMS:
            raise InvalidRequestError("There is no such realm.", request=request)
        super().validate_token_request(request)

    def load(self, request: Any) -> None:
        """
        Find the user by name and password; wrong ones are counted together with those of the login page.

        Raises:
            UnauthorizedClientError: a third party, whatever its record says: it never sees a password.
            InvalidRequestError: name or password is missing.
            TooManyAttemptsError: too many tries; the right password is refused too (LG04).
            InvalidGrantError: wrong; which of both is not told.
        """
        if not request.client.authhub_profile.is_first_party:
            raise UnauthorizedClientError(request=request)
        for name in ("username", "password"):
            if not getattr(request, name, None):
                raise InvalidRequestError(f"Missing required parameter: {name}", request=request)
        web_request = django_request(request)
        address = _address_of_the_person(web_request, request.client)
        if not count_try(web_request, request.username, address=address):
            raise TooManyAttemptsError(request=request)
        # Django hashes the password of a user whom it does not find too, so that this takes as long.
        user = authenticate(web_request, username=request.username, password=request.password)
        if user is None or not user.is_active:
            AuditEvent.record(
                AuditTag.PASSWORD_EXCHANGE_FAILED, application=request.client, subject=request.client, reason=WRONG
            )
            raise InvalidGrantError(WRONG, request=request)
        forget_tries(web_request, request.username, address=address)
        materialize_pending_assignments(user=user)
        request.user, request.authenticated_at = user, timezone.now()

    def settle(self, request: Any) -> None:
        """Begin an authorization. Consent is not asked: the application is our own, and has no page for it."""
        issuance: Issuance = request.issuance
        issuance.consented = grantable(issuance)
        begin_family(issuance)


def _address_of_the_person(request: HttpRequest, application: Any) -> str:
    """
    Return what a server says about where its user is (Auth0's ``auth0-forwarded-for``), if it proved who it is.

    Otherwise all of its users would count as one address. Anything that is no address counts as nothing.
    """
    said = request.headers.get("auth0-forwarded-for", "").strip()
    if not said or is_public(application):
        return ""
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return ""
