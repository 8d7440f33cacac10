"""What comes late is posted by the next settlement as a difference, and what was sealed stays."""

import csv
import io
import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from local.stack import Stack
from overtone.payout import manifest
from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC, UNKNOWN, files_of, lines_of, settle, shown

KEY = (
    "usage_month",
    "deal_id",
    "mechanism",
    "licensee",
    "model",
    "work_key",
    "side",
    "account",
    "party_id",
    "member_id",
    "reason",
    "currency",
)

CORRECTED = "the usage behind this line was corrected after the settlement, so it comes to another amount now; the next one adjusts it"
LATER, MUCH_LATER = "2026-12-10T06:00:00Z", "2027-01-10T06:00:00Z"


def table(stack: Stack, name: str, settlement: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files_of(stack, settlement)[name].decode())))


def posted(stack: Stack, *settlements: str) -> dict[tuple[str, ...], Decimal]:
    """What all lines ever posted come to, by key, residue apart: it is what dividing leaves."""
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for settlement in settlements:
        for line in lines_of(stack, settlement):
            sums[tuple(line[name] for name in KEY)] += Decimal(line["amount"])
    return {key: amount for key, amount in sums.items() if amount}


def explained(stack: Stack, settlement: str, line_id: str) -> dict[str, Any]:
    reply = stack.http("GET", f"/v1/explain/{settlement}/{line_id}", scope="finance")
    assert reply.status == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def every_line_verifies(stack: Stack, settlement: str) -> None:
    for line in lines_of(stack, settlement):
        told = explained(stack, settlement, line["line_id"])
        assert (told["verified"], told["agrees"]) == (True, True), told
        assert told["line"]["amount"] == line["amount"]


def everything_is_somewhere(stack: Stack, *settlements: str) -> None:
    """What was ever owed was paid, withheld, is carried, waits in suspense or is residue: in one currency, to the last digit."""
    totals = [total for name in settlements for total in json.loads(files_of(stack, name)["manifest.json"])["totals"]]
    assert {total["currency"] for total in totals} == {"EUR"}
    ever = {name: sum(Decimal(total[name]) for total in totals) for name in totals[0] if name != "currency"}
    assert ever["owed"] == ever["parties"] + ever["suspense"] + ever["residue"]
    assert ever["parties"] == ever["paid"] + ever["withheld"] + ever["recouped"] - ever["returned"] + Decimal(totals[-1]["carried"])
    assert ever["suspense"] == sum(Decimal(row["amount"]) for row in table(stack, "suspense.csv", settlements[-1]))
    billed = sum(Decimal(row["amount"]) for name in settlements for row in table(stack, "receivables.csv", name))
    assert ever["owed"] == billed


# --- adjustments


def test_late_usage_is_an_adjustment_and_what_was_sealed_stays(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    first = files_of(stack)
    every_line_verifies(stack, "2026-10")
    scenario.usage(stack, "late", ("output:gen-1", "2026-10-20", 40))
    scenario.accrue(stack, "2026-12-01T00:00:00Z")
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert files_of(stack) == first
    second = json.loads(files_of(stack, "2026-11")["manifest.json"])
    assert second["previous"] == {"settlement_id": "2026-10", "sha256": manifest.sha256(first["manifest.json"])}
    every_line_verifies(stack, "2026-11")
    corrected = next(line for line in lines_of(stack, "2026-11") if line["party_id"] == "ann" and line["mechanism"] == "per_output")
    told = explained(stack, "2026-11", corrected["line_id"])
    assert (corrected["adjusts"], told["adjusts"]) == ("2026-10", "2026-10")
    assert Decimal(told["after"]["amount"]) - Decimal(told["before"]["amount"]) == Decimal(corrected["amount"])
    old = next(line for line in lines_of(stack) if all(line[name] == corrected[name] for name in KEY))
    outdated = explained(stack, "2026-10", old["line_id"])
    assert (outdated["verified"], *outdated["notes"]) == (False, CORRECTED)
    assert list(outdated["accrued_again_since"]) == ["usage#fox#2026-10-20#0000"]


def test_a_line_whose_uses_were_all_taken_back_is_said_to_be_corrected(stack: Stack) -> None:
    scenario.world(stack)
    scenario.disclose(stack, "of-a-mistake", {"gen-9": {(key := "isrc:SEABC2600077"): "1"}})
    scenario.usage(stack, "mistaken", ("output:gen-9", "2026-10-06", 40))
    levy = {"levy_id": "tax", "month": "2026-10", "currency": "EUR", "amount": "100", "distribution": {"formula": "influence"}}
    assert stack.http("POST", "/v1/levies", scope="admin", json=levy).status == 201
    stack.at(scenario.SETTLED)
    settle(stack)
    sent = stack.http("DELETE", "/v1/usage/mistaken", party="fox", scope="usage.write")
    assert sent.status == 200, sent.text
    scenario.accrue(stack, "2026-12-01T00:00:00Z")
    for mechanism in ("per_output", "levy"):
        line = next(line for line in lines_of(stack) if line["work_key"] == key and line["mechanism"] == mechanism)
        told = explained(stack, "2026-10", line["line_id"])
        assert (told["verified"], told["notes"]) == (False, [CORRECTED]), mechanism
        assert list(told["accrued_again_since"]) == ["usage#fox#2026-10-06#0000"], mechanism


def test_what_is_taken_back_is_called_what_its_work_is_called(stack: Stack) -> None:
    """Nothing is due under such a line any more, so that no claim names its work: uses withdrawn, a share passed on."""
    alone = [{"party": "ann", "share": "1"}]
    blue = {"title": "Cumberland Blue", "kind": "recording", "identifiers": [OTHER_ISRC], "shares": alone, "permissions": scenario.ALLOWED}
    scenario.work_of(stack, "ann", "bob")
    scenario.register(stack, "works", "blue", blue, "ann")
    scenario.disclose(stack, "rep-2", {"gen-2": {OTHER_ISRC: "1"}})
    scenario.usage(stack, "mistaken", ("output:gen-2", "2026-10-06", 40))
    scenario.accrue(stack, "2026-10-07T08:15:00Z")
    stack.at(scenario.SETTLED)
    settle(stack)
    assert stack.http("DELETE", "/v1/usage/mistaken", party="fox", scope="usage.write").status == 200
    bought = {"title": "Track, bought", "identifiers": [ISRC], "effective_from": "2026-01-01", "owner": "ann"}
    scenario.register(stack, "works", "track", blue | bought)
    scenario.accrue(stack, "2026-12-01T00:00:00Z")
    stack.at(LATER)
    settle(stack, "2026-11", "2026-11")
    taken = {line["work_id"]: line for line in lines_of(stack, "2026-11") if line["amount"].startswith("-")}
    assert {work_id: line["title"] for work_id, line in taken.items()} == {"blue": "Cumberland Blue", "track": "Track, bought"}
    assert taken["track"]["party_id"] == "bob"
    statement = json.loads(files_of(stack, "2026-11")["statements/ann.json"])
    assert "Cumberland Blue" in {adjustment["title"] for adjustment in statement["adjustments"]}
    found = stack.http("GET", "/v1/settlements/2026-11/lines", scope="finance", query={"title": "cumberland"}).json()["items"]
    assert [line["line_id"] for line in found] == [taken["blue"]["line_id"]]
    every_line_verifies(stack, "2026-11")


def test_every_opening_is_the_closing_before(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    scenario.usage(stack, "late", ("output:gen-1", "2026-10-20", 40), ("output:gen-1", "2026-11-02", 3))
    stack.at(LATER)
    settle(stack, "2026-11", "2026-11")
    closing = {(row["party_id"], row["currency"]): row["closing"] for row in table(stack, "payments.csv", "2026-10")}
    for row in table(stack, "payments.csv", "2026-11"):
        assert row["opening"] == closing.get((row["party_id"], row["currency"]), "0")


def test_registering_late_releases_suspense(stack: Stack) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    settle(stack)
    scenario.work(stack, "found", "ann", {"ann": "1"}, identifiers=[UNKNOWN])
    stack.at(LATER)
    settle(stack, "2026-11", "2026-11")
    moved = [line for line in lines_of(stack, "2026-11") if line["work_key"] == UNKNOWN and line["side"] == "recording"]
    by_account = {
        account: sum(Decimal(line["amount"]) for line in moved if line["account"] == account) for account in ("party", "suspense")
    }
    assert by_account["party"] == -by_account["suspense"] > 0
    every_line_verifies(stack, "2026-11")


def test_settling_in_steps_posts_what_settling_at_once_does(stack: Stack) -> None:
    def play(stack: Stack, *, in_steps: bool) -> dict[tuple[str, ...], Decimal]:
        scenario.world(stack)
        ids = ["2026-10", "2026-11", "2026-12"] if in_steps else ["2026-12"]
        stack.at(scenario.SETTLED)
        if in_steps:
            settle(stack)
        scenario.usage(stack, "late", ("output:gen-1", "2026-10-20", 40), (OTHER_ISRC, "2026-11-02", 3))
        scenario.disclose(stack, "rep-2", {"gen-2": {UNKNOWN: "0.1", ISRC: "0.2", OTHER_ISRC: "0.3"}}, revision=1)
        stack.at(LATER)
        if in_steps:
            assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
        scenario.work(
            stack, "track", "ann", {"ann": "0.5", "bob": "0.5"}, identifiers=[ISRC], composition="song", effective_from="2026-01-01"
        )
        scenario.usage(stack, "later", ("output:gen-2", "2026-11-11", 9), ("output:gen-1", "2026-12-02", 2))
        stack.at(MUCH_LATER)
        assert settle(stack, "2026-12", "2026-12")["status"] == "sealed"
        every_line_verifies(stack, ids[-1])
        everything_is_somewhere(stack, *ids)
        return posted(stack, *ids)

    at_once = play(stack, in_steps=False)
    stack.reset()
    in_steps = play(stack, in_steps=True)
    assert in_steps == at_once


def test_the_schedule_settles_nothing_before_there_is_something(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.tick("2026-10-10T06:00:00Z")
    assert stack.http("GET", "/v1/settlements", scope="finance").json()["items"] == []
    stack.tick("2026-11-10T06:00:00Z")
    assert shown(stack)["status"] == "sealed"


def test_without_pools_only_what_changed_is_looked_at(stack: Stack) -> None:
    stack.at("2026-09-01T08:00:00Z")
    scenario.party(stack, "ann", "creator", payout=scenario.BANK)
    scenario.party(stack, "fox", "licensee")
    for name, isrc in (("track", ISRC), ("other", OTHER_ISRC), ("third", UNKNOWN)):
        scenario.work(stack, name, "ann", {"ann": "1"}, identifiers=[isrc])
    scenario.deal(stack, "open", {"mechanism": "per_output", "rate": "0.007"})
    stack.at("2026-10-05T08:00:00Z")
    scenario.disclose(stack, "rep-1", {"gen-1": {ISRC: "0.5", OTHER_ISRC: "0.5"}, "gen-2": {UNKNOWN: "1"}})
    scenario.usage(stack, "b-1", ("output:gen-1", "2026-10-03", 12), ("output:gen-2", "2026-10-04", 7))
    scenario.accrue(stack, "2026-10-05T08:15:00Z")
    stack.at(scenario.SETTLED)
    settle(stack)
    scenario.usage(stack, "late", ("output:gen-1", "2026-10-20", 10))
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    plan = json.loads(stack.objects("SettlementBucket")["work/2026-11/001/plan.json"])
    touched = {key for month in plan["months"] if month["month"] == "2026-10" for keys in month["touched"].values() for key in keys}
    assert touched == {ISRC, OTHER_ISRC}
    lines = lines_of(stack, "2026-11")
    assert {(line["work_key"], line["amount"], line["adjusts"]) for line in lines} == {
        (ISRC, "0.035", "2026-10"),
        (OTHER_ISRC, "0.035", "2026-10"),
    }
    every_line_verifies(stack, "2026-11")
    stack.at(MUCH_LATER)
    settle(stack, "2026-12", "2026-12")
    assert lines_of(stack, "2026-12") == []
    everything_is_somewhere(stack, "2026-10", "2026-11", "2026-12")
