"""Sessions: who is signed in, in a cookie that only this stack can read or write.

AES-256-GCM under a key of the stack (NIST SP 800-38D); what a cookie is for is part of what is authenticated, so that one kind never
passes for another. No token of the identity provider is in it, nor anywhere in the browser.
"""

import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from overtone.api.caller import ADMIN, FINANCE
from overtone.aws.secret_key import session_key
from overtone.config import settings

SESSION_COOKIE: Final = "__Host-session"
SIGNING_IN_COOKIE: Final = "__Host-signing-in"
SESSION_SECONDS: Final = 3600
"""After an hour the person passes the sign-in page again, which asks for nothing while the provider still knows the browser."""
SIGNING_IN_SECONDS: Final = 600
COOKIE_BYTES_MAX: Final = 4_000
_FLAGS: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in: what the token said, and the secret that every form of the session repeats."""

    user: str
    name: str
    party_id: str
    client_id: str
    scopes: tuple[str, ...]
    form_key: str
    kind: str = ""
    """What the party is, such as a society: which pages are offered goes by it, and no permission does."""

    def may(self, *scopes: str) -> bool:
        """Whether a link is worth showing. The API decides, again and by itself, when it is followed."""
        return ADMIN in self.scopes or any(scope in self.scopes for scope in scopes)

    @property
    def is_finance(self) -> bool:
        """Whether the person works for the office rather than for a party."""
        return self.may(FINANCE)

    def owns(self, form: Mapping[str, str]) -> bool:
        """Whether a form was made for this session."""
        return hmac.compare_digest(form.get("form_key", "").encode(), self.form_key.encode())

    def cookie(self) -> str:
        """The session as `Set-Cookie` has it."""
        return _cookie(SESSION_COOKIE, _sealed(SESSION_COOKIE, asdict(self), SESSION_SECONDS), SESSION_SECONDS)


def new_secret() -> str:
    """Two hundred and fifty-six random bits in letters and digits that a URL may hold."""
    return secrets.token_urlsafe(32)


def person_of(cookies: Iterable[str]) -> SignedIn | None:
    """Who is signed in, as the cookies of a request say it."""
    found = _opened(SESSION_COOKIE, cookies)
    return SignedIn(**{**found, "scopes": tuple(found["scopes"])}) if found else None


def signing_in(content: Mapping[str, str]) -> str:
    """A cookie that remembers, until the person comes back from the sign-in page, what it was asked for."""
    return _cookie(SIGNING_IN_COOKIE, _sealed(SIGNING_IN_COOKIE, content, SIGNING_IN_SECONDS), SIGNING_IN_SECONDS)


def signing_in_of(cookies: Iterable[str]) -> dict[str, Any] | None:
    """What `signing_in` remembered."""
    return _opened(SIGNING_IN_COOKIE, cookies)


def forgotten(name: str) -> str:
    """A cookie that removes itself."""
    return f"{name}=; {_FLAGS}; Max-Age=0"


def _cookie(name: str, value: str, seconds: int) -> str:
    return f"{name}={value}; {_FLAGS}; Max-Age={seconds}"


def _sealed(kind: str, content: Mapping[str, Any], seconds: int) -> str:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = orjson.dumps({"content": content, "until": int(time.time()) + seconds})
    sealed = AESGCM(session_key(settings().session_secret)).encrypt(nonce, plain, kind.encode())
    return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def _opened(kind: str, cookies: Iterable[str]) -> dict[str, Any] | None:
    text = next((value for name, _, value in (cookie.strip().partition("=") for cookie in cookies) if name == kind), "")
    if not text or len(text) > COOKIE_BYTES_MAX:
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = AESGCM(session_key(settings().session_secret)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], kind.encode())
    except (ValueError, InvalidTag):
        return None
    found = orjson.loads(plain)
    return found["content"] if found["until"] > time.time() else None
