"""A fact that is cut off at any write, and sent again, leaves what one leaves that nothing disturbed: never a receipt for half of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

WRITES_MAX: Final = 200
SENT_AT: Final = "2026-10-05T09:00:00Z"
LATER: Final = "2026-10-05T09:15:00Z"
_USED: Final = {"use": "stream", "used_on": "2026-10-03", "quantity": 2, "revenue": "0.03", "currency": "EUR", "territory": "SE"}
_SHARED: Final = {"output_id": "gen-1", "revision": 1, "confidence": "0.9", "shares": [{"work": OTHER_ISRC, "share": "0.5"}]}
_MADE: Final = {"model": "fox-1", "method": "sureel", "method_version": "2.1"}

FACTS: Final[dict[str, tuple[str, str, str, str, dict[str, Any] | None]]] = {
    "usage": (
        "POST",
        "/v1/usage",
        "fox",
        "usage.write",
        {
            "batch_id": "b-9",
            "records": [{"record_id": f"r-{n}", "subject": ISRC} | _USED | {"used_on": f"2026-10-0{n + 1}"} for n in range(3)],
        },
    ),
    "a withdrawal": ("DELETE", "/v1/usage/b-1", "fox", "usage.write", None),
    "attributions": ("POST", "/v1/attributions", "fox", "disclosures.write", {"report_id": "a-9", "records": [_SHARED]} | _MADE),
    "a training run": (
        "POST",
        "/v1/training-runs",
        "fox",
        "disclosures.write",
        {"run_id": "t-9", "model": "fox-1", "trained_on": "2026-10-02", "works": [{"work": ISRC, "weight": "1"}]},
    ),
    "revenue": (
        "POST",
        "/v1/revenue",
        "fox",
        "disclosures.write",
        {"report_id": "v-9", "month": "2026-10", "currency": "EUR", "net_revenue": "5", "subscribers": 1},
    ),
    "a levy": (
        "POST",
        "/v1/levies",
        "fox",
        "admin",
        {"levy_id": "l-9", "month": "2026-10", "currency": "EUR", "amount": "9", "distribution": {"formula": "equal"}},
    ),
    "completeness": (
        "POST",
        "/v1/completeness",
        "fox",
        "usage.write",
        {"month": "2026-10", "batches": 1, "records": 1, "revenue": {"EUR": "0.03"}},
    ),
    "a work": (
        "PUT",
        "/v1/works/late",
        "ann",
        "registry.write",
        {"title": "Late", "kind": "recording", "identifiers": [OTHER_ISRC], "shares": [{"party": "ann", "share": "1"}]},
    ),
    "a deal": (
        "PUT",
        "/v1/deals/new",
        "fox",
        "admin",
        {
            "licensee": "fox",
            "licensor": "ann",
            "currency": "EUR",
            "from": "2026-10-01",
            "territories": ["*"],
            "terms": [{"mechanism": "micro_royalty", "rate": "0.01"}],
        },
    ),
}


def send(stack: Stack, name: str) -> Response:
    method, path, party, scope, body = FACTS[name]
    return stack.http(method, path, party=party, scope=scope, json=body)


def fresh(stack: Stack) -> None:
    stack.reset()
    scenario.small_world(stack)
    stack.at(SENT_AT)
    stack.faults.clear()


def left(stack: Stack) -> dict[str, Any]:
    """All that stands once the cycle after it has run."""
    stack.at(LATER)
    stack.invoke("Aggregate", {"now": LATER})
    stack.drain()
    return {table: stack.items(table) for table in ("UsageTable", "RegistryTable", "LedgerTable")}


@pytest.mark.parametrize("mode", ["killed", "answer lost"])
@pytest.mark.parametrize("name", FACTS)
def test_what_is_cut_off_and_sent_again_is_there_once_and_whole(stack: Stack, name: str, mode: str) -> None:
    fresh(stack)
    assert send(stack, name).status in {200, 201}
    undisturbed = left(stack)
    for number in range(WRITES_MAX):
        fresh(stack)
        stack.faults.fail_after(number, lost_response=mode == "answer lost")
        send(stack, name)
        fired = stack.faults.fired
        stack.faults.clear()
        assert send(stack, name).status in {200, 201}, number
        assert left(stack) == undisturbed, number
        if not fired:
            assert number > 0
            return
    pytest.fail("the faults never ended")
