"""The same month as another method measured it, or with noise: what counts is accrued anew for the what-if, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overtone.steps.settlement import what_if_accrual
from overtone.stores import outbox
from tests.integration import scenario
from tests.integration.test_what_ifs import books, done, everything, get, moved, post, settled

if TYPE_CHECKING:
    import pytest

    from local.stack import Stack

__all__ = ["settled"]
OTHERWISE = {"gen-1": {scenario.ISRC: "0.1", "iswc:T0345246801": "0.6"}, "gen-2": {scenario.OTHER_ISRC: "0.25"}}
"""What a second provider says of the outputs of the small world."""
BY_ANOTHER = {"attribution": [{"method": "musical"}]}
NOISE = {"attribution": [{"noise": {"shares": "0.3", "confidence": "0", "seed": 7}}]}
WAITS = "usage#fox#2026-10-03#0000"
FOLDER = "work/what-ifs/-/{}/001/parts/"


def both_measured(stack: Stack) -> None:
    """A second provider's report, and the first one's again, which is in force."""
    scenario.disclose(stack, "musical", OTHERWISE, revision=1, method="musical")
    scenario.disclose(stack, "rep-2", scenario.DISCLOSED, revision=2)
    scenario.accrue(stack, "2026-11-11T08:00:00Z")


def test_another_method_is_the_world_in_which_it_is_in_force(settled: Stack) -> None:
    both_measured(settled)
    before = everything(settled)
    found = done(settled, "musical", BY_ANOTHER)
    assert "ann" in moved(found)
    assert everything(settled) == before
    scenario.disclose(settled, "musical-3", OTHERWISE, revision=3, method="musical")
    scenario.accrue(settled, "2026-11-11T09:00:00Z")
    done(settled, "in-force", {})
    assert books(settled, FOLDER.format("musical"), 1) == books(settled, FOLDER.format("in-force"), 1), "to the byte"


def test_two_providers_side_by_side(settled: Stack) -> None:
    both_measured(settled)
    one = done(settled, "one", {"attribution": [{"method": "sureel"}]})
    assert moved(one) == {}, "it is in force"
    both = done(settled, "both", BY_ANOTHER, compare="one")
    assert both["basis"]["before"] == "another what-if"
    assert moved(both) == moved(done(settled, "other", BY_ANOTHER))


def test_looks_one_partition_at_a_time_come_to_the_same(settled: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    done(settled, "at-once", NOISE)
    monkeypatch.setattr(what_if_accrual, "LOOK_SECONDS", 0)
    done(settled, "by-and-by", NOISE)
    assert books(settled, FOLDER.format("by-and-by"), 1) == books(settled, FOLDER.format("at-once"), 1)


def test_what_cannot_be_measured_says_why(settled: Stack) -> None:
    assert "no output used in these months was disclosed by the method astrology" in failed(settled, "x", method="astrology")
    noise = NOISE["attribution"][0]["noise"]
    outbox.mark([WAITS], "a report", "2026-11-10T06:00:00.000000Z")
    assert "wait to be accrued" in failed(settled, "marked", noise=noise)
    outbox.unmark(outbox.pending_of(WAITS))
    scenario.usage(settled, "late", ("output:gen-1", "2026-10-03", 40))
    assert "wait to be accrued" in failed(settled, "posted", noise=noise)
    scenario.accrue(settled, "2026-11-11T08:00:00Z")
    done(settled, "accrued", NOISE)
    settled.at("2040-11-12T08:00:00Z")
    assert "has expired" in failed(settled, "z", noise=noise)


def failed(stack: Stack, what_if_id: str, **attribution: Any) -> str:
    """Why a what-if ended."""
    assert post(stack, what_if_id, {"attribution": [attribution]}).status == 202
    stack.drain()
    shown = get(stack, f"/v1/what-ifs/{what_if_id}").json()
    assert shown["status"] == "failed", shown
    stack.errors.clear()
    return str(shown["detail"])


def test_a_party_asks_nothing_of_it(settled: Stack) -> None:
    for change in (BY_ANOTHER, NOISE):
        assert post(settled, "mine", change, "ann").status == 403
