"""Whose token a request carries, and what it opens: decided once, by the authorizer, and kept by API Gateway for five minutes.

A token is one of three kinds. The operator's own client and people who sign in are known to the stack; any other machine client acts
for the party that it is bound to in the registry, and for nobody once it is not: a new partner needs no deployment, and a binding
that is taken away counts as soon as what API Gateway keeps is five minutes old.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import jwt

from overtone.api.caller import ADMIN, FINANCE, SCOPE_PREFIX
from overtone.aws import signing_keys
from overtone.config import Settings, settings
from overtone.stores import integrations

ALGORITHMS: Final = ["RS256", "ES256"]
CLOCK_LEEWAY_SECONDS: Final = 30
PEOPLE_SCOPES: Final = frozenset({"usage.write", "disclosures.write", "registry.write", "statements.read", FINANCE, ADMIN})
"""Each is the name of a group of the user pool."""
_EXTERNAL_SCOPES: Final = frozenset({"usage.write", "disclosures.write", "registry.write", "statements.read", FINANCE})
"""What another issuer may say of its clients. Who may act for any party is said by this stack's own users alone."""
_BEARER: Final = "bearer "


class Issuer(NamedTuple):
    """Somebody whose tokens are believed. `audience` is what they must be made for; Cognito's access tokens name none."""

    url: str
    audience: str = ""


class Grant(NamedTuple):
    """What a token opens: for which party, with which scopes, by which client; `user` is the subject, who signed in if anybody did."""

    party_id: str
    scopes: frozenset[str]
    client_id: str
    user: str

    def context(self) -> dict[str, str]:
        """As API Gateway passes it to the functions."""
        counted_as = f"user:{self.user}" if self.client_id == settings().people_client_id else f"client:{self.client_id}"
        who = {"client_id": self.client_id, "user": self.user, "counted_as": counted_as}
        return {"party_id": self.party_id, "scope": " ".join(sorted(self.scopes)), **who}


def grant_of(header: str) -> Grant | None:
    """What an `Authorization` header opens, or `None` where it opens nothing."""
    stack = settings()
    claims = _verified(header, [Issuer(stack.token_issuer), Issuer(stack.second_issuer, stack.second_audience)])
    if claims is None:
        return None
    if claims["iss"] != stack.token_issuer:
        return _bound(integrations.external_client(_client(claims)), claims, _EXTERNAL_SCOPES)
    if claims.get("token_use") != "access":
        return None
    return _own(claims, stack)


def _own(claims: Mapping[str, Any], stack: Settings) -> Grant | None:
    client, party = _client(claims), str(claims.get("party_id", ""))
    if client == stack.operator_client_id:
        return Grant(party, _scopes(claims), client, _subject(claims))
    if client == stack.people_client_id:
        return Grant(party, _scopes(claims) & PEOPLE_SCOPES, client, _subject(claims))
    return _bound(client, claims, None)


def _bound(client: str, claims: Mapping[str, Any], allowed: frozenset[str] | None) -> Grant | None:
    party = integrations.party_of_client(client) if client else None
    scopes = _scopes(claims)
    return Grant(party, scopes if allowed is None else scopes & allowed, client, _subject(claims)) if party else None


def _subject(claims: Mapping[str, Any]) -> str:
    return str(claims.get("sub", ""))


def _client(claims: Mapping[str, Any]) -> str:
    return str(claims.get("client_id") or claims.get("azp") or claims.get("sub") or "")


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(scope.removeprefix(SCOPE_PREFIX) for scope in str(claims.get("scope", "")).split())


def _verified(header: str, issuers: list[Issuer]) -> dict[str, Any] | None:
    """The claims of a token that one of the issuers signed and that is in force."""
    token = header[len(_BEARER) :] if header.lower().startswith(_BEARER) else header
    try:
        said = jwt.decode_complete(token, options={"verify_signature": False})
        issuer = next((one for one in issuers if one.url and one.url == said["payload"].get("iss")), None)
        key = signing_keys.find(issuer.url, str(said["header"].get("kid", ""))) if issuer else None
        if issuer is None or key is None:
            return None
        return jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            issuer=issuer.url,
            audience=issuer.audience or None,
            leeway=CLOCK_LEEWAY_SECONDS,
            options={"require": ["exp", "iss"], "verify_aud": bool(issuer.audience)},
        )
    except jwt.InvalidTokenError:
        return None
