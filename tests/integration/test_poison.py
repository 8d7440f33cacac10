"""Stored facts that cannot be read any more: each is set aside with its reason, and stops nobody else."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.integration import scenario
from tests.integration.scenario import ISRC, lines_of, settle, usage

if TYPE_CHECKING:
    from local.stack import Stack


def outbox(stack: Stack, batch: str) -> dict[str, Any]:
    (entry,) = [item for item in stack.items("UsageTable") if item["pk"].startswith("OUTBOX#") and item["batch"] == batch]
    return entry


def anns(stack: Stack, settlement: str) -> Decimal:
    """For how many plays ann is paid by the play."""
    lines = lines_of(stack, settlement)
    return sum((Decimal(line["quantity"]) for line in lines if (line["mechanism"], line["party_id"]) == ("per_output", "ann")), Decimal())


def test_an_entry_of_the_outbox_that_cannot_be_read_stops_nobody_and_counts_once_it_is_mended(stack: Stack) -> None:
    scenario.small_world(stack)
    usage(stack, "spoilt", ("output:gen-1", "2026-10-04", 5))
    entry = outbox(stack, "spoilt")
    poisons = ({"partitions": b"nothing packed"}, {"months": "no map"}, {"accepted_at": 7})
    for poison in poisons:
        stack.table("UsageTable").put_item(Item=entry | poison)
        usage(stack, f"good-{next(iter(poison))}", ("output:gen-1", "2026-10-05", 1))
        scenario.accrue(stack, "2026-10-06T08:15:00Z")
        aside = outbox(stack, "spoilt")
        assert (aside["pk"], bool(aside["reason"])) == ("OUTBOX#ASIDE", True)
        stack.table("UsageTable").delete_item(Key={"pk": aside["pk"], "sk": aside["sk"]})
    stack.table("UsageTable").put_item(Item=entry | poisons[0])
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    assert anns(stack, "2026-10") == 15 * Decimal("0.2325"), "her 0.75 of the 0.31 that was attributed"
    aside = outbox(stack, "spoilt")
    stack.table("UsageTable").put_item(Item=aside | {"partitions": entry["partitions"]})
    scenario.accrue(stack, "2026-12-01T08:15:00Z")
    assert not [item for item in stack.items("UsageTable") if item["pk"].startswith("OUTBOX#")]
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert anns(stack, "2026-11") == 5 * Decimal("0.2325")
    assert not stack.errors


def test_an_entry_that_was_mended_is_taken_up_by_a_settlement_too(stack: Stack) -> None:
    """It was not allowed to take the entry away from where it lay aside: it failed, until the schedule of accruals had come first."""
    scenario.small_world(stack)
    usage(stack, "spoilt", ("output:gen-1", "2026-10-04", 5))
    entry = outbox(stack, "spoilt")
    stack.table("UsageTable").put_item(Item=entry | {"partitions": b"nothing packed"})
    scenario.accrue(stack, "2026-10-06T08:15:00Z")
    stack.table("UsageTable").put_item(Item=outbox(stack, "spoilt") | {"partitions": entry["partitions"]})
    usage(stack, "good", ("output:gen-1", "2026-10-05", 1))
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    assert anns(stack, "2026-10") == 18 * Decimal("0.2325")
    assert not [item for item in stack.items("UsageTable") if item["pk"].startswith("OUTBOX#")]
    assert not stack.errors


def test_a_party_whose_day_cannot_be_reported_is_named_and_the_others_are_reported(stack: Stack) -> None:
    scenario.small_world(stack)
    scenario.party(stack, "hare", "licensee")
    usage(stack, "h-1", (ISRC, "2026-10-04", 3), by="hare")
    scenario.accrue(stack, "2026-10-05T09:00:00Z")
    (receipt,) = [item for item in stack.items("UsageTable") if item["pk"] == "RECEIPT#usage#fox#b-1"]
    stack.table("UsageTable").put_item(Item=receipt | {"receipt": b"nothing packed"})
    (accruals,) = [key for key in stack.objects("FactsBucket") if key.startswith("accruals/") and "fox" in key]
    stack.aws("s3").put_object(Bucket=stack.name("FactsBucket"), Key=accruals, Body=b"no page")
    stack.at("2026-10-06T04:00:00Z")
    told = stack.invoke("Reconcile", {"now": "2026-10-06T04:00:00Z"})
    assert (told["failed"], told["broken"]) == (2, 0), "fox's report, and the month's proof"
    report = json.loads(stack.objects("DropBucket")["reconciliation/hare/2026-10-05.json"])
    assert report["party"] == "hare"
    assert "reconciliation/fox/2026-10-05.json" not in stack.objects("DropBucket")
    assert not stack.errors
    assert stack.ringing() == {"ChecksFailedAlarm"}
