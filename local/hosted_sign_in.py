"""Cognito's sign-in page and token endpoint, as far as the console needs them: who signs in is picked, and everything else is real.

A code is bound to its client, its return address and its PKCE challenge, and works once. The scopes of a token come from the pool's own
trigger, run on the groups of whoever was picked.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from local import tokens
from local.gateway import Response, message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.gateway import Request

PATH = "/_local/oauth2/"
GROUPS = ("statements.read", "registry.write", "usage.write", "disclosures.write", "finance", "admin")
CODE_SECONDS = 300


@dataclass(frozen=True)
class Someone:
    """A person who may sign in: what the pool would know."""

    user: str
    name: str
    party_id: str
    groups: tuple[str, ...]
    about: str = ""


OFFICE = (
    Someone("ines", "Ines Alder", "", ("finance",), "finance, one of two"),
    Someone("tomas", "Tomas Brandt", "", ("finance",), "finance, the other"),
    Someone("operator", "Olga Rehn", "", ("admin",), "operates the service"),
)
"""Whoever's books they are, two people agree on some things, and somebody runs the service."""


@dataclass
class HostedSignIn:
    """One user pool's page."""

    pool_id: str
    client_id: str
    claims: Callable[[dict[str, Any]], dict[str, Any]]
    """The trigger: an event in, the event with its response out."""
    people: Sequence[Someone] = OFFICE
    _codes: dict[str, tuple[float, Someone, dict[str, str]]] = field(default_factory=dict)

    def handle(self, request: Request) -> Response:
        """The page, what is picked on it, and signing out."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        if query.get("client_id") != self.client_id:
            return message(400, "client_id is none of this pool's")
        match request.path.removeprefix(PATH):
            case "authorize":
                return _page(_picker(self.people, query))
            case "continue":
                return self._continue(query)
            case "logout":
                return Response(302, {"location": query.get("logout_uri", "/console")}, b"")
        return message(404, "Not Found")

    def _continue(self, query: dict[str, str]) -> Response:
        known = {person.user: person for person in self.people}
        groups = tuple(group for group in GROUPS if query.get(f"group:{group}"))
        picked = known.get(query.get("user", "")) or Someone(
            f"user-of-{query.get('party', '')}", "Somebody", query.get("party", ""), groups
        )
        code = secrets.token_urlsafe(16)
        self._codes[code] = (time.time() + CODE_SECONDS, picked, query)
        back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"
        return Response(302, {"location": back}, b"")

    def exchange(self, _url: str, form: Mapping[str, str]) -> bytes:
        """The token endpoint."""
        until, picked, asked = self._codes.pop(form["code"], (0.0, OFFICE[0], {}))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        fits = challenge == asked.get("code_challenge") and asked.get("code_challenge_method") == "S256"
        same = all(form[name] == asked.get(name) for name in ("client_id", "redirect_uri"))
        if not fits or not same or until < time.time() or form["grant_type"] != "authorization_code":
            return b'{"error": "invalid_grant"}'
        return json.dumps(self._tokens(picked)).encode()

    def _tokens(self, person: Someone) -> dict[str, Any]:
        attributes = {"sub": person.user, "name": person.name} | ({"custom:party_id": person.party_id} if person.party_id else {})
        request = {"userAttributes": attributes, "groupConfiguration": {"groupsToOverride": list(person.groups)}}
        made = self.claims({"request": request, "response": {}})["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]
        scope, more = " ".join(made["scopesToAdd"]), made.get("claimsToAddOrOverride", {})
        access = tokens.sign(self.pool_id, self.client_id, scope, {"sub": person.user, "username": person.user, **more})
        identity = tokens.sign(self.pool_id, self.client_id, "", {"sub": person.user, "name": person.name, "token_use": "id"})
        return {"access_token": access, "id_token": identity, "token_type": "Bearer", "expires_in": 900}


STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:8vh auto;padding:0 1rem;color-scheme:light dark}"
TOLD = "<p>This is the local stand-in for the identity provider: pick who you are. On AWS, Cognito asks for a password here.</p>"


def _page(body: str) -> Response:
    head = "<meta charset=utf-8><meta name=viewport content='width=device-width'><link rel=icon href='data:,'><title>Sign in</title>"
    page = f"<!doctype html><html lang=en>{head}<style>{STYLE}</style><main><h1>Sign in</h1>{TOLD}{body}</main></html>"
    return Response(200, {"content-type": "text/html; charset=utf-8"}, page.encode())


def _picker(people: Sequence[Someone], query: Mapping[str, str]) -> str:
    def link(person: Someone) -> str:
        address = html.escape(f"{PATH}continue?{urlencode({**query, 'user': person.user})}")
        return f'<li><a href="{address}">{html.escape(person.name)}</a>, {html.escape(person.about or person.party_id)}</li>'

    kept = "".join(f'<input type=hidden name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in query.items())
    groups = "".join(f'<br><label><input type=checkbox name="group:{group}" value=1> {group}</label>' for group in GROUPS)
    fields = f"{kept}<label>For the party <input name=party></label>{groups}<br><button>Sign in</button>"
    return f"<ul>{''.join(map(link, people))}</ul><h2>Or as somebody else</h2><form action='{PATH}continue'>{fields}</form>"
