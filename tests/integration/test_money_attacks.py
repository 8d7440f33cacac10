"""What a thief, a careless bank or a single hand might try with the money, through HTTP: each is refused, held, or without effect."""

from pathlib import Path
from typing import Any

from local.stack import Stack
from overtone.payout.audit import audit
from overtone.payout.audit_folder import Folder
from tests.integration import scenario
from tests.integration.scenario import files_of, payments, settle
from tests.integration.test_money_in_and_out import ALICE, BOB, call


def acknowledge(stack: Stack, settlement: str, body: str) -> dict[str, Any]:
    path = f"/v1/settlements/{settlement}/acknowledgements"
    reply = stack.http("POST", path, scope="finance", body=f"payment_id,status,reason\n{body}", headers={"content-type": "text/csv"})
    assert reply.status == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def faults(stack: Stack, folder: Path, *chain: str) -> list[str]:
    """What an auditor finds wrong with a chain of settlements."""
    before, found = None, []
    for name in chain:
        for file, content in files_of(stack, name).items():
            path = folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        now = Folder(folder / name)
        found += [text for holds, text in audit(now, before) if not holds]
        before = now
    return found


def test_an_account_that_changes_a_day_before_the_run_is_held_told_and_not_paid(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at("2026-11-09T06:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK | {"iban": "NO9386011117947"})
    told = call(stack, "GET", "events", party="ann", scope="statements.read", query={"type": "bank_details.changed"}).json()["items"]
    assert len(told) == 1
    stack.at(scenario.SETTLED)
    settle(stack)
    row = payments(stack, "2026-10")["ann"]
    assert (row["status"], row["paid"], row["held"]) == ("bank_details_changed", "0", row["closing"])
    assert b"NO9386011117947" not in files_of(stack).get("pain001-EUR.xml", b"")
    assert b"make sure that it was you" in files_of(stack)["statements/ann.json"]


def test_an_old_answer_of_the_bank_that_is_replayed_pays_nobody_again(stack: Stack, tmp_path: Path) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    first = payments(stack, "2026-10")["ann"]
    returned = f"{first['payment_id']},returned,MS03\n"
    assert acknowledge(stack, "2026-10", returned)["returned_total"] == 1
    settle(stack, "second")
    again = payments(stack, "second")["ann"]
    assert (again["paid"], again["status"]) == (first["paid"], "paid")
    for old in (returned, f"{first['payment_id']},executed,\n", returned):
        acknowledge(stack, "2026-10", old)
        assert acknowledge(stack, "second", old)["errors"][0]["record_id"] == first["payment_id"]
    settle(stack, "third")
    assert "ann" not in payments(stack, "third")
    acknowledge(stack, "second", f"{again['payment_id']},executed,\n")
    assert acknowledge(stack, "second", f"{again['payment_id']},refused,DU01\n")["returned"] == []
    settle(stack, "fourth")
    assert "ann" not in payments(stack, "fourth")
    assert faults(stack, tmp_path, "2026-10", "second", "third", "fourth") == []


def test_one_person_under_two_names_is_one(stack: Stack) -> None:
    scenario.small_world(stack)
    proposals = {
        "adjustments": {"adjustment_id": "p", "party": "ann", "amount": "1", "currency": "EUR", "reason": "r", "evidence": "e"},
        "opening-balances": {"opening_id": "p", "evidence": "e", "balances": [{"party": "ann", "currency": "EUR", "balance": "1"}]},
    }
    for kind, body in proposals.items():
        assert call(stack, "POST", kind, ALICE, body).status == 201
        for disguise in ({}, {"party": "ann"}, {"scope": "finance admin"}):
            assert call(stack, "POST", f"{kind}/p:accept", ALICE, **disguise).status == 403
        nobody = stack.token(None, "finance", sub="")
        assert stack.http("POST", f"/v1/{kind}/p:accept", token=nobody).status in {401, 403}
        assert call(stack, "POST", f"{kind}/p:accept", BOB).status == 200
