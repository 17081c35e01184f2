"""
The seven flows that Auth0 documents: what each is for and needs, and what to use in place of the legacy ones (M-26).

A catalogue: it decides nothing. `advice` chooses from it; the admin's page, `authhub_advise` and the table of
docs/explanation/which-flow.md show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from authhub.models import GrantType
from authhub.oauth.grant_types import enabled_grant_types

CODE_WITH_PKCE = "code with PKCE"


class Flow(StrEnum):
    """The seven, by short names for scripts."""

    CODE_PKCE = "code_pkce"
    CODE = "code"
    CLIENT_CREDENTIALS = "client_credentials"
    IMPLICIT = "implicit_form_post"
    HYBRID = "hybrid"
    DEVICE = "device_code"
    PASSWORD = "password"


@dataclass(frozen=True)
class FlowFacts:
    """
    What is known of a flow; Markdown where it is prose.

    `wire` is what the application sends, `availability` what must be done before it may, `instead` what to use in its
    place and where, `settings` the steps at authhub.
    """

    title: str
    grant_type: GrantType
    wire: str
    purpose: str
    availability: str
    references: tuple[str, ...]
    settings: tuple[str, ...]
    instead: str = ""
    is_legacy: bool = False

    @property
    def is_enabled(self) -> bool:
        """Whether this server has it; each application opts in besides."""
        return self.grant_type.value in enabled_grant_types()


_LEGACY_SETTING = 'name `{0}` in `AUTHHUB["LEGACY_GRANT_TYPES"]`: the flow is off for the whole server until then'
_OPT_IN = "give the application the grant type `{0}` in the admin"
_REDIRECT = "register the redirect URI; it is compared character by character"

FLOWS: Mapping[Flow, FlowFacts] = {
    Flow.CODE_PKCE: FlowFacts(
        "Authorization code with PKCE",
        GrantType.AUTHORIZATION_CODE,
        "`code` → `authorization_code` with `code_verifier`",
        "single-page and native applications, and web applications too",
        "**yes**; S256 only, required of every application that signs people in",
        ("RFC 6749 §4.1", "RFC 7636", "RFC 9700 §2.1.1"),
        (_REDIRECT, "send `code_challenge` with `code_challenge_method=S256`"),
    ),
    Flow.CODE: FlowFacts(
        "Authorization code (without PKCE)",
        GrantType.AUTHORIZATION_CODE,
        "`code` → `authorization_code`",
        "a web application with a secret whose library cannot do PKCE",
        "**yes**, after the application, which must keep a secret, has opted out of PKCE",
        ("RFC 6749 §4.1", "RFC 9700 §2.1.1"),
        (
            _REDIRECT,
            "switch off “require PKCE” in its page",
            "send `nonce`, and check it in the ID token",
        ),
        instead="PKCE, wherever the library has it",
    ),
    Flow.CLIENT_CREDENTIALS: FlowFacts(
        "Client credentials",
        GrantType.CLIENT_CREDENTIALS,
        "`client_credentials`",
        "a job or service without a user",
        "**yes**; the API must have given the application access",
        ("RFC 6749 §4.4",),
        ("give the application access to the API, with the permissions that it needs, in the application's page",),
    ),
    Flow.IMPLICIT: FlowFacts(
        "Implicit with form post",
        GrantType.IMPLICIT,
        "`id_token` or `id_token token`, `response_mode=form_post`",
        "signing in at a page that only takes a form post (`express-openid-connect`'s default)",
        "**off** until [`LEGACY_GRANT_TYPES`](../reference/settings.md) names `implicit` and the application opts in",
        ("OIDC Core §3.2", "OAuth 2.0 Form Post Response Mode", "RFC 9700 §2.1.2"),
        (_LEGACY_SETTING.format("implicit"), _OPT_IN.format("implicit"), _REDIRECT, "send `nonce`"),
        instead=CODE_WITH_PKCE,
        is_legacy=True,
    ),
    Flow.HYBRID: FlowFacts(
        "Hybrid",
        GrantType.IMPLICIT,
        "`code id_token`, `code token`, …",
        "an ID token in the front channel, the rest by code",
        "**off**, as implicit; the application also needs `authorization_code`",
        ("OIDC Core §3.3", "RFC 9700 §2.1.2"),
        (
            _LEGACY_SETTING.format("implicit"),
            _OPT_IN.format("implicit"),
            _REDIRECT,
            "send `nonce`, and compare `c_hash` with the code",
        ),
        instead=CODE_WITH_PKCE,
        is_legacy=True,
    ),
    Flow.DEVICE: FlowFacts(
        "Device authorization",
        GrantType.DEVICE_CODE,
        "`urn:ietf:params:oauth:grant-type:device_code`",
        "televisions, terminals (RFC 8628)",
        "**yes**, for native applications and others that list the grant type: [how to](../how-to/device-flow.md)",
        ("RFC 8628",),
        (
            "native applications have the grant type; give it to others in the admin",
            "poll no faster than `interval` says, and slower after `slow_down`",
        ),
        instead="on a machine with a browser: code with PKCE and a loopback redirect (RFC 8252 §7.3)",
    ),
    Flow.PASSWORD: FlowFacts(
        "Resource owner password",
        GrantType.PASSWORD,
        "`password`",
        "migrating a form that takes passwords",
        "**off** until [`LEGACY_GRANT_TYPES`](../reference/settings.md) names `password` and the application, "
        "one of our own, opts in",
        ("RFC 6749 §4.3", "RFC 9700 §2.4"),
        (_LEGACY_SETTING.format("password"), _OPT_IN.format("password"), "it must be one of your own applications"),
        instead="code with PKCE; for a developer's token, `authhub_token`; for a job, client credentials",
        is_legacy=True,
    ),
}


def markdown_table() -> str:
    """Return the catalogue as the table of docs/explanation/which-flow.md, without a line break at its end."""
    head = ("Flow", "`response_type` / `grant_type`", "For", "In authhub", "Use instead")
    body = [
        (facts.title, facts.wire, facts.purpose, facts.availability, facts.instead or "") for facts in FLOWS.values()
    ]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join(row)} |".replace("|  |", "| |") for row in body]
    return "\n".join(lines)
