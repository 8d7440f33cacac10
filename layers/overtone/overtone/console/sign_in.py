"""Signing in with Cognito: the authorization code flow with PKCE (RFC 6749, RFC 7636), all of it on this side of the browser.

The browser carries a code that is worth nothing without the verifier, which is sealed in a cookie, and a state bound to that cookie.
What the person may do is read from the access token by the same code that the API's authorizer runs.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import jwt

from overtone.api.authorization import grant_of
from overtone.aws import token_endpoint
from overtone.config import settings
from overtone.console import session
from overtone.console.session import SignedIn

RETURN_PATH: Final = "/console/signed-in"
_INSIDE: Final = re.compile(r"/console(/[A-Za-z0-9._~:@%+=,/-]*)?(\?[A-Za-z0-9._~:@%+=,/&-]*)?\Z", re.ASCII)
"""Where a person may be sent back to: a page of the console, and no other place."""
_BACK_LENGTH_MAX: Final = 2_000
"""Of what is remembered: a cookie has room for twice that, and one that is larger is lost with the sign-in itself."""


class Departure(NamedTuple):
    """Where the browser goes to sign in, and the cookie that it takes along."""

    location: str
    cookie: str


def inside(path: str) -> str:
    """The path if it is one of the console's own and a cookie can remember it, else its front page."""
    is_kept = len(path) <= _BACK_LENGTH_MAX and _INSIDE.match(path) and "//" not in path.partition("?")[0]
    return path if is_kept else "/console"


def return_url(domain: str) -> str:
    """Where the sign-in page sends a person back to: of the URLs that the stack was given, the one of this domain, else the first."""
    urls = [url for url in settings().sign_in_urls.split(",") if url.endswith(RETURN_PATH)]
    return next((url for url in urls if urlsplit(url).netloc == domain), urls[0] if urls else "")


def departure(domain: str, back: str) -> Departure:
    """The way to the sign-in page."""
    state, verifier = session.new_secret(), session.new_secret()
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": settings().people_client_id,
        "redirect_uri": return_url(domain),
        "scope": "openid",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    cookie = session.signing_in({"state": state, "verifier": verifier, "back": inside(back)})
    return Departure(f"{settings().sign_in_url}/oauth2/authorize?{urlencode(asked)}", cookie)


def arrival(domain: str, cookies: Sequence[str], code: str, state: str) -> tuple[SignedIn, str] | None:
    """Who came back from the sign-in page and where that person wanted to go; `None` where any of it does not fit together."""
    asked = session.signing_in_of(cookies)
    if not asked or not code or not hmac.compare_digest(asked["state"].encode(), state.encode()):
        return None
    form = {
        "grant_type": "authorization_code",
        "client_id": settings().people_client_id,
        "code": code,
        "redirect_uri": return_url(domain),
        "code_verifier": asked["verifier"],
    }
    tokens = token_endpoint.exchanged(f"{settings().sign_in_url}/oauth2/token", form)
    grant = grant_of(str(tokens.get("access_token", "")))
    if grant is None:
        return None
    name = _name(str(tokens.get("id_token", ""))) or grant.party_id or grant.user
    person = SignedIn(grant.user, name, grant.party_id, grant.client_id, tuple(sorted(grant.scopes)), session.new_secret())
    return person, asked["back"]


def departure_from_provider(domain: str) -> str:
    """Where a person signs out of the identity provider as well."""
    asked = {"client_id": settings().people_client_id, "logout_uri": return_url(domain)}
    return f"{settings().sign_in_url}/logout?{urlencode(asked)}"


def _name(id_token: str) -> str:
    """What the person is called. The token came from the provider over TLS, which vouches for it (OpenID Connect Core 3.1.3.7, 6)."""
    try:
        claims: dict[str, Any] = jwt.decode(id_token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("name") or claims.get("email") or claims.get("cognito:username") or "")[:200]
