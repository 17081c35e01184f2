"""The device authorization grant at the token endpoint (RFC 8628 §3.4): a device asks until somebody has decided."""

from typing import Any

from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from authhub.oauth.device_codes import load_device_code, spend_device_code
from authhub.oauth.direct_grants import DirectGrant


class DeviceGrant(DirectGrant):
    """Exchanges a device code that a person has allowed; what they saw and agreed to is all it can give (DV08)."""

    def load(self, request: Any) -> None:
        """
        Load the device code with its family locked.

        Raises:
            OAuth2Error: as `load_device_code`, or there is none.
        """
        device_code = getattr(request, "device_code", None)
        if not device_code:
            raise InvalidRequestError("Missing required parameter: device_code", request=request)
        request.device_authorization = load_device_code(device_code, request.client, timezone.now())
        request.family = request.device_authorization.family
        request.user = request.family.user
        request.scopes = request.family.scope_list

    def settle(self, request: Any) -> None:
        """Spend the device code."""
        spend_device_code(request.device_authorization)
