"""Somebody who signs in to the console without a browser: cookies kept, redirects followed, forms filled from the page they are on."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from local.hosted_sign_in import PATH
from local.stack import LOCAL_S3
from overtone.console.page_request import SECURITY

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

REDIRECTS_MAX = 10
OK = 200
OURS = re.compile(r"/console(/|\?|#|\Z)|\?|#|https://[\w.-]+\.amazoncognito\.com/logout\?")
"""Addresses on a page: of the console, of the page itself, or where one signs out of the provider too."""
INSIDE = re.compile(rf"/console(/(?!/)|\?|\Z)|{LOCAL_S3}|{PATH}")
"""Where the console may send a browser: its own pages, a file that an API pointed to, the sign-in page."""


class Form(HTMLParser):
    """The forms of a page: where each goes, and the fields that it would send untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.links: list[str] = []
        self.ids: list[str] = []
        self.unsafe: list[str] = []
        self._open: dict[str, str] | None = None
        self._select = self._option = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        self.unsafe += _unsafe(tag, about)
        if tag == "a" and "href" in about:
            self.links.append(about["href"])
        if "id" in about:
            self.ids.append(about["id"])
        if tag == "form":
            self._open = self.forms.setdefault(about.get("action", ""), {})
        elif tag == "input" and self._open is not None and about.get("name") and ("checked" in about or not _is_choice(about)):
            self._open[about["name"]] = about.get("value", "on" if _is_choice(about) else "")
        elif tag == "select":
            self._select = about.get("name", "")
        elif tag == "option" and self._open is not None and ("selected" in about or self._select not in self._open):
            self._open[self._select] = about.get("value", "")
            self._option = "" if "value" in about else self._select

    def handle_data(self, data: str) -> None:
        if self._option and self._open is not None:
            self._open[self._option], self._option = data, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def _unsafe(tag: str, about: dict[str, str]) -> list[str]:
    """What of an element no page of ours has: scripts and styles within, handlers, addresses of other places."""
    found = [name for name in about if name.startswith("on") or name == "style"]
    found += [value for name, value in about.items() if name in {"href", "src", "action", "formaction"} and not OURS.match(value)]
    if tag in {"style", "iframe", "object", "embed", "base"} or (tag == "script" and not about.get("src")):
        found.append(tag)
    return [f"<{tag}>: {one}" for one in found]


def checked(path: str, answer: Response) -> None:
    """What every answer of the console has: headers that hold the browser, addresses of our own, cookies for this host alone, and
    nothing that people wrote as anything but text.
    """
    is_asset = path.startswith("/console/static/") and answer.status == OK
    rules = {name: rule for name, rule in SECURITY.items() if not (is_asset and name == "cache-control")}
    assert {name: rule for name, rule in rules.items() if answer.headers.get(name) != rule} == {}, path
    if "location" in answer.headers:
        assert INSIDE.match(answer.headers["location"]), (path, answer.headers["location"])
    for cookie in answer.cookies:
        assert cookie.startswith("__Host-"), path
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}, path
    is_page = answer.headers.get("content-type", "").startswith("text/html") and "content-disposition" not in answer.headers
    if is_page and answer.body:
        assert Form(answer.text).unsafe == [], path


def _is_choice(about: dict[str, str]) -> bool:
    return about.get("type") in {"radio", "checkbox"}


class Visitor:
    """A browser's manners, as far as the server can see them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, body: str = "", **headers: str) -> Response:
        sent = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        if body:
            sent["content-type"] = "application/x-www-form-urlencoded"
        answer = self.stack.http(method, path, headers=sent | headers, body=body)
        if path.startswith("/console"):
            checked(path, answer)
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        return answer

    def get(self, path: str) -> Response:
        """A page, wherever the way to it leads."""
        answer = self.request("GET", path)
        for _ in range(REDIRECTS_MAX):
            if "location" not in answer.headers:
                return answer
            url = urlsplit(answer.headers["location"])
            answer = self.request("GET", f"{url.path}?{url.query}")
        raise AssertionError(f"{path} leads nowhere")

    def sign_in(self, party: str = "", *groups: str, user: str = "", back: str = "/console") -> Response:
        """As somebody of a party and with these scopes, or as one of the office."""
        asked = urlsplit(self.request("GET", f"/console/sign-in?{urlencode({'back': back})}").headers["location"]).query
        who: dict[str, Any] = {"user": user} if user else {"party": party} | {f"group:{group}": "1" for group in groups}
        return self.get(f"{PATH}continue?{asked}&{urlencode(who)}")

    def send(self, page: str, action: str, **fields: str) -> Response:
        """The form of a page that goes to `action`, with some fields changed; what it answers, before any redirect."""
        shown = self.get(page)
        assert shown.status == 200, (page, shown.status)
        forms = Form(shown.text).forms
        assert action in forms, (page, sorted(forms))
        return self.request("POST", action, urlencode(forms[action] | fields))
