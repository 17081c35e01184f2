"""
Grants that begin at the token endpoint on a person's behalf (RFC 8628 §3.4, RFC 6749 §4.3), in the order in which we
check: the client first, then what it may use, then what it presents.

oauthlib's own check the password before whether the application may send one, add no ID token, and ask a device's
client for a secret (dot.md §6.4).
"""

import json
from typing import Any

from oauthlib.oauth2.rfc6749.errors import InvalidClientError, OAuth2Error
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase


class DirectGrant(GrantTypeBase):  # type: ignore[misc]
    """One request, one answer; each kind says how to `load` what is presented, and how to `settle` it."""

    def create_token_response(self, request: Any, token_handler: Any) -> tuple[dict[str, str], str, int]:
        """
        Answer with tokens or with the protocol's error.

        Raises:
            OAuth2Error: after something was stored; the caller's transaction must not commit.
        """
        headers = self._get_default_headers()
        try:
            self.validate_token_request(request)
        except OAuth2Error as error:
            headers.update(error.headers)
            return headers, error.json, error.status_code
        token = token_handler.create_token(request, refresh_token=True)
        for modifier in self._token_modifiers:
            token = modifier(token, token_handler, request)
        if "openid" in request.issuance.scopes:
            token["id_token"] = self.request_validator.finalize_id_token({}, token, token_handler, request)
        self.settle(request)
        self.request_validator.save_token(token, request)
        return headers, json.dumps(token), 200

    def validate_token_request(self, request: Any) -> None:
        """
        Check the request and take it through the steps.

        Raises:
            OAuth2Error: to be told to the client.
        """
        validator = self.request_validator
        if validator.client_authentication_required(request):
            if not validator.authenticate_client(request):
                raise InvalidClientError(request=request)
        elif not validator.authenticate_client_id(request.client_id, request):
            raise InvalidClientError(request=request)
        self.validate_grant_type(request)
        self.load(request)
        for step in self.custom_validators.post_token:
            step(request)

    def load(self, request: Any) -> None:
        """Put on the request for whom tokens are asked and which scopes, or raise an `OAuth2Error`."""
        raise NotImplementedError

    def settle(self, request: Any) -> None:
        """Store what comes before the tokens, in their transaction: what was spent, or what begins."""
        raise NotImplementedError
