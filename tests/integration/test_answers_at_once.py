"""Two answers of the bank that arrive at the same moment: both are kept, whichever of them finds its place taken."""

from typing import Any

import pytest

from local.stack import Stack
from overtone.stores import bank_answers
from tests.integration import scenario
from tests.integration.scenario import payments, settle
from tests.integration.test_money_in_and_out import call
from tests.interruptions import set_aside

PATH = "/v1/settlements/2026-10/acknowledgements"


def answered(stack: Stack, payment: dict[str, Any]) -> dict[str, Any]:
    body = f"payment_id,status,reason\n{payment['payment_id']},returned,AC04\n"
    reply = stack.http("POST", PATH, scope="finance", body=body, headers={"content-type": "text/csv"})
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_an_answer_whose_place_another_took_while_it_was_read_is_kept_behind_it(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """It passed for the one that was there: finance was told of the payment that came back, and the payee never had it again."""
    scenario.work_of(stack, "ann", "bob")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    sent = {one["party_id"]: one for one in call(stack, "GET", "payments?settlement_id=2026-10").json()["items"]}
    keep, came = bank_answers.keep, list[str]()

    def late(*args: Any) -> None:
        if not came:
            came.append("ann")
            with set_aside(stack):
                assert answered(stack, sent["ann"])["returned_total"] == 1
        keep(*args)

    monkeypatch.setattr(bank_answers, "keep", late)
    assert answered(stack, sent["bob"])["returned_total"] == 1
    assert settle(stack, "again")["status"] == "sealed", stack.errors
    assert {party: row["returned"] for party, row in payments(stack, "again").items()} == {"ann": "6", "bob": "6"}
