"""A person signs in in a browser: the authorization code with PKCE (RFC 7636), received on a port of this machine (RFC 8252, 7.3)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from overtone_client.problems import SignInFailed, json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PORT = 8765
"""The return address must be one of the stack's `SignInUrls`: `http://localhost:8765/signed-in`."""
PATH = "/signed-in"
WAIT_SECONDS = 300
_ANSWER = "<!doctype html><html lang=en><meta charset=utf-8><title>Overtone</title><p>{}</p>"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt: what the browser is sent with, and what proves later that the answer is to it."""

    authorize_url: str
    client_id: str
    return_url: str
    state: str
    verifier: str

    @classmethod
    def new(cls, authorize_url: str, client_id: str, return_url: str) -> SignIn:
        """An attempt with a state and a verifier of its own."""
        return cls(authorize_url, client_id, return_url, secrets.token_urlsafe(32), secrets.token_urlsafe(64))

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def url(self, scopes: Sequence[str]) -> str:
        """Where the person goes."""
        query = {"response_type": "code", "client_id": self.client_id, "redirect_uri": self.return_url, "state": self.state}
        proof = {"scope": " ".join(scopes), "code_challenge": self.challenge, "code_challenge_method": "S256"}
        return f"{self.authorize_url}?{urlencode(query | proof)}"

    def code(self, answered: str) -> str:
        """The code of the address to which the browser returned; raises `SignInFailed`."""
        answer = {name: values[0] for name, values in parse_qs(urlsplit(answered).query).items()}
        if not secrets.compare_digest(answer.get("state", "").encode(), self.state.encode()):
            raise SignInFailed("the browser came back from another sign-in (its state is not ours); begin again")
        if "code" not in answer:
            raise SignInFailed(f"the sign-in was refused: {answer.get('error_description') or answer.get('error') or 'no code came'}")
        return answer["code"]

    def refresh_token(self, token_url: str, code: str) -> str:
        """The token that later gets access tokens; raises `SignInFailed`."""
        form = {"grant_type": "authorization_code", "client_id": self.client_id, "redirect_uri": self.return_url}
        try:
            response = httpx.post(token_url, data=form | {"code": code, "code_verifier": self.verifier})
        except httpx.TransportError as error:
            raise SignInFailed(f"{token_url!r} did not answer ({error!r}); is the token URL right? Then sign in again") from error
        token = json_object(response).get("refresh_token")
        if response.is_error or not isinstance(token, str) or not token:
            raise SignInFailed(f"{token_url} gave no refresh token: {response.status_code} {response.text[:200]}")
        return token


class Listener:
    """Waits on a port of this machine for the browser to return."""

    def __init__(self, port: int = PORT, wait_seconds: float = WAIT_SECONDS) -> None:
        returned: list[str] = []
        overdue: list[bool] = []

        class Waiting(HTTPServer):
            """A server that says when nobody came."""

            def handle_timeout(self) -> None:
                overdue.append(True)

        class Return(BaseHTTPRequestHandler):
            """Takes the one address that counts."""

            def do_GET(self) -> None:
                counts = urlsplit(self.path).path == PATH
                if counts:
                    returned.append(self.path)
                self.send_response(200 if counts else 404)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(_ANSWER.format("Signed in; you may close this page." if counts else "Nothing is here.").encode())

            def log_message(self, *_said: Any) -> None:  # noqa: ANN401 - the base class's
                """Say nothing on the terminal: addresses hold the code."""

        self._returned, self._overdue = returned, overdue
        self._server = Waiting(("127.0.0.1", port), Return)
        self._server.timeout = wait_seconds

    @property
    def url(self) -> str:
        """The return address."""
        return f"http://localhost:{self._server.server_address[1]}{PATH}"

    def wait(self) -> str:
        """The address to which the browser returned; raises `SignInFailed` when nobody comes."""
        try:
            while not self._returned:
                self._server.handle_request()
                if self._overdue:
                    raise SignInFailed(f"nobody signed in within {self._server.timeout} seconds")
        finally:
            self._server.server_close()
        return self._returned[0]


def sign_in(
    authorize_url: str, token_url: str, client_id: str, scopes: Sequence[str], listener: Listener, show: Callable[[str], object]
) -> str:
    """Send a person to the sign-in page (`show` opens it) and come back with a refresh token; raises `SignInFailed`."""
    attempt = SignIn.new(authorize_url, client_id, listener.url)
    show(attempt.url(scopes))
    return attempt.refresh_token(token_url, attempt.code(listener.wait()))
