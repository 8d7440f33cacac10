"""Lists while others write: what was there from the first page to the last is listed once, whatever came in between, and nothing twice."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.integration import scenario
from tests.integration.scenario import ISRC

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

BEFORE, PAGES_MAX = 9, 40
PARTY: Final = {"name": "Somebody", "kind": "creator", "country": "SE"}
DEAL: Final = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-01-01", "territories": ["*"]}


def posted(method: str, path: str, party: str | None, scope: str, body: Callable[[str], Any]) -> Callable[[Stack, str], None]:
    def add(stack: Stack, name: str) -> None:
        stack.at(stack.now + timedelta(seconds=1))
        reply = stack.http(method, path.format(name=name), party=party, scope=scope, json=body(name))
        assert reply.status in {200, 201}, reply.text

    return add


def run(name: str) -> dict[str, Any]:
    return {"run_id": name, "model": "m", "trained_on": "2026-10-02", "works": [{"work": ISRC, "weight": "1"}]}


def batch(name: str) -> dict[str, Any]:
    used = {"record_id": name, "subject": ISRC, "use": "stream", "used_on": "2026-10-03", "quantity": 1, "territory": "SE"}
    return {"batch_id": name, "records": [used]}


def money(name: str) -> dict[str, Any]:
    about = {"collection_id": name, "licensee": "fox", "currency": "EUR", "amount": "1", "received_on": "2026-10-05"}
    return about | {"separate": True}


LISTS: Final[dict[str, tuple[str, Callable[[Stack, str], None]]]] = {
    "/v1/parties": ("id", posted("PUT", "/v1/parties/{name}", None, "admin", lambda _: PARTY)),
    "/v1/works": (
        "id",
        posted(
            "PUT",
            "/v1/works/{name}",
            "ann",
            "registry.write",
            lambda n: {"title": n, "kind": "recording", "shares": [{"party": "ann", "share": "1"}]},
        ),
    ),
    "/v1/deals": (
        "id",
        posted("PUT", "/v1/deals/{name}", None, "admin", lambda _: DEAL | {"terms": [{"mechanism": "micro_royalty", "rate": "0.1"}]}),
    ),
    "/v1/batches": ("batch_id", posted("POST", "/v1/usage", "fox", "usage.write", batch)),
    "/v1/training-runs": ("run_id", posted("POST", "/v1/training-runs", "fox", "disclosures.write", run)),
    "/v1/revenue": (
        "report_id",
        posted(
            "POST",
            "/v1/revenue",
            "fox",
            "disclosures.write",
            lambda n: {"report_id": n, "month": "2026-10", "currency": "EUR", "net_revenue": "1"},
        ),
    ),
    "/v1/levies": (
        "levy_id",
        posted(
            "POST",
            "/v1/levies",
            None,
            "admin",
            lambda n: {"levy_id": n, "month": "2026-10", "currency": "EUR", "amount": "1", "distribution": {"formula": "equal"}},
        ),
    ),
    "/v1/clearances": (
        "clearance_id",
        posted(
            "POST",
            "/v1/clearances",
            "fox",
            "disclosures.write",
            lambda n: {"clearance_id": n, "use": "training", "day": "2026-10-01", "works": [ISRC]},
        ),
    ),
    "/v1/holds": (
        "hold_id",
        posted("POST", "/v1/holds", None, "finance", lambda n: {"hold_id": n, "licensee": "fox", "months": ["2026-10"], "reason": "r"}),
    ),
    "/v1/collections": ("collection_id", posted("POST", "/v1/collections", None, "finance", money)),
}
OWN: Final = {
    "/v1/batches": {"reporter": "fox"},
    "/v1/training-runs": {"licensee": "fox"},
    "/v1/revenue": {"licensee": "fox"},
    "/v1/clearances": {"licensee": "fox"},
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_that_is_walked_while_others_write(stack: Stack, path: str) -> None:
    scenario.small_world(stack)
    dice, (key, add) = Random(path), LISTS[path]
    names = [f"{dice.choice('abmxyz')}{number:02d}-{dice.randrange(100)}" for number in range(BEFORE + PAGES_MAX)]
    for name in names[:BEFORE]:
        add(stack, name)
    query, listed, later = {"limit": "2"} | OWN.get(path, {}), list[str](), names[BEFORE:]
    for page in range(PAGES_MAX):
        reply = stack.http("GET", path, scope="admin finance", query=query)
        assert reply.status == 200, reply.text
        answer = reply.json()
        listed += [str(item[key]) for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        query |= {"cursor": answer["next_cursor"]}
        if page < BEFORE:
            add(stack, later[page])
    else:
        pytest.fail("the list never ended")
    assert len(listed) == len(set(listed)), "something was listed twice"
    assert set(names[:BEFORE]) <= set(listed), "something that was there all the time was left out"
    again = everything(stack, path, key)
    assert set(listed) <= set(again)
    assert set(names[:BEFORE]) <= set(again)


def everything(stack: Stack, path: str, key: str) -> list[str]:
    """The list when nobody writes, on one page."""
    reply = stack.http("GET", path, scope="admin finance", query={"limit": "1000"} | OWN.get(path, {}))
    return [str(item[key]) for item in reply.json()["items"]]
