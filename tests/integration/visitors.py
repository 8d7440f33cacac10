"""Somebody who signs in to the console without a browser: cookies kept, redirects followed, forms filled from the page they are on."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from local.hosted_sign_in import PATH

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

REDIRECTS_MAX = 10


class Form(HTMLParser):
    """The forms of a page: where each goes, and the fields that it would send untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.links: list[str] = []
        self.ids: list[str] = []
        self._open: dict[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in about:
            self.links.append(about["href"])
        if "id" in about:
            self.ids.append(about["id"])
        if tag == "form":
            self._open = self.forms.setdefault(about.get("action", ""), {})
        elif tag == "input" and self._open is not None and about.get("name") and ("checked" in about or not _is_choice(about)):
            self._open[about["name"]] = about.get("value", "on" if _is_choice(about) else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


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
