"""Which grant types the server has; what is not here is off, whatever an application says (M-06, M-10)."""

from authhub.conf import conf
from authhub.models import GrantType

ALWAYS_ON = frozenset(
    {
        GrantType.AUTHORIZATION_CODE.value,
        GrantType.REFRESH_TOKEN.value,
        GrantType.CLIENT_CREDENTIALS.value,
        GrantType.DEVICE_CODE.value,
    }
)
PASSWORD_REALM = "http://auth0.com/oauth/grant-type/password-realm"
"""What Auth0 calls the password grant when the request says where the user is known (C.5)."""
LEGACY = frozenset({GrantType.IMPLICIT.value, GrantType.PASSWORD.value})
"""Off until the project names them in ``AUTHHUB["LEGACY_GRANT_TYPES"]`` (RFC 9700 §2.1.2, §2.4)."""


def enabled_grant_types() -> frozenset[str]:
    """Return the grant types that are on, by their wire names; each application opts in for itself."""
    return ALWAYS_ON | (LEGACY & frozenset(conf.legacy_grant_types))


def is_enabled(grant_type: str) -> bool:
    """Return whether the token endpoint has what a request calls its grant type."""
    return (GrantType.PASSWORD.value if grant_type == PASSWORD_REALM else grant_type) in enabled_grant_types()
