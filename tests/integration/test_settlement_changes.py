"""One change after a month was sealed: the next settlement posts what knowing it before would have.

In a world without pools, where a settlement looks at what changed and at nothing else: a change that the planning overlooks shows here.
"""

import csv
from collections.abc import Callable
from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC, UNKNOWN, deal, disclose, lines_of, party, settle, usage, work
from tests.integration.test_settlement_adjustments import LATER, posted

SINCE = "2026-01-01"
MANDATE = {"society": "stim", "rights": ["recording"], "uses": ["output"], "territories": ["*"], "admin_fee": "0.2"}
DENIED = {"training": {"default": "allow"}, "generation": {"default": "deny"}}
TRACK: dict[str, Any] = {"identifiers": [ISRC], "composition": "song", "effective_from": SINCE}
OTHER: dict[str, Any] = {"identifiers": [OTHER_ISRC], "effective_from": SINCE}

CHANGES: dict[str, Callable[[Stack], None]] = {
    "shares of a recording": lambda stack: work(stack, "track", "ann", {"ann": "0.5", "bob": "0.5"}, **TRACK),
    "shares of a composition": lambda stack: work(
        stack, "song", "bob", {"bob": "0.6", "ann": "0.4"}, "composition", identifiers=["iswc:T0345246801"], effective_from=SINCE
    ),
    "a late registration": lambda stack: work(stack, "found", "bob", {"bob": "1"}, identifiers=[UNKNOWN]),
    "a mandate": lambda stack: party(stack, "ann", "creator", payout=scenario.BANK, mandates=[MANDATE], effective_from=SINCE),
    "a rate in the middle of the month": lambda stack: deal(
        stack,
        "ann-direct",
        {"mechanism": "per_output", "rate": "0.02"},
        licensor="ann",
        territories=["SE"],
        effective_from="2026-10-04",
    ),
    "a deal that goes before": lambda stack: deal(stack, "bob-direct", {"mechanism": "per_output", "rate": "0.03"}, licensor="bob"),
    "a dispute": lambda stack: work(stack, "other", "ann", {"ann": "1"}, disputed=True, **OTHER),
    "a refusal": lambda stack: work(stack, "other", "ann", {"ann": "1"}, permissions=DENIED, **OTHER),
    "late usage": lambda stack: usage(stack, "late", ("output:gen-1", "2026-10-20", 40)),
    "a revised disclosure": lambda stack: disclose(stack, "rep-2", {"gen-2": {UNKNOWN: "0.1", OTHER_ISRC: "0.3"}}, revision=1),
}


def priced_world(stack: Stack) -> None:
    """The usual world, its open deal priced by rates alone."""
    scenario.world(stack)
    terms = ({"mechanism": "per_output", "rate": "0.007"}, {"mechanism": "micro_royalty", "rate": "0.001"})
    deal(stack, "open", *terms, sides={"recording": "0.6", "composition": "0.4"}, effective_from=SINCE)
    deal(stack, "ann-direct", {"mechanism": "per_output", "rate": "0.013"}, licensor="ann", territories=["SE"], effective_from=SINCE)
    stack.at(scenario.SETTLED)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_after_sealing_comes_to_what_knowing_it_before_does(stack: Stack, change: str) -> None:
    priced_world(stack)
    settle(stack)
    sealed = posted(stack, "2026-10")
    CHANGES[change](stack)
    stack.at(LATER)
    settle(stack, "2026-11", "2026-11")
    in_steps = posted(stack, "2026-10", "2026-11")
    assert all(line["adjusts"] for line in lines_of(stack, "2026-11"))
    stack.reset()
    priced_world(stack)
    CHANGES[change](stack)
    stack.at(LATER)
    settle(stack, "2026-11", "2026-11")
    assert in_steps == posted(stack, "2026-11")
    assert in_steps != sealed


@pytest.mark.parametrize("change", ["late usage", "a late registration", "a revised disclosure"])
def test_so_does_one_where_a_pool_ties_works_together(stack: Stack, change: str) -> None:
    def whole(*settlements: str) -> dict[tuple[str, ...], Any]:
        return {key: amount for key, amount in posted(stack, *settlements).items() if "residue" not in key}

    scenario.world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    CHANGES[change](stack)
    stack.at(LATER)
    settle(stack, "2026-11", "2026-11")
    in_steps = whole("2026-10", "2026-11")
    stack.reset()
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    CHANGES[change](stack)
    stack.at(LATER)
    settle(stack, "2026-11", "2026-11")
    assert in_steps == whole("2026-11")


def test_what_a_work_gave_up_weighs_for_it_no_more(stack: Stack) -> None:
    """A buyout that is shared by the weight of works in training: an identifier counts for the work that it names, once."""
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob"):
        party(stack, name, "creator")
    party(stack, "fox", "licensee")
    work(stack, "before", "ann", {"ann": "1"}, identifiers=[ISRC])
    work(stack, "other", "ann", {"ann": "1"}, identifiers=[OTHER_ISRC])
    work(stack, "before", "ann", {"ann": "1"}, identifiers=[])
    work(stack, "after", "ann", {"ann": "1"}, identifiers=[ISRC])
    works = [{"work": ISRC, "weight": "3"}, {"work": OTHER_ISRC, "weight": "1"}]
    scenario.sent(stack, "/v1/training-runs", {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-09-01", "works": works})
    buyout = {"mechanism": "buyout", "amount": "100", "split": "weight", "covers": ["per_output"]}
    deal(stack, "all", buyout, licensor="ann", **{"from": "2026-10-01"})
    scenario.accrue(stack, "2026-09-02T08:00:00Z")
    stack.at(scenario.SETTLED)
    settle(stack)
    assert {line["work_id"]: line["amount"] for line in lines_of(stack) if line["amount"] != "0"} == {"after": "75", "other": "25"}


def test_a_limit_is_broken_by_what_becomes_of_the_other_works(stack: Stack) -> None:
    """The work itself is not touched: the others were taken out of the whole that its limit is measured against."""
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob"):
        party(stack, name, "creator", payout=scenario.BANK)
    party(stack, "fox", "licensee")
    limit = scenario.ALLOWED | {"generation": {"default": "limit", "max_share": "0.5"}}
    work(stack, "track", "ann", {"ann": "1"}, identifiers=[ISRC], permissions=limit)
    work(stack, "other", "bob", {"bob": "1"}, identifiers=[OTHER_ISRC])
    deal(stack, "open", {"mechanism": "per_output", "rate": "0.007"})
    disclose(stack, "rep-1", {"gen-1": {ISRC: "1"}, "gen-2": {OTHER_ISRC: "1"}})
    stack.at("2026-10-05T08:00:00Z")
    usage(stack, "b-1", ("output:gen-1", "2026-10-03", 1), ("output:gen-2", "2026-10-03", 7))
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    assert _over_limit(stack, "2026-10") == []
    disclose(stack, "rep-2", {"gen-2": {}}, revision=1)
    stack.at(LATER)
    scenario.accrue(stack, LATER)
    assert settle(stack, "again")["status"] == "sealed"
    assert _over_limit(stack, "again") == [("track", "ann", "1", "0.5")]


def _over_limit(stack: Stack, settlement_id: str) -> list[tuple[str, ...]]:
    rows = csv.DictReader(scenario.files_of(stack, settlement_id)["breaches.csv"].decode().splitlines())
    return [tuple(row[name] for name in ("work_id", "party_id", "quantity", "limit")) for row in rows if row["kind"] == "over_limit"]
