"""Access tokens as Cognito would sign them, with the key that moto publishes for its user pools.

They live on the wall clock, not on the stack's: moving the clock a month ahead must not log everybody out.
"""

from __future__ import annotations

import gzip
import json
import time
import uuid
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from local.aws import REGION

LIFETIME_SECONDS = 12 * 3600
KEPT_SECONDS = 3600
"""How long one token serves whoever calls by the name of a party: to sign takes longer than what many a request asks for."""
KEPT_MAX = 10_000
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
    return jwt.encode({"alg": "RS256", "kid": "dummy"}, payload, _private_key())


def of_this_hour(pool_id: str, client_id: str, scope: str, party_id: str | None) -> str:
    """A token that acts for a party, the same one for an hour."""
    return _kept(int(time.time()) // KEPT_SECONDS, pool_id, client_id, scope, party_id)


@lru_cache(KEPT_MAX)
def _kept(_hour: int, pool_id: str, client_id: str, scope: str, party_id: str | None) -> str:
    return sign(pool_id, client_id, scope, {"party_id": party_id} if party_id else {})


@cache
def _private_key() -> RSAKey:
    return RSAKey.import_key(json.loads(_of_moto("private")))


def documents(url: str) -> bytes:
    """What an issuer publishes: its discovery document, and the key that moto signs for every pool with."""
    if url.endswith("/jwks.json"):
        return _of_moto("public")
    root = url.removesuffix("/.well-known/openid-configuration")
    return json.dumps({"issuer": root, "jwks_uri": f"{root}/.well-known/jwks.json"}).encode()


def public_key() -> dict[str, Any]:
    """The key that moto publishes for its pools."""
    key: dict[str, Any] = json.loads(_of_moto("public"))["keys"][0]
    return key


@cache
def _of_moto(kind: str) -> bytes:
    return gzip.decompress((files("moto.cognitoidp") / f"resources/jwks-{kind}.json.gz").read_bytes())
