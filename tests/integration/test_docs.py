"""The API's reference, served by the stack itself."""

from __future__ import annotations

import gzip
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from local.generate import OPENAPI

if TYPE_CHECKING:
    from local.stack import Stack


class Page(HTMLParser):
    """Where a page links to, what it loads, and whether its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "a":
            self.links.append(said["href"] or "")
        if tag in {"link", "script", "img", "iframe"}:
            self.loaded.append(said.get("href") or said.get("src") or "")
        if tag not in {"meta", "link", "br"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def test_every_call_has_a_page_that_loads_nothing_from_elsewhere(stack: Stack) -> None:
    front = stack.http("GET", "/docs")
    assert (front.status, front.headers["content-type"]) == (200, "text/html; charset=utf-8")
    described = json.loads(OPENAPI.read_text(encoding="utf-8"))
    names = {said["operationId"] for path in described["paths"].values() for said in path.values()}
    index = Page(front.text)
    assert {f"/docs/{name}" for name in names} <= set(index.links)
    assert index.loaded == ["/docs/reference.css"]
    for name in sorted(names):
        page = stack.http("GET", f"/docs/{name}")
        assert page.status == 200, name
        assert Page(page.text).loaded == ["/docs/reference.css"]
        assert len(page.body) < 600_000, name
    assert "default-src 'none'" in front.headers["content-security-policy"]
    assert stack.http("GET", "/docs/reference.css").headers["content-type"].startswith("text/css")
    assert stack.errors == []


def test_a_page_says_what_is_sent_and_answered_with_an_example(stack: Stack) -> None:
    page = stack.http("GET", "/docs/post_usage").text
    for words in ("<code>batch_id</code>", "0 voids the record", "Idempotency-Key", "&#34;accepted&#34;: ", "usage.write"):
        assert words in page, words
    missing = stack.http("GET", "/docs/<script>")
    assert (missing.status, "<script>" in missing.text) == (404, False)


def test_the_document_is_the_committed_one(stack: Stack) -> None:
    answer = stack.http("GET", "/docs/openapi.json")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == OPENAPI.read_bytes()
    assert not re.search(r"https?://(?!\{api\})", json.dumps(json.loads(OPENAPI.read_bytes())["servers"]))
