"""An explanation tells its reader the price, and nothing of what is others': whose money it is, why that waits, who agreed on what."""

from typing import Any

import pytest

from local.stack import Stack
from tests.integration import scenario

PAYEES = ("ann", "bob")


@pytest.fixture
def world(stack: Stack) -> Stack:
    """A deal with a fund off the top, over two owners."""
    stack.at("2026-09-01T08:00:00Z")
    for name in ("ann", "bob", "fund"):
        scenario.party(stack, name, "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    scenario.work(stack, "track", "ann", {"ann": "0.5", "bob": "0.25"}, identifiers=[scenario.ISRC])
    cut = {"off_the_top": [{"party": "fund", "share": "0.05", "label": "musicians"}]}
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "0.007"}, **cut)
    stack.at("2026-10-05T08:00:00Z")
    scenario.disclose(stack, "rep-1", {"gen-1": {scenario.ISRC: "0.31"}})
    scenario.usage(stack, "b-1", ("output:gen-1", "2026-10-03", 12))
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    return stack


def told(stack: Stack, line: dict[str, str], party: str) -> Any:
    reply = stack.http("GET", f"/v1/explain/2026-10/{line['line_id']}", party=party, scope="statements.read")
    assert reply.status == 200, reply.text
    return reply.json()


def test_what_came_off_the_top_does_not_say_to_a_licensee_off_whose_money(world: Stack) -> None:
    """It read "off the top (musicians), from recording of ann", and of what waits, why; the payee of a line is none of its business."""
    world.at(scenario.SETTLED)
    assert scenario.settle(world)["status"] == "sealed", world.errors
    lines = scenario.lines_of(world)
    for line in lines:
        text = str(told(world, line, "fox")["adjustments"])
        assert not any(f"of {name}" in text for name in PAYEES), text
        assert "unclaimed_share" not in text
    funds = [told(world, line, "fund")["adjustments"] for line in lines if line["party_id"] == "fund"]
    whose = sorted(change["why"].partition("from recording ")[2] for changes in funds for change in changes)
    assert whose == ["of ann", "of bob", "waiting as unclaimed_share"]


def test_a_licensee_is_not_told_under_which_hold_money_waits(world: Stack) -> None:
    """The column that says why money waits is hidden from it; a note below said it all the same, with whom finance suspects."""
    hold = {"hold_id": "h-1", "subject": "output:gen-1", "months": ["2026-10"], "reason": "too many plays"}
    assert world.http("POST", "/v1/holds", scope="finance", json=hold).status == 201
    scenario.accrue(world, "2026-11-09T08:15:00Z")
    world.at(scenario.SETTLED)
    assert scenario.settle(world)["status"] == "sealed", world.errors
    held = [line for line in scenario.lines_of(world) if line["reason"] == "fraud_hold"]
    assert held
    for line in held:
        assert "h-1" not in str(told(world, line, "fox"))
        reply = world.http("GET", f"/v1/explain/2026-10/{line['line_id']}", scope="finance")
        assert any("h-1" in note for note in reply.json()["notes"])


def test_a_payee_is_not_told_who_put_a_deal_of_its_group_and_when(world: Stack) -> None:
    """A most-favoured-nation group gives ann the rate that eve negotiated, not the history of eve's deal: that is its sides' to read."""
    world.at("2026-10-06T08:00:00Z")
    scenario.party(world, "eve", "creator")
    group = {"mfn_group": "g", "effective_from": "2026-01-01"}
    for owner, rate in (("ann", "0.013"), ("eve", "0.02")):
        scenario.deal(world, f"{owner}s", {"mechanism": "per_output", "rate": rate}, licensor=owner, **group)
    world.at(scenario.SETTLED)
    assert scenario.settle(world)["status"] == "sealed", world.errors
    (line,) = (line for line in scenario.lines_of(world) if line["deal_id"] == "anns")
    known = {reader: [one["id"] for one in told(world, line, reader)["versions"] if one["kind"] == "deal"] for reader in ("ann", "fox")}
    assert known == {"ann": ["anns"], "fox": ["anns", "eves"]}
    assert told(world, line, "ann")["terms"][0]["raised"][0]["applied"] == "0.02"


def test_a_levy_tells_of_the_outputs_that_it_counts_and_nothing_that_licensees_earned(world: Stack) -> None:
    """Its payee, and its administrator, read what every platform earned with the work, and plays, of which a levy counts nothing."""
    for name in ("owl", "guild"):
        scenario.party(world, name, "licensee" if name == "owl" else "administrator")
    scenario.usage(world, "o-1", (scenario.ISRC, "2026-10-04", 77), ("output:gen-1", "2026-10-04", 5), by="owl", revenue="123.45")
    scenario.usage(world, "o-2", (scenario.ISRC, "2026-10-05", 78), by="owl", revenue="123.45")
    scenario.usage(world, "b-2", ("output:gen-1", "2026-10-03", 9), royalty_bearing=False)
    scenario.accrue(world, "2026-10-06T08:15:00Z")
    levy = {"levy_id": "tax", "month": "2026-10", "currency": "EUR", "amount": "100", "administrator": "guild"}
    tree = {"distribution": {"formula": "influence"}}
    assert world.http("POST", "/v1/levies", scope="admin", json=levy | tree).status == 201
    world.at(scenario.SETTLED)
    assert scenario.settle(world)["status"] == "sealed", world.errors
    line = next(line for line in scenario.lines_of(world) if line["mechanism"] == "levy" and line["party_id"] == "ann")
    assert line["quantity"] == "2.635", "of 17 uses 0.31 is the work's, and half of that ann's"
    for reader in ("ann", "guild"):
        found = told(world, line, reader)
        assert [(one["subject"], one["day"], one["quantity"]) for one in found["evidence"]] == [
            ("output:gen-1", "2026-10-03", "12"),
            ("output:gen-1", "2026-10-04", "5"),
        ]
        assert [(row["reporter"], row["attributed_quantity"]) for row in found["accruals"]] == [("fox", "3.72"), ("owl", "1.55")]
        assert {one["revenue"] for one in found["evidence"]} == {""}
        assert [row["attributed_revenue"] for row in found["accruals"]] == [{}, {}]
        assert {row["accrues_to_the_same_now"] for row in found["accruals"]} == {True}


def test_what_was_corrected_since_is_told_of_the_line_s_licensee_and_of_no_other(world: Stack) -> None:
    """A licensee whose line was corrected read on which days others had reported the same work; what they did moves nothing of its line."""
    scenario.party(world, "owl", "licensee")
    scenario.deal(world, "owls", {"mechanism": "per_output", "rate": "0.007"}, licensee="owl")
    scenario.usage(world, "o-1", ("output:gen-1", "2026-10-04", 5), by="owl")
    scenario.usage(world, "b-2", ("output:gen-1", "2026-10-05", 9))
    scenario.accrue(world, "2026-10-06T08:15:00Z")
    world.at(scenario.SETTLED)
    assert scenario.settle(world)["status"] == "sealed", world.errors
    assert world.http("DELETE", "/v1/usage/b-2", party="fox", scope="usage.write").status == 200
    scenario.usage(world, "o-2", ("output:gen-1", "2026-10-04", 5), by="owl")
    scenario.accrue(world, "2026-11-12T08:15:00Z")
    lines = [line for line in scenario.lines_of(world) if line["party_id"] == "ann"]
    known = {line["licensee"]: sorted(told(world, line, line["licensee"])["accrued_again_since"]) for line in lines}
    assert known == {"fox": ["usage#fox#2026-10-05#0000"], "owl": ["usage#owl#2026-10-04#0000"]}
