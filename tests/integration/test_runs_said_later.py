"""A training run that is said, or taken back, when months were settled that follow it: by a pool, or by a deal's tail."""

import json
from typing import Any

import pytest

from local.stack import Stack
from overtone.stores import facts as fact_store
from tests.integration import scenario
from tests.integration.dropping import drop
from tests.integration.scenario import ISRC, OTHER_ISRC, deal, lines_of, settle
from tests.integration.test_settlement_adjustments import LATER, posted
from tests.interruptions import set_aside

RUN = {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-08-01", "works": [{"work": ISRC}]}
LAST = "2027-01-10T06:00:00Z"


def tail_world(stack: Stack) -> None:
    """A deal that ended in August, with a tail for what was trained within it; an output is used in October."""
    stack.at("2026-07-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[ISRC])
    deal(stack, "open", {"mechanism": "per_output", "rate": "1"}, to="2026-08-31", tail={"months": 6})
    stack.at("2026-10-05T08:00:00Z")
    scenario.disclose(stack, "rep-1", {"gen-1": {ISRC: "1"}})
    scenario.usage(stack, "b-1", ("output:gen-1", "2026-10-03", 12))
    scenario.accrue(stack, "2026-10-05T08:15:00Z")


@pytest.mark.parametrize("late", [False, True])
def test_a_run_that_is_said_late_brings_what_the_tail_covers(stack: Stack, late: bool) -> None:  # noqa: FBT001 - of `parametrize`
    """The months of the tail stood as they were settled: the licensee never owed what it would have owed with the run at hand."""
    tail_world(stack)
    if not late:
        scenario.sent(stack, "/v1/training-runs", RUN)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    if late:
        assert lines_of(stack) == []
        scenario.sent(stack, "/v1/training-runs", RUN)
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert [str(amount) for amount in posted(stack, "2026-10", "2026-11").values()] == ["12"]


def test_a_run_that_is_taken_back_takes_back_what_the_tail_covered(stack: Stack) -> None:
    tail_world(stack)
    scenario.sent(stack, "/v1/training-runs", RUN)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    assert stack.http("DELETE", "/v1/training-runs/run-1", party="fox", scope="disclosures.write").status == 200
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert [line["amount"] for line in lines_of(stack, "2026-11")] == ["-12"]


def test_a_manifest_that_is_kept_while_others_settle_is_looked_for_by_the_next(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """It bore the time at which its pages began to be kept, before that cut-off: the months behind its own never followed it."""
    stack.at("2026-07-01T08:00:00Z")
    for name in ("ann", "bob", "fox"):
        scenario.party(stack, name, "licensee" if name == "fox" else "creator")
    scenario.work(stack, "track", "ann", {"ann": "1"}, identifiers=[ISRC])
    scenario.work(stack, "other", "bob", {"bob": "1"}, identifiers=[OTHER_ISRC])
    deal(stack, "open", {"mechanism": "revenue_pool", "share": "0.1", "basis": "training"})
    stack.at("2026-10-05T08:00:00Z")
    scenario.sent(stack, "/v1/training-runs", RUN)
    revenue = {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "1000", "subscribers": 9}
    scenario.sent(stack, "/v1/revenue", revenue)
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    keep, settled = fact_store.keep_pages, []

    def settles(*pages: Any) -> None:
        keep(*pages)
        stack.at("2026-12-10T06:10:00Z")
        with set_aside(stack):
            settled.append(settle(stack, "2026-11", "2026-11")["status"])

    monkeypatch.setattr(fact_store, "keep_pages", settles)
    stack.at(LATER)
    head = {"run_id": "run-2", "model": "fox-1", "trained_on": "2026-09-20"}
    body = "".join(f"{json.dumps(line)}\n" for line in (head, {"work": OTHER_ISRC}))
    assert drop(stack, "run-2.ndjson", body, kind="training")["status"] == "committed"
    assert settled == ["sealed"]
    stack.at(LAST)
    assert settle(stack, "2026-12", "2026-12")["status"] == "sealed"
    paid = {line["party_id"]: line["amount"] for line in lines_of(stack, "2026-12") if line["usage_month"] == "2026-10"}
    assert paid == {"ann": "-100", "bob": "100"}
