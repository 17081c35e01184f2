"""Tokens of the server that reach the demo's web applications through the browser or by a call: who signed them?"""

from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from authhub.resource_server.fetching import FetchError, discover, discovered_url, fetch_object

TIMEOUT_SECONDS = 10
ALGORITHMS = ["RS256", "ES256", "Ed25519"]


class ServerTokenError(ValueError):
    """The server did not sign it, or cannot be asked."""


def signed_claims(token: str) -> dict[str, Any]:
    """
    Return what a token says that the server signed; whom it is for and until when is for the caller to look at.

    Raises:
        ServerTokenError: its keys cannot be read, or none of them signed this.
    """
    try:
        metadata = discover(settings.ISSUER, timeout_seconds=TIMEOUT_SECONDS)
        keys: Any = fetch_object(discovered_url(metadata, "jwks_uri"), timeout_seconds=TIMEOUT_SECONDS)
        return dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims)
    except FetchError as error:
        raise ServerTokenError("The server's keys cannot be read.") from error
    except (JoseError, ValueError, KeyError) as error:
        raise ServerTokenError("The server did not sign this.") from error
