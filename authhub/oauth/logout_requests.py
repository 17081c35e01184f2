"""Who asks for a sign-out, and where it may lead: OpenID Connect RP-Initiated Logout 1.0, and Auth0's older address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.utils.encoding import iri_to_uri

from authhub.conf import conf
from authhub.models import LoginSession
from authhub.oauth.applications import load_application
from authhub.oauth.claims import subject_of
from authhub.oauth.id_token_hints import Hint, InvalidHintError, read_hint


class LogoutRefusedError(Exception):
    """The request must not be followed; says why in a sentence for a person."""


@dataclass(frozen=True)
class LogoutRequest:
    """
    A sign-out that was asked for: by which application, if it says so, and where it leads, if anywhere.

    `target` was found registered. `hint` and `session_hint` say whose session is meant.
    """

    application: Any = None
    target: str = ""
    hint: Hint | None = None
    session_hint: str = ""

    def names(self, session: LoginSession) -> bool:
        """Return whether the application knows this very session; if not, the person is asked (LO01)."""
        if self.hint is not None:
            return self.hint.session_id == session.pk and self.hint.subject == subject_of(session.user)
        return self.session_hint == session.pk


def end_session_request(parameters: Mapping[str, str]) -> LogoutRequest:
    """
    Return what a request to the ``end_session_endpoint`` asks for (RP-Initiated Logout §2, §3).

    A ``post_logout_redirect_uri`` is compared byte for byte. One that nobody can be held to, since no application is
    named and the tenant has not listed it, is not followed: the person stays here.

    Raises:
        LogoutRefusedError: a hint, a client or an address is not ours.
    """
    try:
        hint = read_hint(parameters["id_token_hint"]) if "id_token_hint" in parameters else None
    except InvalidHintError as error:
        raise LogoutRefusedError(str(error)) from error
    client_id = parameters.get("client_id")
    application = hint.application if hint else _application(client_id)
    if hint is not None and client_id is not None and client_id != application.client_id:
        raise LogoutRefusedError("The id_token_hint is for another application than the client_id.")
    uri = parameters.get("post_logout_redirect_uri", "")
    if uri and uri not in _registered(application):
        if application is not None:
            raise LogoutRefusedError("The post_logout_redirect_uri is not one that the application has registered.")
        uri = ""
    state = parameters.get("state")
    if uri and state is not None:
        uri += ("&" if urlsplit(uri).query else "?") + urlencode({"state": state})
    return LogoutRequest(
        application=application, target=iri_to_uri(uri), hint=hint, session_hint=parameters.get("logout_hint", "")
    )


def v2_logout_request(parameters: Mapping[str, str]) -> LogoutRequest:
    """
    Return what a request to Auth0's ``/v2/logout`` asks for (`auth0.md` C.8, E-15).

    ``returnTo`` is one of the application's logout addresses, or of the tenant's if no ``client_id`` is given; its
    query and fragment do not count, everything else does. Without one the first address is taken. There are no wild
    cards: none can be registered.

    Raises:
        LogoutRefusedError: the client or the address is not ours.
    """
    application = _application(parameters.get("client_id"))
    registered = _registered(application)
    wanted = parameters.get("returnTo", "")
    if not wanted:
        return LogoutRequest(application=application, target=registered[0] if registered else "")
    if _without_query(wanted) not in {_without_query(uri) for uri in registered} - {None}:
        raise LogoutRefusedError("The returnTo address is not among the allowed logout addresses.")
    return LogoutRequest(application=application, target=iri_to_uri(wanted))


def _application(client_id: str | None) -> Any:
    if client_id is None:
        return None
    application = load_application(client_id)
    if application is None:
        raise LogoutRefusedError("The client_id is not one of an application of this server.")
    return application


def _registered(application: Any) -> list[str]:
    return conf.logout_urls if application is None else application.post_logout_redirect_uris.split()


def _without_query(uri: str) -> tuple[str, str, str] | None:
    """Return scheme, host and path of an address as browsers read it, or None if they may read it otherwise than we."""
    if any(not 32 < ord(character) < 127 for character in uri) or "\\" in uri:
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https")
    if is_web and not parts.netloc:
        return None
    return parts.scheme, parts.netloc.lower(), parts.path or ("/" if is_web else "")
