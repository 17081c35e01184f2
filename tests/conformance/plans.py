"""What the OpenID Foundation's conformance plans look at: the modules of suite version 5.2.4, by plan, in our words."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

WORDS = tomllib.loads(Path(__file__).with_name("modules.toml").read_text())
MODULES: Mapping[str, str] = WORDS["looks_at"]
"""What each module looks at."""
REFUSED: Mapping[str, str] = WORDS["refused"]
"""Where a refusal is our answer: what the test of the module proves."""

SCOPES = tuple(f"oidcc-scope-{name}" for name in ("profile", "email", "address", "phone", "all"))
USERINFO = tuple(f"oidcc-userinfo-{name}" for name in ("get", "post-header", "post-body"))
REQUESTS = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    *USERINFO,
    *SCOPES,
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
)
"""What Basic, Implicit and Hybrid share."""
CODES = (
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-server-client-secret-post",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
)
"""What Basic and Hybrid share beside."""
BASIC = (*REQUESTS, *CODES, "oidcc-idtoken-unsigned", "oidcc-ensure-post-request-succeeds")
IMPLICIT = (*REQUESTS, "oidcc-ensure-request-without-nonce-fails")
HYBRID = (*REQUESTS, *CODES, "oidcc-ensure-request-without-nonce-fails")


@dataclass(frozen=True)
class Plan:
    """A certification plan: its name in the suite, its title on our page, and its modules."""

    name: str
    title: str
    modules: tuple[str, ...]


PLANS = (
    Plan("config", "Config", ("oidcc-discovery-endpoint-verification",)),
    Plan("basic", "Basic", BASIC),
    Plan("formpost-basic", "Form Post Basic", BASIC),
    Plan("implicit", "Implicit", IMPLICIT),
    Plan("formpost-implicit", "Form Post Implicit", IMPLICIT),
    Plan("hybrid", "Hybrid", HYBRID),
    Plan("formpost-hybrid", "Form Post Hybrid", HYBRID),
    Plan(
        "rp-initiated-logout",
        "RP-Initiated Logout",
        tuple(name for name in MODULES if name.startswith("oidcc-rp-initiated-logout")),
    ),
    Plan(
        "session-management",
        "Session Management",
        tuple(name for name in MODULES if name.startswith("oidcc-session-management")),
    ),
    Plan(
        "frontchannel-rp-initiated-logout",
        "Front-Channel Logout",
        tuple(name for name in MODULES if name.startswith("oidcc-frontchannel")),
    ),
    Plan(
        "backchannel-rp-initiated-logout",
        "Back-Channel Logout",
        tuple(name for name in MODULES if name.startswith("oidcc-backchannel")),
    ),
    Plan(
        "3rdparty-init-login",
        "Third-Party-Initiated Login",
        tuple(name for name in MODULES if name.startswith("oidcc-3rd_party")),
    ),
    Plan(
        "dynamic",
        "Dynamic",
        (
            "oidcc-idtoken-rs256",
            "oidcc-idtoken-unsigned",
            "oidcc-userinfo-rs256",
            "oidcc-ensure-redirect-uri-in-authorization-request",
            "oidcc-redirect-uri-query-OK",
            "oidcc-redirect-uri-query-mismatch",
            "oidcc-redirect-uri-query-added",
            "oidcc-redirect-uri-regfrag",
            "oidcc-discovery-endpoint-verification",
            "oidcc-server",
            "oidcc-registration-logo-uri",
            "oidcc-registration-policy-uri",
            "oidcc-registration-tos-uri",
            "oidcc-registration-jwks-uri",
            "oidcc-registration-sector-uri",
            "oidcc-registration-sector-bad",
            "oidcc-server-rotate-keys",
            "oidcc-refresh-token-rp-key-rotation",
            "oidcc-request-uri-unsigned",
            "oidcc-request-uri-signed-rs256",
            "oidcc-ensure-request-object-with-redirect-uri",
            "oidcc-refresh-token",
            "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
        ),
    ),
)
"""The plans, in the order of the page."""


def plans_of(module: str, plan: str) -> tuple[str, ...]:
    """
    Return the plans that a marked test counts for: the one it names or ran with (`plan`), if that has the module.

    A test that names none counts for the first plan that has the module: what was seen with a code proves nothing
    about the other response types, and what was seen of a registered client nothing about one that registers itself.
    """
    having = [known.name for known in PLANS if module in known.modules]
    if plan:
        return (plan,) if plan in having else ()
    return tuple(having[:1])
