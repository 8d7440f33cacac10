"""Every line of every mechanism is explained, computed again, and comes to the same."""

from decimal import Decimal
from typing import Any

import pytest

from local.stack import Stack
from overtone.views import evidence
from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC, UNKNOWN, lines_of, settle

EQUAL = {"formula": "equal"}
TREE = {
    "children": [
        {"fraction": "1/3", "label": "fund", "party": "stim"},
        {"fraction": "1/3", "label": "recordings", "formula": "influence", "side": "recording"},
        {"fraction": "1/3", "label": "writers", "formula": "equal_per_party", "side": "composition"},
    ]
}


def explained(stack: Stack, line_id: str, settlement: str = "2026-12", **query: str) -> Any:
    reply = stack.http("GET", f"/v1/explain/{settlement}/{line_id}", scope="finance", query=query)
    assert reply.status == 200, reply.text
    return reply.text if query else reply.json()


@pytest.fixture
def rich(stack: Stack) -> Stack:
    """Every mechanism at once, over a quarter."""
    scenario.world(stack)
    stack.at("2026-10-06T08:00:00Z")
    weak = {"min": "0.5", "fallback": "training", "basis": "weight"}
    scenario.party(stack, "gus", "licensee")
    common = {"licensee": "gus", "territories": ["*"]}
    scenario.deal(
        stack,
        "gus-open",
        {"mechanism": "per_output", "rate": "0.007", "confidence": weak, "blend": True, "unattributed": True},
        {"mechanism": "micro_royalty", "rate": "0.0031"},
        {"mechanism": "direct_play", "rate": "0.004", "revenue_share": "0.5", "combine": "sum"},
        **common,
        sides={"recording": "0.5", "composition": "0.5"},
        effective_from="2026-01-01",
    )
    guarantee = {"mechanism": "minimum_guarantee", "amount": "1000", "period": "quarter"}
    price = {"mechanism": "per_output", "rate": "0.009", "uses": ["download"]}
    scenario.deal(stack, "gus-stim", price, guarantee, **common | {"licensor": "stim"}, sides={"recording": "0.5", "composition": "0.5"})
    scenario.deal(
        stack,
        "gus-ann",
        {"mechanism": "buyout", "amount": "333", "covers": ["micro_royalty"]},
        {"mechanism": "advance", "amount": "50"},
        **common | {"licensor": "ann", "from": "2026-11-01"},
    )
    scenario.sent(stack, "/v1/training-runs", {"run_id": "g-1", "model": "gus-1", "trained_on": "2026-10-02", "works": WORKS}, "gus")
    body = {"report_id": "g-rep", "model": "gus-1", "method": "sureel", "method_version": "2.1"}
    shares = [{"work": ISRC, "share": "0.4"}, {"work": UNKNOWN, "share": "0.2"}]
    for number, confidence in enumerate(("0.95", "0.55", "0.2")):
        record = {"output_id": f"gus-{number}", "revision": 0, "confidence": confidence, "shares": shares}
        scenario.sent(stack, "/v1/attributions", body | {"report_id": f"g-{number}", "records": [record]}, "gus")
    played = [(f"output:gus-{number}", "2026-10-06", 3 + number) for number in range(3)]
    scenario.usage(stack, "g-b1", *played, (ISRC, "2026-10-05", 4), by="gus")
    scenario.usage(stack, "g-b2", *played, by="gus", use="generation")
    scenario.usage(stack, "g-b4", *played, by="gus", use="download")
    levy = {"levy_id": "tax", "month": "2026-10", "currency": "EUR", "amount": "300", "distribution": TREE}
    assert stack.http("POST", "/v1/levies", scope="admin", json=levy).status == 201
    stack.at("2026-11-05T08:00:00Z")
    scenario.usage(stack, "g-b3", ("output:gus-0", "2026-11-03", 11), by="gus", use="generation")
    stack.at("2027-01-10T06:00:00Z")
    sealed = settle(stack, "2026-12", "2026-12")
    assert sealed["status"] == "sealed", (sealed, stack.errors)
    return stack


WORKS = [{"work": ISRC, "weight": "3"}, {"work": OTHER_ISRC, "weight": "1"}]


def test_every_line_of_every_mechanism_verifies(rich: Stack) -> None:
    lines = lines_of(rich, "2026-12")
    assert {line["mechanism"] for line in lines} == {
        "per_output",
        "training_run",
        "revenue_pool",
        "micro_royalty",
        "direct_play",
        "minimum_guarantee",
        "buyout",
        "advance",
        "levy",
    }
    for line in lines:
        told = explained(rich, line["line_id"])
        assert told["verified"], told
        assert (told["line"]["amount"], told["line"]["shadow"]) == (line["amount"], line["shadow"])
        assert told["key"]["party_id"] == line["party_id"]
        text = explained(rich, line["line_id"], format="text")
        assert f"Line {line['line_id']} of settlement 2026-12: {line['amount']}" in text
    assert any(Decimal(line["shadow"]) > 0 for line in lines)


def test_a_line_leads_to_the_outputs_their_disclosures_and_the_batches(rich: Stack) -> None:
    line = next(line for line in lines_of(rich, "2026-12") if line["mechanism"] == "micro_royalty" and line["party_id"] == "stim")
    told = explained(rich, line["line_id"])
    assert told["uses"], told
    first = told["evidence"][0]
    assert (first["subject"], first["share"], first["confidence"], first["batches"]) == ("output:gus-0", "0.4", "0.95", ["g-b2"])
    assert first["disclosure"] == "g-0 revision 0 (sureel 2.1 for gus-1)"
    assert {version["kind"] for version in told["versions"]} == {"deal", "work", "party"}
    assert [terms["terms"]["rate"] for terms in told["terms"]] == ["0.0031"]
    assert all(row["accrues_to_the_same_now"] for row in told["accruals"])
    assert (told["accruals_left_out"], told["subjects_left_out"], told["partitions_not_read"]) == (0, 0, 0)


def test_what_is_listed_is_limited_and_what_is_left_out_is_counted(rich: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    line = next(line for line in lines_of(rich, "2026-12") if line["mechanism"] == "per_output" and line["work_key"] == UNKNOWN)
    whole = explained(rich, line["line_id"])
    subjects = [item for item in whole["evidence"] if not item["subject"].startswith("run:")]
    monkeypatch.setattr(evidence, "SUBJECTS_LISTED_MAX", 1)
    fewer = explained(rich, line["line_id"])
    named = {item["subject"] for item in fewer["evidence"] if not item["subject"].startswith("run:")}
    assert (len(named), fewer["verified"]) == (1, True)
    assert fewer["subjects_left_out"] == len({(item["subject"], item["day"]) for item in subjects}) - 1
    looked_up = len(subjects)
    monkeypatch.setattr(evidence, "SUBJECTS_LISTED_MAX", 100)
    for limit, same in ((0, None), (looked_up + 10, True)):
        monkeypatch.setattr(evidence, "LOOKUPS_MAX", limit)
        told = explained(rich, line["line_id"])
        assert (told["outputs_not_looked_up"] > 0, told["verified"]) == (same is None, True)
        assert {row["accrues_to_the_same_now"] for row in told["accruals"]} == {same}
    monkeypatch.setattr(evidence, "PARTITIONS_READ_MAX", 0)
    unread = explained(rich, line["line_id"])
    assert (unread["partitions_not_read"], unread["verified"]) == (len(whole["accruals"]), True)
    monkeypatch.setattr(evidence, "ROWS_LISTED_MAX", 0)
    assert explained(rich, line["line_id"])["accruals_left_out"] == len(whole["accruals"])


def test_a_line_that_is_not_there_is_not_found(rich: Stack) -> None:
    for line_id in ("0" * 20, "x", "", "%2e%2e", "line_id", "'" * 20):
        assert rich.http("GET", f"/v1/explain/2026-12/{line_id}", scope="finance").status == 404
    assert rich.http("GET", f"/v1/explain/nobody/{'0' * 20}", scope="finance").status == 404


def steps_of(told: Any) -> list[tuple[str, str]]:
    (pool,) = told["pools"]
    assert told["verified"], told
    return [(step["words"], step["amount"]) for step in pool["steps"]]


def test_how_a_pool_came_to_its_amount_is_told_by_the_terms_that_opened_it(stack: Stack) -> None:
    """A pool is priced by the month's last terms; it was told by those that the line's own uses fell under: 0.03, and a pool of 0.06."""
    scenario.small_world(stack)
    terms = {"mechanism": "per_output", "rate": "0.007"}, {"mechanism": "revenue_pool", "share": "0.06", "basis": "influence"}
    scenario.deal(stack, "open", *terms, effective_from="2026-10-20")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    lines = [line for line in lines_of(stack) if line["mechanism"] == "revenue_pool"]
    assert lines
    for line in lines:
        told = explained(stack, line["line_id"], "2026-10")
        assert told["pools"][0]["amount"] == "74.0736"
        assert steps_of(told)[1:] == [("0.06 of 1234.56", "74.0736")]
        assert [(one["version"], one["terms"]["share"]) for one in told["terms"]] == [(1, "0.03"), (2, "0.06")]
        assert [one["version"] for one in told["versions"] if one["kind"] == "deal"] == [1, 2]


@pytest.mark.parametrize("mechanism", ["licence_fee", "minimum_guarantee"])
def test_a_whole_of_a_quarter_is_told_as_its_last_month_has_it(stack: Stack, mechanism: str) -> None:
    """The terms changed in December, and with them what the quarter owes: October's line told of the fee, or the minimum, of October."""

    def terms(amount: str) -> dict[str, Any]:
        stated = {"amount": amount, "period": "quarter"} if mechanism == "minimum_guarantee" else {"basis": "usage"}
        return {"mechanism": mechanism} | ({"fee": {"amount": amount, "per": "quarter"}} if mechanism == "licence_fee" else {}) | stated

    scenario.small_world(stack)
    price = {"mechanism": "per_output", "rate": "0.007"}
    common = {"licensor": "ann", "sides": {"recording": "1", "composition": "0"}}
    scenario.deal(stack, "own", price, terms("300"), **common, effective_from="2026-01-01")
    scenario.deal(stack, "own", price, terms("600"), **common, effective_from="2026-12-01")
    stack.at("2027-01-10T06:00:00Z")
    assert settle(stack, "2026-12", "2026-12")["status"] == "sealed", stack.errors
    (line,) = (line for line in lines_of(stack, "2026-12") if line["mechanism"] == mechanism and line["usage_month"] == "2026-10")
    words, amount = steps_of(explained(stack, line["line_id"]))[0]
    assert amount == "600"
    assert words.startswith(
        ("fee per quarter, due for the quarter 2026-12, shared by usage", "guaranteed per quarter, for the quarter 2026-12")
    )


def test_what_is_left_of_a_fee_is_told_by_the_fee_of_its_own_month(stack: Stack) -> None:
    """Every month knows the wholes that are shared over several; what was left of October's fee was said to be of three."""
    scenario.small_world(stack)
    scenario.work(stack, "second", "ann", {"ann": "1"})
    fee = {"mechanism": "licence_fee", "fee": {"amount": "0.000000000001", "per": "month"}, "basis": "presence"}
    scenario.deal(stack, "own", fee, licensor="ann", effective_from="2026-10-01", **{"from": "2026-10-01"})
    stack.at("2027-01-10T06:00:00Z")
    assert settle(stack, "2026-12", "2026-12")["status"] == "sealed", stack.errors
    left = [line for line in lines_of(stack, "2026-12") if line["mechanism"] == "licence_fee" and line["account"] == "residue"]
    assert len(left) == 3
    for line in left:
        _, *pools = explained(stack, line["line_id"])["notes"]
        assert [f"month {line['usage_month']}" in pool for pool in pools] == [True]
