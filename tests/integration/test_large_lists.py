"""A page of a list holds what an answer has room for, and its cursor goes on behind that: nothing is too large to be listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overtone.api import paging
from overtone.facts.events import events_for
from overtone.stores import events
from tests.integration.registering import register
from tests.integration.scenario import deal, work

if TYPE_CHECKING:
    import pytest

    from local.stack import Stack

CSV = {"content-type": "text/csv"}
HEAD = "record_id,subject,use,used_on,quantity,territory"
BATCHES, FAULTY = 32, 1_000
"""A receipt names a thousand faults: of records with long ids in some 230 KB."""


def walked(stack: Stack, path: str, **who: Any) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    found, query = list[dict[str, Any]](), dict[str, str]()
    while True:
        reply = stack.http("GET", path, query=query, **who)
        assert reply.status == 200, reply.text
        page = reply.json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        assert page["items"], "a page holds one entry at least"
        query["cursor"] = page["next_cursor"]


def test_batches_with_many_faults_are_listed(fox: Stack) -> None:
    """A hundred receipts were put into one answer whatever they came to, so who had sent a faulty column for some weeks got a 500."""
    fox.at("2026-10-10T06:00:00Z")
    faulty = [f"{number:0120d},output:a{number},stream,2026-10-41,1,SE" for number in range(FAULTY)]
    body = "\n".join([HEAD, "good,output:a,stream,2026-10-01,1,SE", *faulty]).encode()
    for number in range(BATCHES):
        sent = fox.http("POST", f"/v1/usage?batch_id=b-{number}", party="fox", scope="usage.write", body=body, headers=CSV)
        assert sent.status == 201, sent.text
    listed = walked(fox, "/v1/batches", party="fox", scope="usage.write")
    assert sorted(receipt["batch_id"] for receipt in listed) == sorted(f"b-{number}" for number in range(BATCHES))


def test_works_parties_and_deals_of_any_size_are_listed_and_found(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A work may speak to 2,000 licensees, in 270 KB: 26 of these were more than an answer."""
    monkeypatch.setattr(paging, "PAGE_BYTES_MAX", 2_000)
    register(stack, "ann")
    register(stack, "fox", "licensee")
    words = dict.fromkeys((f"licensee-{number}" for number in range(30)), "deny")
    names = [f"song-{number}" for number in range(4)]
    for name in names:
        work(stack, name, "ann", {"ann": "1"}, title="A song", permissions={"training": {"default": "allow", "licensees": words}})
        deal(stack, name, {"mechanism": "per_output", "rate": "0.1"})
    for query in ("party=ann", "title=song"):
        assert [one["id"] for one in walked(stack, f"/v1/works?{query}", party="ann", scope="registry.write")] == names
    assert [one["id"] for one in walked(stack, "/v1/works", scope="finance")] == names
    assert [one["id"] for one in walked(stack, "/v1/deals", scope="finance")] == names
    assert [one["id"] for one in walked(stack, "/v1/parties", scope="finance")] == ["ann", "fox"]


def test_events_that_say_much_are_listed(stack: Stack) -> None:
    for number in range(70):
        at = f"2026-10-01T00:00:00.{number:06d}Z"
        events.put(events_for("batch.rejected", at, ["ann"], detail="\N{GREEK SMALL LETTER ALPHA}" * 20_000))
    assert len(walked(stack, "/v1/events", party="ann", scope="usage.write")) == 70
