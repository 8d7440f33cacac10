"""What is said while a month is settled counts the next time: one settlement is of one state of deals, tax rates and settings."""

import json
from typing import Any

import pytest

from local.stack import Stack
from overtone.errors import InvariantBroken
from overtone.steps.settlement import documents, later, machine, sink
from tests.integration import scenario
from tests.integration.scenario import files_of, payments, settle
from tests.interruptions import AtOnce, before_each_write

AFTER_THE_CUT_OFF = 6
"""Writes of the settlement by then."""
PAYEES = ("ann", "bo", "cy", "di")


@pytest.mark.parametrize("amended", ["next year", "while it is settled"])
def test_when_payees_are_paid_is_what_was_agreed_and_in_force_at_the_cut_off(stack: Stack, amended: str) -> None:
    """An amendment that begins next year paid at once what waits for the licensee; so did one that was agreed on after the cut-off."""
    scenario.small_world(stack)
    licensor = {"licensor": "ann", "sides": {"recording": "1", "composition": "0"}}
    deal: dict[str, Any] = {"licensee": "fox", "currency": "EUR", "from": "2026-01-01", "territories": ["*"]} | licensor
    deal["terms"] = [{"mechanism": "per_output", "rate": "0.007"}]
    scenario.register(stack, "deals", "own", deal | {"pays": "on_receipt"})
    stack.at(scenario.SETTLED)
    later = {"effective_from": "2027-01-01"} if amended == "next year" else {"propose": True, "effective_from": "2026-01-01"}
    scenario.register(stack, "deals", "own", deal | {"pays": "on_accrual"} | later)
    answers = []

    def agrees(count: int) -> None:
        if count == AFTER_THE_CUT_OFF and amended != "next year":
            for party in ("fox", "ann"):
                path = "/v1/deals/own/versions/2:accept"
                answers.append(stack.http("POST", path, party=party, scope="registry.write", json={}).status)

    with before_each_write(stack, "Settlement", agrees):
        assert settle(stack)["status"] == "sealed", stack.errors
    assert 200 in answers or amended == "next year"
    assert payments(stack, "2026-10")["ann"]["uncollected"] != "0"


def test_all_payees_are_taxed_at_the_rates_of_one_moment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payees that are told apart were taxed anew, at the rates of that moment: a statement said another sum than the bank file."""
    for name, most in (("WITH_BOOKS_MAX", 1), ("RANGE_PAYEES", 1)):
        monkeypatch.setattr(later, name, most)
    monkeypatch.setattr(documents, "PDF_STATEMENTS_MAX", 0)
    monkeypatch.setattr(sink, "ThreadPoolExecutor", AtOnce)
    scenario.work_of(stack, *PAYEES, rate="7", uses=100)
    stack.at(scenario.SETTLED)

    def another_rate(count: int) -> None:
        body = {"rates": [{"country": "*", "from": "2026-01-01", "rate": f"0.{10 + count % 80}"}]}
        assert stack.http("PUT", "/v1/tax-rates", scope="finance", json=body).status == 200

    with before_each_write(stack, "Settlement", another_rate):
        assert settle(stack)["status"] == "sealed", stack.errors
    paid = payments(stack, "2026-10")
    assert {row["withheld"] for row in paid.values()} == {paid["ann"]["withheld"]} != {"0"}
    for name, body in files_of(stack, "2026-10").items():
        if name.startswith("statements/") and name.endswith(".json"):
            told = json.loads(body)
            (balance,), row = told["balances"], paid[told["party_id"]]
            assert (balance["withheld"], balance["paid"]) == (row["withheld"], row["paid"])


def test_what_was_chosen_since_a_settlement_failed_counts_when_it_is_asked_for_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stopped it may be a parameter: it is not kept for as long as somebody goes on with that settlement."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)

    def stopped(_event: dict[str, Any]) -> dict[str, Any]:
        raise InvariantBroken("pure", "stopped on purpose")

    with monkeypatch.context() as patched:
        patched.setitem(machine.STEPS, "seal", stopped)
        assert settle(stack)["status"] == "failed"
    body = {"rates": [{"country": "*", "from": "2026-01-01", "rate": "0.5"}]}
    assert stack.http("PUT", "/v1/tax-rates", scope="finance", json=body).status == 200
    assert settle(stack)["status"] == "sealed", stack.errors
    row = payments(stack, "2026-10")["ann"]
    assert (row["withheld"], row["paid"]) == ("13.9", "13.89")
