"""Whom the client asks and which application it is: from its options, the environment, or the demo beside it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from authhub_site.native_client.problems import NativeClientError
from authhub_site.storage import companion

CHECKOUT = Path(__file__).resolve().parents[2]
SCOPE = "openid profile email offline_access read:timesheets create:timesheets approve:timesheets"
LOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Configuration:
    """`client_id` is the application with a browser, `device_client_id` the one without; either may be empty."""

    issuer: str
    audience: str
    api_url: str
    client_id: str
    device_client_id: str


def configuration(*, issuer: str = "", client_id: str = "") -> Configuration:
    """
    Return what the options say; else the environment (``TIMESHEETS_…``); else what the demo of this checkout says.

    Raises:
        NativeClientError: the issuer is reached over a network without TLS.
    """
    said = os.environ.get
    issuer = issuer or said("TIMESHEETS_ISSUER") or said("AUTHHUB_ISSUER") or "http://127.0.0.1:8000/"
    issuer = issuer.rstrip("/") + "/"
    address = urlsplit(issuer)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in LOOPBACK_HOSTS):
        raise NativeClientError(f"the issuer must be an https address, not `{issuer}`")
    demo = _client_ids_of_the_demo()
    return Configuration(
        issuer=issuer,
        audience=said("TIMESHEETS_AUDIENCE") or "https://api.exampleco.com/timesheets",
        api_url=(said("TIMESHEETS_API_URL") or f"{issuer}api").rstrip("/"),
        client_id=client_id or said("TIMESHEETS_CLIENT_ID") or demo.get("mobile", ""),
        device_client_id=client_id or said("TIMESHEETS_DEVICE_CLIENT_ID") or demo.get("device", ""),
    )


def _client_ids_of_the_demo() -> dict[str, str]:
    location = os.environ.get("AUTHHUB_DATABASE") or str(CHECKOUT / "demo.sqlite3")
    try:
        said = json.loads(companion(location, "demo-credentials.json", CHECKOUT).read_text(encoding="utf-8"))
        return dict(said["client_ids"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
