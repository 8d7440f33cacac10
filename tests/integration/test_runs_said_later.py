"""A training run that is said, or taken back, when months were settled in which a deal's tail follows its model."""

import pytest

from local.stack import Stack
from tests.integration import scenario
from tests.integration.scenario import ISRC, deal, lines_of, settle
from tests.integration.test_settlement_adjustments import LATER, posted

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
