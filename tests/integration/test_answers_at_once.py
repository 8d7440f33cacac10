"""What arrives at the same moment: two answers of the bank are both kept, and one collection that is posted twice is one."""

from typing import Any

import pytest

from local.stack import Stack
from overtone.stores import bank_answers
from tests.integration import scenario
from tests.integration.scenario import payments, settle
from tests.integration.test_money_in_and_out import call, collected
from tests.interruptions import before_each_write, set_aside

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
    keep = bank_answers.keep
    came: list[str] = []

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


@pytest.mark.fair  # whose write it was that is there, nobody can say whose answer was lost
def test_a_collection_that_is_posted_twice_at_the_same_moment_is_the_same(stack: Stack) -> None:
    """It was said to be of the same money as itself, and to be sent again as other money: then it would have counted twice."""
    scenario.work_of(stack, "ann", "bob")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed", stack.errors
    (invoice,) = call(stack, "GET", "invoices").json()["items"]
    first: list[Any] = []

    def posts(_count: int) -> None:
        if not first:
            first.append(collected(stack, "c-1", "5.00", invoice["number"]))

    with before_each_write(stack, "FinanceApi", posts):
        second = collected(stack, "c-1", "5.00", invoice["number"])
    assert ([first[0].status, second.status], second.json()) == ([201, 200], first[0].json())
    assert len(call(stack, "GET", "collections").json()["items"]) == 1
