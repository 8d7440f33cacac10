"""Access tokens as Cognito would sign them, with the key that moto publishes for its user pools.

They live on the wall clock, not on the stack's: moving the clock a month ahead must not log everybody out.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from joserfc import jwt
from moto.cognitoidp.models import cognitoidp_backends
from moto.cognitoidp.responses import CognitoIdpJsonWebKeyResponse

from local.aws import ACCOUNT, REGION

LIFETIME_SECONDS = 12 * 3600
PREFIX = "overtone/"


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


def documents(url: str) -> bytes:
    """What an issuer publishes: its discovery document, and the key that moto signs for every pool with."""
    if url.endswith("/jwks.json"):
        return bytes(CognitoIdpJsonWebKeyResponse.json_web_key)
    root = url.removesuffix("/.well-known/openid-configuration")
    return json.dumps({"issuer": root, "jwks_uri": f"{root}/.well-known/jwks.json"}).encode()


def public_key() -> dict[str, Any]:
    """The key that moto publishes for its pools."""
    key: dict[str, Any] = json.loads(CognitoIdpJsonWebKeyResponse.json_web_key)["keys"][0]
    return key
