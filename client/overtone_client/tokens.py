"""Tokens: how a call is signed in, for the sync and the async client alike.

Each class fetches a token when there is none, keeps it until shortly before it expires, and fetches another where the API says 401.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import httpx

from overtone_client.problems import SignInFailed, json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

SPARE_SECONDS = 60
"""A token is not used in its last minute: a call may take that long."""
_UNAUTHORIZED = 401
_LIFETIME_SECONDS = 300
"""Of a token whose issuer does not say how long it lives."""


class _IssuedToken(httpx.Auth):
    """A token that an issuer gives."""

    requires_response_body = True

    def __init__(self) -> None:
        self._token = ""
        self._until = 0.0
        self._lock = threading.Lock()

    @abstractmethod
    def question(self) -> httpx.Request:
        """The request that is answered with a token."""

    def keep(self, answer: dict[str, Any]) -> None:
        """Keep what the issuer answered; raises `SignInFailed`."""
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise SignInFailed("the issuer answered without an access_token; is the token URL right?")
        with self._lock:
            self._token = token
            self._until = time.time() + float(answer.get("expires_in", _LIFETIME_SECONDS)) - SPARE_SECONDS

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """What httpx runs for each call."""
        if time.time() >= self._until:
            yield from self._fetch()
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            yield from self._fetch()
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _fetch(self) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield self.question()
        answer = json_object(response)
        if response.is_error:
            reason = answer.get("error") or answer.get("message") or ""
            raise SignInFailed(f"{response.request.url.host} gave no token: {response.status_code} {reason}".rstrip())
        self.keep(answer)


class MachineToken(_IssuedToken):
    """The client-credentials grant (RFC 6749, section 4.4): what a platform's or a lab's machine signs in with."""

    def __init__(self, token_url: str, client_id: str, secret: str, scopes: Sequence[str] = ()) -> None:
        super().__init__()
        self._url, self._client, self._secret, self._scopes = token_url, client_id, secret, scopes

    def question(self) -> httpx.Request:
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(self._scopes)} if self._scopes else {})
        request = httpx.Request("POST", self._url, data=form)
        return next(httpx.BasicAuth(self._client, self._secret).auth_flow(request))


class PersonToken(_IssuedToken):
    """A person who signed in in a browser: the refresh token gets access tokens. `renewed` hears of a refresh token that replaces it."""

    def __init__(self, token_url: str, client_id: str, refresh_token: str, renewed: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._url, self._client, self._refresh, self._renewed = token_url, client_id, refresh_token, renewed

    def question(self) -> httpx.Request:
        form = {"grant_type": "refresh_token", "client_id": self._client, "refresh_token": self._refresh}
        return httpx.Request("POST", self._url, data=form)

    def keep(self, answer: dict[str, Any]) -> None:
        super().keep(answer)
        newer = answer.get("refresh_token")
        if isinstance(newer, str) and newer != self._refresh:
            self._refresh = newer
            if self._renewed is not None:
                self._renewed(newer)


class LocalToken(_IssuedToken):
    """A token of `make serve`, for any party and any scopes."""

    def __init__(self, api: str, party_id: str, scopes: Sequence[str]) -> None:
        super().__init__()
        self._url, self._body = f"{api.rstrip('/')}/_local/token", {"party_id": party_id, "scope": " ".join(scopes)}

    def question(self) -> httpx.Request:
        return httpx.Request("POST", self._url, json=self._body)


class FixedToken(httpx.Auth):
    """A token that somebody else fetched."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """What httpx runs for each call."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request
