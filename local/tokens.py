"""Access tokens as Cognito would sign them, with the key that moto publishes for its user pools.

They live on the wall clock, not on the stack's: moving the clock a month ahead must not log everybody out.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from moto.cognitoidp.models import cognitoidp_backends
from moto.cognitoidp.responses import CognitoIdpJsonWebKeyResponse

from local.aws import ACCOUNT, REGION

LIFETIME_SECONDS = 12 * 3600
PREFIX = "overtone/"


class Refused(Exception):
    """The token is not one that the authorizer accepts."""


def issuer(pool_id: str) -> str:
    """The issuer of a pool's tokens, as in its discovery document."""
    return f"https://cognito-idp.{REGION}.amazonaws.com/{pool_id}"


def sign(pool_id: str, client_id: str, scope: str, claims: dict[str, Any]) -> str:
    """An access token of the client-credentials grant. Scopes get the resource server's prefix, as Cognito's have."""
    now = int(time.time())
    scopes = [name if name.startswith(PREFIX) else PREFIX + name for name in scope.split()]
    payload = {
        "iss": issuer(pool_id),
        "sub": client_id,
        "client_id": client_id,
        "token_use": "access",
        "scope": " ".join(scopes),
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": str(uuid.uuid4()),
        **claims,
    }
    key = cognitoidp_backends[ACCOUNT][REGION].user_pools[pool_id].json_web_key
    return jwt.encode({"alg": "RS256", "kid": "dummy"}, payload, key)


def claims_of(header: str | None, accepted_issuer: str, audience: list[str]) -> dict[str, Any]:
    """The claims behind an Authorization header; raises `Refused` as the API's JWT authorizer does."""
    if not header:
        raise Refused("no token")
    text = header[7:] if header[:7].lower() == "bearer " else header
    try:
        claims = jwt.decode(text.strip(), _public_key(), algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise Refused(str(error)) from error
    if claims.get("iss") != accepted_issuer:
        raise Refused("issuer")
    if float(claims.get("exp", 0)) <= time.time() or float(claims.get("nbf", 0)) > time.time():
        raise Refused("expired")
    accepted = {claims.get("client_id")} | set(_listed(claims.get("aud")))
    if not accepted & set(audience):
        raise Refused("audience")
    return dict(claims)


def _public_key() -> RSAKey:
    return RSAKey.import_key(json.loads(CognitoIdpJsonWebKeyResponse.json_web_key)["keys"][0])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
