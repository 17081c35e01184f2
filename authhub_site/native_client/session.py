"""A sign-in that lasts: hands out an access token that is good, and renews it with the refresh token when it is not."""

import json
from typing import Any
from urllib.parse import urlencode

from authhub.resource_server.fetching import Answer, FetchError, send
from authhub_site.native_client.authorization_server import TIMEOUT_SECONDS, AuthorizationServer, RefusedError
from authhub_site.native_client.problems import NativeClientError, NotPermittedError, NotSignedInError
from authhub_site.native_client.token_store import TokenStore
from authhub_site.native_client.tokens import Tokens, identified, renewed

ENDED = "the sign-in has ended; run login again"


class Session:
    """What the commands work with. Methods raise NotSignedInError when there is no sign-in any more."""

    def __init__(self, server: AuthorizationServer, store: TokenStore, api_url: str) -> None:
        self._server = server
        self._store = store
        self._api_url = api_url

    def tokens(self, *, other_than: str = "") -> Tokens:
        """
        Return tokens that are good now, renewed if need be.

        `other_than` is an access token that was refused: it is renewed although it seems good.
        """
        with self._store.locked():
            kept = self._store.load()
            if kept is None:
                raise NotSignedInError("nobody is signed in; run login")
            if kept.is_fresh and kept.access_token != other_than:
                return kept
            if not kept.refresh_token:
                raise NotSignedInError(ENDED)
            form = {"grant_type": "refresh_token", "refresh_token": kept.refresh_token, "client_id": kept.client_id}
            try:
                said = self._server.ask("token_endpoint", form)
            except RefusedError as error:
                if error.error != "invalid_grant":
                    raise
                self._store.clear()
                raise NotSignedInError(ENDED) from error
            # Kept before anything else is looked at: the old refresh token is spent.
            after = renewed(kept, said)
            self._store.save(after)
            after = identified(after, said, self._server)
            self._store.save(after)
            return after

    def begin(self, tokens: Tokens) -> None:
        """Keep a new sign-in, and give back the one before."""
        with self._store.locked():
            before = self._store.load()
            self._store.save(tokens)
        if before is not None and before.refresh_token:
            try:
                self._server.revoke(before.refresh_token, before.client_id)
            except NativeClientError:
                return  # it ends by itself

    def end(self) -> Tokens | None:
        """
        Forget the sign-in, then revoke it at the server; return what there was.

        Raises:
            NativeClientError: it is forgotten here, but the server could not be told.
        """
        with self._store.locked():
            kept = self._store.load()
            self._store.clear()
        if kept is not None and kept.refresh_token:
            try:
                self._server.revoke(kept.refresh_token, kept.client_id)
            except NativeClientError as error:
                raise NativeClientError(f"signed out here, but the server was not told: {error}") from error
        return kept

    def end_session_url(self, kept: Tokens) -> str:
        """Return where the browser's sign-in ends (OpenID Connect RP-Initiated Logout §2), or nothing if nowhere."""
        endpoint = self._server.metadata.get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return ""
        return f"{endpoint}?{urlencode({'id_token_hint': kept.id_token, 'client_id': kept.client_id})}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """
        Send a request to the API and return the JSON that it answers.

        Raises:
            NotPermittedError: the access token does not carry the scope (RFC 6750 §3.1).
        """
        tokens = self.tokens()
        answer = self._send(method, path, body, tokens)
        if answer.status == 401:  # revoked, or signed by a key that is gone: once more with a new one
            answer = self._send(method, path, body, self.tokens(other_than=tokens.access_token))
        if answer.status in (200, 201):
            try:
                return answer.json()
            except ValueError as error:
                raise NativeClientError("the API's answer is no JSON") from error
        match answer.status:
            case 401:
                raise NotSignedInError(ENDED)
            case 403:
                raise NotPermittedError("your roles do not allow this")
            case 404:
                raise NativeClientError("there is no such timesheet")
            case 400:
                raise NativeClientError(f"the API did not accept it: {_sentence(answer)}")
        raise NativeClientError(f"the API answered {answer.status}")

    def _send(self, method: str, path: str, body: Any, tokens: Tokens) -> Answer:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {tokens.access_token}"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        url = f"{self._api_url}/{path}"
        try:
            return send(url, method=method, data=data, headers=headers, timeout_seconds=TIMEOUT_SECONDS)
        except FetchError as error:
            raise NativeClientError(str(error)) from error


def _sentence(answer: Answer) -> str:
    try:
        said = answer.json()
    except ValueError:
        return "no reason was given"
    if not isinstance(said, dict):
        return "no reason was given"
    return "; ".join(
        f"{name}: {' '.join(map(str, texts)) if isinstance(texts, list) else texts}" for name, texts in said.items()
    )
