"""What the daily look could not read, or had no time for, is looked at by a later one, however long that takes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from overtone.steps import daily_look, reconciliation
from tests.integration.test_corrections import played, standing
from tests.integration.test_usage_api import register, send
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from local.stack import Stack

FAR = "2026-09-10"


def page_of(stack: Stack, batch: str) -> dict[str, Any]:
    (page,) = [item for item in stack.items("UsageTable") if item["sk"].startswith(f"PAGE#{batch}#")]
    return page


def look(stack: Stack, day: str) -> dict[str, int]:
    stack.at(f"{day}T01:00:00Z")
    told: dict[str, int] = stack.invoke("Reconcile", {"now": f"{day}T01:00:00Z"})
    return told


def accrue(stack: Stack) -> None:
    """Without the other schedules."""
    stack.invoke("Aggregate", {})
    stack.drain()


def unchecked(stack: Stack) -> list[str]:
    return [item["sk"] for item in stack.items("UsageTable", "UNCHECKED")]


def two_of_one_id(stack: Stack) -> dict[str, Any]:
    """A record that counts on two days until a look sees both; the page of the first is damaged meanwhile. What the page was."""
    register(stack, "fox", record_ids="unique")
    send(stack, "b-1", [played(1, used_on=FAR)])
    send(stack, "b-2", [played(1, revision=1)])
    accrue(stack)
    page = page_of(stack, "b-1")
    stack.table("UsageTable").put_item(Item=page | {"page": b"no columns"})
    return page


def test_a_day_whose_page_was_damaged_for_long_is_looked_at_once_it_is_mended(fox: Stack) -> None:
    """After a week of days nobody looked at it any more: both counted for good."""
    page = two_of_one_id(fox)
    for day in range(2, 15):
        assert look(fox, f"2026-10-{day:02}")["failed"] == 1
        assert unchecked(fox) == ["2026-10-01#fox"]
        assert "ChecksFailedAlarm" in fox.ringing()
    fox.table("UsageTable").put_item(Item=page)
    assert look(fox, "2026-10-15") == {"reports": 1, "broken": 0, "failed": 0}
    assert unchecked(fox) == []
    assert "reconciliation/fox/2026-10-01.json" in fox.objects("DropBucket")
    assert standing(fox) == {("2026-10-01", "quantity"): 10}
    assert look(fox, "2026-10-16")["reports"] == 1, "the voids' own day, and nothing else"


def test_a_day_that_is_noted_again_while_a_look_is_at_it_stays_owed(fox: Stack) -> None:
    """What leaves the outbox late does so at any moment, also between a look's report and the note's removal."""
    page = two_of_one_id(fox)
    look(fox, "2026-10-05")
    fox.table("UsageTable").put_item(Item=page)
    (owed,) = fox.items("UsageTable", "UNCHECKED")

    def note(_number: int) -> None:
        if unchecked(fox):
            fox.table("UsageTable").put_item(Item=owed | {"tried_at": "2026-10-01"})

    with before_each_write(fox, "Reconcile", note):
        assert look(fox, "2026-10-06")["failed"] == 0
    assert unchecked(fox) == ["2026-10-01#fox"]
    look(fox, "2026-10-07")
    assert unchecked(fox) == []


def test_a_day_that_no_look_came_to_is_looked_at_by_the_next(fox: Stack) -> None:
    """The schedule may be off while a stack is restored, or the look may run out of time day by day."""
    register(fox, "fox", record_ids="unique")
    send(fox, "b-1", [played(1, used_on=FAR)])
    accrue(fox)
    assert look(fox, "2026-10-02")["reports"] == 1
    fox.at("2026-10-02T08:00:00Z")
    send(fox, "b-2", [played(1, revision=1)])
    accrue(fox)
    accrue(fox)
    assert look(fox, "2026-10-20") == {"reports": 1, "broken": 0, "failed": 0}
    assert standing(fox) == {("2026-10-01", "quantity"): 10}
    assert look(fox, "2026-10-30")["reports"] == 1, "what was looked at is not looked at again"


def test_a_long_time_without_looks_is_made_good_in_steps(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily_look, "MISSED_DAYS_MAX", 2)
    look(fox, "2026-10-01")
    for day in (1, 2, 3, 4):
        fox.at(f"2026-10-{day:02}T08:00:00Z")
        send(fox, f"b-{day}", [played(day)])
        accrue(fox)
    for today, reported in (("2026-10-20", [1, 2]), ("2026-10-21", [1, 2, 3, 4])):
        look(fox, today)
        kept = fox.objects("DropBucket")
        assert [day for day in range(1, 5) if f"reconciliation/fox/2026-10-{day:02}.json" in kept] == reported


def test_a_look_whose_time_is_up_loses_nothing_of_what_it_made_good(fox: Stack) -> None:
    look(fox, "2026-10-01")
    for day in (1, 2, 3):
        fox.at(f"2026-10-{day:02}T08:00:00Z")
        send(fox, f"b-{day}", [played(day)])
        accrue(fox)
    fox.at("2026-10-20T01:00:00Z")
    results = daily_look.checks(reconciliation.active_before("2026-10-20T01:00:00Z"))
    assert [next(results).what for _ in range(3)] == ["2026-10", "fox/2026-10-01", "fox/2026-10-02"]
    del results
    for key in fox.objects("DropBucket"):
        fox.aws("s3").delete_object(Bucket=fox.name("DropBucket"), Key=key)
    look(fox, "2026-10-21")
    assert list(fox.objects("DropBucket")) == ["reconciliation/fox/2026-10-02.json", "reconciliation/fox/2026-10-03.json"]


def test_a_stack_on_which_no_look_was_noted_begins_with_the_days_of_a_week(fox: Stack) -> None:
    """As it was before looks were noted."""
    send(fox, "b-1", [played(1)])
    accrue(fox)
    assert look(fox, "2026-10-20")["reports"] == 0
    assert not [key for key in fox.objects("DropBucket") if key.startswith("reconciliation/")]


def test_of_many_days_that_cannot_be_read_those_tried_longest_ago_come_first(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily_look, "TRIED_AGAIN_MAX", 1)
    receipts = []
    for day in (1, 2):
        fox.at(f"2026-10-{day:02}T08:00:00Z")
        send(fox, f"b-{day}", [played(day)])
        accrue(fox)
        (receipt,) = [item for item in fox.items("UsageTable") if item["pk"] == f"RECEIPT#usage#fox#b-{day}"]
        fox.table("UsageTable").put_item(Item=receipt | {"receipt": b"nothing packed"})
        receipts.append(receipt)
    assert look(fox, "2026-10-03")["failed"] == 2
    for day in (20, 21, 22):
        assert look(fox, f"2026-10-{day}")["failed"] == 1
    for receipt in receipts:
        fox.table("UsageTable").put_item(Item=receipt)
    assert [look(fox, f"2026-10-{day}")["reports"] for day in (23, 24, 25)] == [1, 1, 0]
    assert unchecked(fox) == []


def test_a_month_that_could_not_be_proven_is_proven_once_it_can_be_read(fox: Stack) -> None:
    send(fox, "b-1", [played(1)])
    accrue(fox)
    (key,) = [key for key in fox.objects("FactsBucket") if key.startswith("accruals/")]
    sound = fox.objects("FactsBucket")[key]
    fox.put_object("FactsBucket", key, b"no page")
    for day in range(2, 12):
        assert look(fox, f"2026-10-{day:02}")["failed"] == 1
        assert unchecked(fox) == ["2026-10"]
    fox.put_object("FactsBucket", key, sound)
    (summary,) = [item for item in fox.items("LedgerTable") if item["pk"] == "PARTS#2026-10"]
    fox.table("LedgerTable").put_item(Item=summary | {"quantity": 11})
    assert look(fox, "2026-10-12") == {"reports": 0, "broken": 1, "failed": 0}
    assert unchecked(fox) == []


def test_what_could_not_be_read_is_forgotten_with_what_it_is_about(fox: Stack) -> None:
    two_of_one_id(fox)
    look(fox, "2026-10-02")
    (item,) = fox.items("UsageTable", "UNCHECKED")
    fox.at(fox.now + timedelta(days=1_200))
    assert int(item["expires_at"]) < fox.now.timestamp()
    assert look(fox, fox.now.date().isoformat())["failed"] == 0


def twice(stack: Stack) -> None:
    register(stack, "fox", record_ids="unique")
    send(stack, "b-1", [played(1, used_on=FAR)])
    send(stack, "b-2", [played(1, revision=1)])


def test_what_was_long_in_accruing_is_looked_at_once_it_is_accrued(fox: Stack) -> None:
    """As what is set aside may be: a look sees what is accrued, and had seen nothing of it in a week."""
    twice(fox)
    fox.invoke("Aggregate", {})
    for day in range(2, 13):
        assert look(fox, f"2026-10-{day:02}") == {"reports": 1, "broken": 0, "failed": 0}
        assert unchecked(fox) == ["2026-10-01#fox"]
    fox.drain()
    assert look(fox, "2026-10-13")["reports"] == 1
    assert unchecked(fox) == []
    assert standing(fox) == {("2026-10-01", "quantity"): 10}


@pytest.mark.parametrize("by", ["Aggregate", "Settlement"])
def test_what_lay_in_the_outbox_for_long_is_looked_at_too(fox: Stack, by: str) -> None:
    """A party's days are known from what was taken out of the outbox: a look of that day had seen nobody."""
    twice(fox)
    for day in range(2, 13):
        assert look(fox, f"2026-10-{day:02}")["reports"] == 0
    fox.at("2026-10-12T08:00:00Z")
    if by == "Settlement":
        body = {"settlement_id": "s-1", "through": "2026-10", "early": True}
        assert fox.http("POST", "/v1/settlements", scope="finance", json=body).status == 202
        fox.drain()
    else:
        accrue(fox)
    assert unchecked(fox) == ["2026-10-01#fox"]
    assert look(fox, "2026-10-13")["reports"] == 1
    assert standing(fox) == {("2026-10-01", "quantity"): 10}
