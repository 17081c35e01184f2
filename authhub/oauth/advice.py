"""
Which flow should an application use (M-26)? Answers to a few questions in, a flow with its reasons out.

The one place where this is decided; pure but for asking which flows the server has. Legacy flows are never recommended:
they are named where they are what somebody described, with what to use in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authhub.models import ApplicationType
from authhub.oauth.flows import FLOWS, Flow

SERVER_SECRET = "it keeps its secret on its own server, so it proves itself at the token endpoint"
NO_SECRET = "whatever it holds, its user can read: it has no secret, and PKCE ties the code to who asked for it"
INJECTION = "PKCE also stops a stolen code from being used in another session (RFC 9700 §2.1.1)"


class ContradictionError(ValueError):
    """The answers describe no application; the message says which two do not go together."""


@dataclass(frozen=True)
class Answers:
    """
    What is known of the application; None: nothing was said, and what is usual for its type holds.

    `has_secret`: it can keep a secret from its users. `has_user`: it acts for a person. `has_browser`: there is a
    browser where it runs. `can_redirect`: that browser can lead back to it, by https, an app link or a loopback port.
    `needs_front_channel_id_token`: it must have the ID token before it calls the token endpoint. `calls_api`: it
    needs an access token besides. `takes_password`: its own form asks for the password. `has_pkce`: its library does.
    `works_offline`: it goes on working when the person has left.
    """

    application_type: ApplicationType | None = None
    has_secret: bool | None = None
    has_user: bool | None = None
    has_browser: bool | None = None
    can_redirect: bool | None = None
    needs_front_channel_id_token: bool | None = None
    calls_api: bool | None = None
    takes_password: bool | None = None
    has_pkce: bool | None = None
    works_offline: bool | None = None


QUESTIONS: Mapping[str, str] = {
    "has_user": "Does it act for a person who signs in?",
    "has_secret": "Can it keep a secret from its users, as a server can?",
    "has_browser": "Is there a browser where it runs?",
    "can_redirect": "Can that browser lead back to it (https, an app link, or a port on 127.0.0.1)?",
    "has_pkce": "Can its OAuth library do PKCE?",
    "calls_api": "Does it call an API for that person?",
    "works_offline": "Does it go on working when the person has left?",
    "needs_front_channel_id_token": "Must the ID token arrive in the browser, before the token endpoint is called?",
    "takes_password": "Must its own form ask for the person's password?",
}
"""The questions beside the type, by field of `Answers`, in the order in which to ask them."""

ASKED: Mapping[ApplicationType, tuple[str, ...]] = {
    ApplicationType.REGULAR_WEB: (
        "has_pkce",
        "calls_api",
        "works_offline",
        "needs_front_channel_id_token",
        "takes_password",
    ),
    ApplicationType.SPA: ("works_offline", "needs_front_channel_id_token", "takes_password"),
    ApplicationType.NATIVE: ("has_browser", "can_redirect", "works_offline", "takes_password"),
    ApplicationType.MACHINE_TO_MACHINE: (),
}
"""What is worth asking once the type is known; the rest follows from it."""


@dataclass(frozen=True)
class Advice:
    """
    The flow to use, why, and what to set up.

    `legacy` is the flow that was described, if that is one to stay away from; `legacy_reasons` say why.
    """

    application_type: ApplicationType
    flow: Flow
    reasons: tuple[str, ...]
    settings: tuple[str, ...]
    legacy: Flow | None = None
    legacy_reasons: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "application_type": self.application_type.value,
            **_flow_data(self.flow),
            "reasons": list(self.reasons),
            "settings": list(self.settings),
            "described": None
            if self.legacy is None
            else {
                **_flow_data(self.legacy),
                "reasons_against": list(self.legacy_reasons),
                "settings": list(FLOWS[self.legacy].settings),
                "instead": FLOWS[self.legacy].instead,
            },
        }


def advise(answers: Answers) -> Advice:
    """
    Return the flow for what the answers describe.

    Raises:
        ContradictionError: they go together for no application, or the type is missing and does not follow.
    """
    kind = _application_type(answers)
    _require_consistent(kind, answers)
    if kind is ApplicationType.MACHINE_TO_MACHINE:
        reasons = ("nobody signs in: it asks for itself, and the token's `sub` is `CLIENT_ID@clients`", SERVER_SECRET)
        return _advice(kind, Flow.CLIENT_CREDENTIALS, reasons, answers)
    if answers.has_browser is False or answers.can_redirect is False:
        where = "it has no browser" if answers.has_browser is False else "no browser can lead back to it"
        reasons = (f"{where}: the person signs in on another device, with a code that it shows", NO_SECRET)
        return _advice(kind, Flow.DEVICE, reasons, answers)
    if kind.is_public:
        return _advice(kind, Flow.CODE_PKCE, (NO_SECRET,), answers)
    if answers.has_pkce is False:
        return _advice(kind, Flow.CODE, (SERVER_SECRET, "its library has no PKCE, and a secret stands in"), answers)
    return _advice(kind, Flow.CODE_PKCE, (SERVER_SECRET, INJECTION), answers)


def _application_type(answers: Answers) -> ApplicationType:
    if answers.application_type is not None:
        return answers.application_type
    if answers.has_user is False:
        return ApplicationType.MACHINE_TO_MACHINE
    if answers.has_browser is False or answers.can_redirect is False:
        return ApplicationType.NATIVE
    if answers.has_secret:
        return ApplicationType.REGULAR_WEB
    raise ContradictionError("say what kind of application it is: its type does not follow from the answers")


def _require_consistent(kind: ApplicationType, answers: Answers) -> None:
    is_machine, is_native = kind is ApplicationType.MACHINE_TO_MACHINE, kind is ApplicationType.NATIVE
    wants_front = answers.needs_front_channel_id_token or answers.takes_password
    contradictions = {
        "a machine-to-machine application has no user; choose the type by where the application runs": is_machine
        and (bool(answers.has_user) or bool(wants_front)),
        "an application that signs people in has a user; without one its type is machine to machine": not is_machine
        and answers.has_user is False,
        "whatever a browser or a device holds, its user can read; if a server keeps the secret, the type is regular "
        "web application": kind.is_public and bool(answers.has_secret),
        "without a secret a machine cannot prove itself; if it runs at a person's, its type is native": is_machine
        and answers.has_secret is False,
        "a regular web application keeps its secret on its server; without a server its type is single-page "
        "application": kind is ApplicationType.REGULAR_WEB and answers.has_secret is False,
        "a web application is used in a browser, which can always lead back to it; what has no browser is a native "
        "application": not is_native
        and not is_machine
        and (answers.has_browser is False or answers.can_redirect is False),
        "without a secret and without PKCE nothing ties the code to who asked for it; take a library that has "
        "PKCE": kind.is_public and answers.has_pkce is False and not _needs_other_device(answers),
        "what has no browser can be sent nothing through one": bool(answers.needs_front_channel_id_token)
        and _needs_other_device(answers),
    }
    for sentence, is_so in contradictions.items():
        if is_so:
            raise ContradictionError(sentence)


def _needs_other_device(answers: Answers) -> bool:
    return answers.has_browser is False or answers.can_redirect is False


def _advice(kind: ApplicationType, flow: Flow, reasons: tuple[str, ...], answers: Answers) -> Advice:
    legacy, against = _described(answers)
    return Advice(kind, flow, reasons, _settings(kind, flow, answers), legacy, against)


def _described(answers: Answers) -> tuple[Flow | None, tuple[str, ...]]:
    """Return the legacy flow that the answers ask for, and what speaks against it."""
    if answers.takes_password:
        return Flow.PASSWORD, (
            "it teaches people to type their password into other sites, and makes a second factor impossible "
            "(RFC 9700 §2.4)",
        )
    if not answers.needs_front_channel_id_token:
        return None, ()
    against = (
        "what passes through the browser leaks by history, logs and referrers, and is bound to nobody "
        "(RFC 9700 §2.1.2)",
        "the token endpoint gives the ID token, too, one request later",
    )
    return (Flow.IMPLICIT if answers.calls_api is False else Flow.HYBRID), against


def _settings(kind: ApplicationType, flow: Flow, answers: Answers) -> tuple[str, ...]:
    steps = [f"register the application as “{kind.label}”", *FLOWS[flow].settings]
    if kind is ApplicationType.SPA:
        steps.append("register its origin, so that its scripts may call the token endpoint (CORS)")
    if kind is ApplicationType.NATIVE and flow is Flow.CODE_PKCE:
        steps.append("for a loopback redirect register `http://127.0.0.1/…` without a port (RFC 8252 §7.3)")
    if kind is not ApplicationType.MACHINE_TO_MACHINE and answers.works_offline:
        steps.append("ask for `offline_access`, give it the grant type `refresh_token`, and let the API allow it")
    return tuple(steps)


def _flow_data(flow: Flow) -> dict[str, Any]:
    facts = FLOWS[flow]
    return {
        "flow": flow.value,
        "title": facts.title,
        "grant_type": facts.grant_type.value,
        "references": list(facts.references),
        "is_enabled": facts.is_enabled,
    }
