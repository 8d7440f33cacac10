"""One request of the console: who is it, is the form its own, which page, and the headers that a browser is held to."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl

from overtone.api.log import logger
from overtone.api.problem import problem_of
from overtone.aws import clients
from overtone.console import markup, session, sign_in
from overtone.console.backend import Backend, Refused
from overtone.console.routing import Download, Outcome, PageRoute, Pages, View, Visit
from overtone.console.session import SignedIn
from overtone.console.words import DONE

FORM_BYTES_MAX: Final = 1024 * 1024
FORM_FIELDS_MAX: Final = 10_000
"""Of the largest table that a page shows: 2,000 pairs of currencies, with four fields each."""
SECURITY: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "strict-transport-security": "max-age=63072000",
    "cache-control": "no-store",
}
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_HTML: Final = "text/html; charset=utf-8"
_SEE_OTHER: Final = 303
_KEPT: Final = "public, max-age=31536000, immutable"
_NO_SUCH: Final = {"title": "Not found", "detail": "There is no such page, or none that you may see."}
_STALE: Final = {"title": "Not done", "detail": "The form is older than your session. Open the page again and send it from there."}
_NOT_SIGNED_IN: Final = {"title": "Not signed in", "detail": "Signing in did not come to an end, or took too long. Try it again."}
_TOO_LARGE: Final = {"title": "Too large", "detail": f"A form may have {FORM_BYTES_MAX} bytes and {FORM_FIELDS_MAX} fields."}


class Console:
    """The pages of one function."""

    def __init__(self, *modules: Pages) -> None:
        self.routes: list[PageRoute] = [route for pages in modules for route in pages]

    def handler(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """The Lambda handler: an HTTP API event (payload 2.0) in, an answer with every security header out."""
        logger.append_keys(request_id=getattr(context, "aws_request_id", ""))
        method, path = event["requestContext"]["http"]["method"], event["rawPath"].rstrip("/")
        try:
            with clients.caller_waits():
                return self._answer(event, method, path)
        except Refused as refused:
            return _problem(refused.status, refused.problem, session.person_of(event.get("cookies") or ()), path)
        except Exception as error:  # noqa: BLE001 - whatever happens, a person gets a page that says what to do
            document = problem_of(error)
            return _problem(document["status"], document, None, path)

    def _answer(self, event: Mapping[str, Any], method: str, path: str) -> dict[str, Any]:
        if path.startswith("/console/static/"):
            return _asset(path.removeprefix("/console/static/"))
        cookies, query = event.get("cookies") or (), dict(event.get("queryStringParameters") or {})
        person, domain = session.person_of(cookies), str(event["requestContext"]["domainName"])
        if method == "GET" and path == sign_in.RETURN_PATH:
            return _arrived(domain, cookies, query, person)
        if method == "GET" and path == "/console/sign-in":
            return _departed(domain, query.get("back", "/console"))
        if method == "GET" and path == "/console/signed-out":
            shown = {"provider": sign_in.departure_from_provider(domain)}
            return _html(View("signed_out.html", shown), None, path)
        if person is None:
            wanted = f"{path}?{event['rawQueryString']}" if event.get("rawQueryString") else path
            return _departed(domain, wanted) if method == "GET" else _problem(403, _STALE, None, path)
        return self._page(event, method, path, person)

    def _page(self, event: Mapping[str, Any], method: str, path: str, person: SignedIn) -> dict[str, Any]:
        query = dict(event.get("queryStringParameters") or {})
        form: dict[str, str] = {}
        if method == "POST":
            found = _form(event)
            if found is None:
                return _problem(413, _TOO_LARGE, person, path)
            if not person.owns(found) or not _same_site(event.get("headers") or {}):
                return _problem(403, _STALE, person, path)
            form = found
            if path == "/console/sign-out":
                return _redirect("/console/signed-out", [session.forgotten(session.SESSION_COOKIE)])
        for route in self.routes:
            match = route.pattern.match(path) if route.method == method else None
            if match:
                done = DONE.get(query.pop("done", ""), "")
                visit = Visit(person, Backend(person), match.groupdict(), query, form)
                return _outcome(route.page(visit), person, path, done)
        return _problem(404, _NO_SUCH, person, path)


def _outcome(outcome: Outcome, person: SignedIn, path: str, done: str) -> dict[str, Any]:
    if isinstance(outcome, View):
        return _html(outcome, person, path, done=done)
    if isinstance(outcome, Download):
        disposition = f'attachment; filename="{_UNSAFE.sub("_", outcome.name)}"'
        answer = _response(200, outcome.content, {"content-type": outcome.media_type, "content-disposition": disposition})
        return answer | {"isBase64Encoded": outcome.base64}
    mark = "&" if "?" in outcome.location else "?"
    return _redirect(f"{outcome.location}{mark}done={outcome.done}" if outcome.done else outcome.location)


def _arrived(domain: str, cookies: Iterable[str], query: Mapping[str, str], person: SignedIn | None) -> dict[str, Any]:
    if person is not None or not (query.get("code") or query.get("error")):
        return _redirect("/console")
    arrived = sign_in.arrival(domain, list(cookies), query.get("code", ""), query.get("state", ""))
    if arrived is None:
        return _problem(403, _NOT_SIGNED_IN, None, sign_in.RETURN_PATH)
    who, back = arrived
    party = Backend(who).find("registry", "parties", who.party_id) if who.party_id else None
    who = replace(who, kind=party["kind"] if party else "")
    return _redirect(back, [who.cookie(), session.forgotten(session.SIGNING_IN_COOKIE)])


def _departed(domain: str, back: str) -> dict[str, Any]:
    departure = sign_in.departure(domain, back)
    return _redirect(departure.location, [departure.cookie])


def _same_site(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that the form is of a page of ours; old ones say nothing, and the form's key must do."""
    return headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _form(event: Mapping[str, Any]) -> dict[str, str] | None:
    """The fields of a form; `None` where there is too much of it."""
    text = event.get("body") or ""
    sent = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode(errors="replace")
    if len(sent) > FORM_BYTES_MAX:
        return None
    plain = sent.decode(errors="replace")
    try:
        return {name: value.strip() for name, value in parse_qsl(plain, keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX)}
    except ValueError:
        return None


def _asset(name: str) -> dict[str, Any]:
    found = markup.asset(name)
    if found is None:
        return _problem(404, _NO_SUCH, None, "/console")
    return _response(200, found.content, {"content-type": found.media_type, "cache-control": _KEPT})


def _html(view: View, person: SignedIn | None, path: str, *, status: int = 200, done: str = "") -> dict[str, Any]:
    return _response(status, markup.page(view, person, path, done), {"content-type": _HTML})


def _problem(status: int, problem: Mapping[str, Any], person: SignedIn | None, path: str) -> dict[str, Any]:
    return _html(View("problem.html", {"status": status, "problem": problem}), person, path, status=status)


def _redirect(location: str, cookies: Iterable[str] = ()) -> dict[str, Any]:
    return _response(_SEE_OTHER, "", {"location": location}, cookies)


def _response(status: int, body: str, headers: Mapping[str, str], cookies: Iterable[str] = ()) -> dict[str, Any]:
    return {"statusCode": status, "headers": {**SECURITY, **headers}, "cookies": list(cookies), "body": body}
