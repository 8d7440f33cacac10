"""Every list of the document, and each of its filters, against what lies in tables and files, and while others write.

What stood unchanged from the first page to the last is listed once, nothing foreign is listed, nothing twice, and no cursor comes again.
A list, or a filter of one, that the document names and no case knows fails.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from local.generate import OPENAPI
from overtone.steps.settlement import documents
from tests.integration import list_scene
from tests.integration.list_cases import LISTINGS, Item, Query
from tests.integration.list_scene import MEANWHILE, SLOW, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

DOCUMENT: Final[dict[str, Any]] = json.loads(OPENAPI.read_text(encoding="utf-8"))
PAGES_MAX, PAGES, LIMIT_MAX = 60, 4, 1_000
WRITES_MAX: Final = 2
VALUES_MAX: Final = 2
"""Of each filter so many values are tried that something has, and one that nothing has."""
NOTHING: Final = {"month": "1999-01", "settlement_id": "2026-11", "since": "2031-01-01", "identifier": "isrc:SEABC2699998"}
PAGING: Final = {"limit", "cursor"}


def listings() -> dict[str, set[str]]:
    """The routes that answer `{items, next_cursor}`, with the parameters of their queries."""
    found = {}
    for path, methods in DOCUMENT["paths"].items():
        said = methods.get("get", {"responses": {}})
        schema = said["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        named = DOCUMENT["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
        if {"items", "next_cursor"} <= set(named.get("properties", ())):
            found[path] = {one["name"] for one in said.get("parameters", ()) if one["in"] == "query"}
    return found


@pytest.fixture(scope="module")
def world(deployed_stack: Stack) -> Iterator[World]:
    deployed_stack.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "PDF_STATEMENTS_MAX", 0)  # drawn when somebody asks; here nobody does
        yield list_scene.furnish(deployed_stack)
    deployed_stack.reset()


class Reader:
    """Finance, who reads one list in pages."""

    def __init__(self, world: World, path: str) -> None:
        self.world, self.path, self.listing, self.asks = world, path, LISTINGS[path], listings()[path]
        ids = dict(self.listing.path)
        if "{number}" in path:
            ids["number"] = max(item["number"] for item in self._page("/v1/invoices", {})["items"])
        self.url = re.sub(r"\{(\w+)\}", lambda name: ids[name[1]], path)

    def _page(self, url: str, query: Query, *fine: int) -> dict[str, Any]:
        reply = self.world.stack.http("GET", url, scope="admin finance", query=query)
        assert reply.status in {200, *fine}, (url, query, reply.text)
        page: dict[str, Any] = reply.json() if reply.status == 200 else {"items": [], "next_cursor": None}
        return page

    def everything(self, query: Query) -> list[Item]:
        """The list when nobody writes, on one page."""
        page = self._page(self.url, {**query, **({"limit": str(LIMIT_MAX)} if "limit" in self.asks else {})})
        assert page["next_cursor"] is None
        return list(page["items"])

    def walk(self, query: Query, count: int, *, writes: int) -> list[Item]:
        """Page by page, while somebody writes between the first ones."""
        if "cursor" not in self.asks:
            return self.everything(query)
        limit, found, cursors = max(1, count // PAGES), list[Item](), list[str]()
        asked = {**query, "limit": str(limit)}
        for number in range(PAGES_MAX):
            page = self._page(self.url, asked, 422 if number == 0 else 200)
            assert len(page["items"]) <= limit
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursors.append(page["next_cursor"])
            asked["cursor"] = cursors[-1]
            if number < writes:
                list_scene.add(self.world, self.path)
        else:
            pytest.fail(f"{self.url} {query} never ends")
        assert len(cursors) == len(set(cursors)), "a cursor came again"
        return found


def test_every_list_has_a_case() -> None:
    assert set(LISTINGS) == set(listings()) == set(MEANWHILE)


@pytest.mark.slow
@pytest.mark.parametrize("path", LISTINGS)
def test_a_list_and_each_of_its_filters_while_others_write(world: World, path: str) -> None:
    reader = Reader(world, path)
    slow = MEANWHILE[path] in SLOW
    for number, base in enumerate(reader.listing.bases):
        known = {reader.listing.name(item) for item in reader.everything(base)}
        assert known == reader.listing.scan(world.stack, {**reader.listing.path, **base}), (path, base)
        _held(reader, base, {}, writes=0 if slow and number else 1 if slow else WRITES_MAX)
        for name in sorted(reader.asks - PAGING - {name for said in reader.listing.bases for name in said}):
            for value in values(name, reader.everything(base)):
                _held(reader, base, {name: value}, writes=0 if slow else 1)


def values(name: str, items: list[Item]) -> list[str]:
    """A few values of a filter that some items have, and one that none has."""
    if name in SAMPLES:
        found = [value for item in items for value in SAMPLES[name](item)]
    else:
        field = "usage_month" if items and name == "month" and "usage_month" in items[0] else name
        found = [str(item[field]) for item in items if item.get(field) is not None]
    return [*list(dict.fromkeys(reversed(found)))[:VALUES_MAX], NOTHING.get(name, "nobody")]


SAMPLES: Final[dict[str, Callable[[Item], list[str]]]] = {
    "identifier": lambda item: item["identifiers"],
    "party": lambda item: (
        [share["party"] for share in item["shares"]] if "shares" in item else [item["licensee"], item.get("licensor", "")]
    ),
    "status": lambda item: [mandate["status"] for mandate in item["mandates"]] if "mandates" in item else [item["status"]],
    "since": lambda item: [item["at"]],
    "waits_for": lambda item: item["waits_for"],
    "title": lambda item: [item["title"].split()[-1].upper(), item["title"]] if item["title"] else [],
}


def _held(reader: Reader, base: Query, wanted: Query, *, writes: int) -> None:
    """Before and after, and page by page meanwhile: what fits, and nothing else."""
    listing, query = reader.listing, {**base, **wanted}

    def fitting(items: list[Item]) -> dict[str, Item]:
        return {listing.name(item): item for item in items if all(listing.fits(item, *one) for one in wanted.items())}

    before = fitting(reader.everything(base))
    listed = [listing.name(item) for item in reader.walk(query, len(before), writes=writes)]
    after = fitting(reader.everything(base)) if writes else before
    about = (reader.path, query)
    assert len(listed) == len(set(listed)), (*about, "something was listed twice")
    unchanged = {name for name, item in before.items() if after.get(name) == item}
    assert unchanged <= set(listed), (*about, "left out", sorted(unchanged - set(listed))[:3])
    foreign = set(listed) - set(before) - set(after)
    assert not foreign, (*about, "foreign", sorted(foreign)[:3])


@pytest.mark.slow
@pytest.mark.parametrize("path", LISTINGS)
def test_an_empty_parameter_is_refused_or_answered(world: World, path: str) -> None:
    reader = Reader(world, path)
    for name in ("", *sorted(reader.asks)):
        reply = world.stack.http("GET", reader.url, scope="admin finance", query={name: ""} if name else {})
        assert reply.status in {200, 400, 403, 404, 422}, (path, name, reply.text)
