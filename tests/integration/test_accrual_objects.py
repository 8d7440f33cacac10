"""A partition's accruals are one object: readers see what its directory points to, whoever died, was overtaken, or reads meanwhile."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from local.faults import WorkerKilled
from overtone.errors import InvariantBroken
from overtone.facts.rows import UsageEntry
from overtone.money import NANO
from overtone.partitions import bucket_of
from overtone.stores import accrual_pages as page_store
from overtone.stores.accrual_pages import BucketPlace
from tests import stored_accruals
from tests.integration import scenario
from tests.integration.test_usage_api import DAY, record, register, send
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from local.stack import Stack

BUCKETS = 4
PARTITION = f"usage#fox#{DAY}#0000"
ISRC, OTHER = "isrc:USRC17607839", "isrc:SEABC2600001"


def played(stack: Stack, batch: str, at: str, *numbers: int, **changed: Any) -> None:
    assert send(stack, batch, [record(n, subject=ISRC, **changed) for n in numbers]).status == 201
    stack.tick(at)


def quantity(stack: Stack) -> int:
    entries = [entry for _, row in stored_accruals.rows(stack) for entry in row.entries if isinstance(entry, UsageEntry)]
    return sum(entry.quantity for entry in entries) // NANO


def objects(stack: Stack) -> set[str]:
    return {key for key in stack.objects("FactsBucket") if key.startswith("accruals/")}


def pointed(stack: Stack) -> set[str]:
    return {f"accruals/{DAY[:7]}/{item['sk'].replace('#', '/')}/{item['object']}" for item in stored_accruals.directories(stack)}


def test_a_partition_is_one_object_and_the_one_before_goes(fox: Stack) -> None:
    played(fox, "b-1", "2026-10-01T00:15:00Z", 1)
    (first,) = objects(fox)
    played(fox, "b-2", "2026-10-01T00:30:00Z", 2)
    (second,) = objects(fox)
    assert first != second
    assert pointed(fox) == {second}
    assert [item for item in fox.items("LedgerTable") if "page" in item] == []


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_wherever_a_worker_dies_what_it_left_says_nothing_and_the_next_one_removes_it(fox: Stack, service: str) -> None:
    fired = False
    for writes in range(20):
        for lost in (False, True):
            fox.reset()
            for party in ("fox", "hare"):
                register(fox, party)
            fox.at("2026-10-01T00:00:00Z")
            played(fox, "b-1", "2026-10-01T00:15:00Z", 1)
            assert send(fox, "b-2", [record(2, subject=ISRC)]).status == 201
            fox.invoke("Aggregate", {"now": "2026-10-01T00:30:00Z"})
            fox.faults.fail_after(writes, service=service, lost_response=lost)
            fox.drain()
            fired = fox.faults.fired
            fox.faults.clear()
            assert quantity(fox) in {12, 24}
            assert pointed(fox) <= objects(fox)
            fox.tick("2026-10-01T03:00:00Z")
            assert quantity(fox) == 24
            assert objects(fox) == pointed(fox)
        if not fired:
            assert writes > (1 if service == "s3" else 4)
            return
    pytest.fail("the writes never ended")


def test_a_worker_that_was_overtaken_undoes_nothing(fox: Stack) -> None:
    """The queue hands a partition to one worker at a time; one that outlived its time is refused by the directory's count."""
    played(fox, "b-1", "2026-10-01T00:15:00Z", 1)
    body = json.dumps({"partition": PARTITION, "urgent": True})
    message = {"messageId": "m", "receiptHandle": "h", "body": body, "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g"}}
    for wanted in range(2, 7):
        acted = False
        assert send(fox, f"b-{wanted}", [record(10 + wanted, subject=ISRC)]).status == 201
        fox.invoke("Aggregate", {"now": f"2026-10-01T0{wanted}:00:00Z"})

        def overtaken(number: int, wanted: int = wanted) -> None:
            nonlocal acted
            if number == wanted:
                acted = True
                assert send(fox, f"more-{wanted}", [record(wanted + 1, subject=ISRC)]).status == 201
                fox.invoke("Aggregate", {"now": f"2026-10-01T0{wanted}:15:00Z"})
                fox.invoke("Accrue", {"Records": [message]})

        with before_each_write(fox, "Accrue", overtaken):
            fox.invoke("Accrue", {"Records": [message]})
        assert acted, wanted
        assert pointed(fox) <= objects(fox)
        fox.tick(f"2026-10-01T0{wanted}:45:00Z")
        fox.tick(f"2026-10-01T1{wanted}:45:00Z")
        assert quantity(fox) == 12 * (1 + 2 * (wanted - 1)), wanted
        assert pointed(fox) <= objects(fox)


@pytest.mark.parametrize("died", [False, True])
def test_a_worker_that_was_overtaken_removes_nothing_that_counts(fox: Stack, died: bool) -> None:  # noqa: FBT001 - of `parametrize`
    """What it replaced was said again meanwhile, under the same name: it removed that, and the month could not be settled any more."""
    played(fox, "b-1", "2026-10-01T00:15:00Z", 1)
    body = json.dumps({"partition": PARTITION, "urgent": True})
    message = {"messageId": "m", "receiptHandle": "h", "body": body, "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g"}}
    for wanted in range(20):
        assert send(fox, f"b-{wanted + 2}", [record(10 + wanted, subject=OTHER)]).status == 201
        fox.invoke("Aggregate", {"now": f"2026-10-01T{wanted + 1:02d}:00:00Z"})
        if died:
            running = {"pk": f"RUNNING#{DAY[:7]}", "sk": PARTITION, "at": "2026-10-01T00:00:00.000000Z", "starts": 1, "entered": True}
            fox.table("LedgerTable").put_item(Item=running)
        acted = False

        def overtaken(number: int, wanted: int = wanted) -> None:
            nonlocal acted
            if number == wanted:
                acted = True
                assert fox.http("DELETE", f"/v1/usage/b-{wanted + 2}", party="fox", scope="usage.write").status == 200
                fox.invoke("Aggregate", {"now": f"2026-10-01T{wanted + 1:02d}:15:00Z"})
                fox.invoke("Accrue", {"Records": [message]})

        with before_each_write(fox, "Accrue", overtaken):
            fox.invoke("Accrue", {"Records": [message]})
        assert pointed(fox) <= objects(fox), f"before write {wanted}"
        if not acted:
            assert wanted > 5
            return
        fox.tick(f"2026-10-01T{wanted + 1:02d}:45:00Z")
        assert quantity(fox) == 12, f"before write {wanted}"
    pytest.fail("the writes never ended")


@pytest.mark.parametrize("lives", [-1, 2])
def test_a_worker_that_was_overtaken_leaves_nothing_by_which_a_disclosure_misses_its_outputs(fox: Stack, lives: int) -> None:
    """What it had noted of the partition's outputs lay over what came since: the disclosure of such an output changed nothing, for good.

    It `lives` on for so many writes, or to its end.
    """
    body = json.dumps({"partition": PARTITION, "urgent": True})
    message = {"messageId": "m", "receiptHandle": "h", "body": body, "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g"}}
    for wanted in range(20):
        fox.reset()
        register(fox, "fox")
        assert send(fox, "b-1", [record(1, subject="output:first")]).status == 201
        fox.invoke("Aggregate", {"now": "2026-10-01T00:15:00Z"})
        acted = False

        def overtaken(number: int, wanted: int = wanted) -> None:
            nonlocal acted
            if number == wanted:
                acted = True
                assert send(fox, "b-2", [record(2, subject="output:second")]).status == 201
                fox.invoke("Aggregate", {"now": "2026-10-01T00:20:00Z"})
                fox.invoke("Accrue", {"Records": [message]})
            if number == wanted + lives and lives > 0:
                raise WorkerKilled

        with before_each_write(fox, "Accrue", overtaken), suppress(WorkerKilled):
            fox.invoke("Accrue", {"Records": [message]})
        if not acted:
            assert wanted > 5
            return
        for minute in (30, 45):
            fox.tick(f"2026-10-01T00:{minute}:00Z")
        scenario.disclose(fox, "rep-1", {"second": {ISRC: "1"}})
        for hour in (1, 2):
            fox.tick(f"2026-10-01T{hour:02d}:00:00Z")
        (said,) = [item for item in fox.items("LedgerTable") if item["pk"] == f"PARTS#{DAY[:7]}"]
        assert (said["records"], said["waiting"]) == (2, 1), f"before write {wanted}"
    pytest.fail("the writes never ended")


def test_whoever_reads_while_an_object_is_replaced_reads_the_one_that_took_its_place(fox: Stack) -> None:
    for party in ("fox", "hare"):
        assert send(fox, "b-1", [record(1, subject=ISRC)], party=party).status == 201
    fox.tick("2026-10-01T00:15:00Z")
    reader = page_store.pages_of_bucket(BucketPlace(DAY[:7], bucket_of(ISRC, BUCKETS)))
    assert next(reader)[0] == PARTITION
    assert send(fox, "b-2", [record(2, subject=ISRC)], party="hare").status == 201
    fox.tick("2026-10-01T00:30:00Z")
    ((partition, pages),) = reader
    (page,) = pages
    (kept,) = [body for name, _, body in stored_accruals.pages(fox) if name == partition]
    assert page == kept


def test_an_object_that_is_gone_or_denied_is_not_nothing(fox: Stack) -> None:
    played(fox, "b-1", "2026-10-01T00:15:00Z", 1)
    (key,) = objects(fox)
    place = BucketPlace(DAY[:7], bucket_of(ISRC, BUCKETS))
    fox.aws("s3").delete_object(Bucket=fox.name("FactsBucket"), Key=key)
    with pytest.raises(InvariantBroken, match="its accruals are gone; restore the version"):
        list(page_store.pages_of_bucket(place))
    assert send(fox, "b-2", [record(2, subject=ISRC)]).status == 201
    for hour in range(1, 9, 2):
        fox.tick(f"2026-10-01T0{hour}:30:00Z")
    (aside,) = fox.http("GET", "/v1/quarantine", scope="finance").json()["items"]
    assert aside["reason"] == "invariant_broken"


def test_many_partitions_are_read_at_once_and_in_order(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [f"2026-10-{day:02d}" for day in range(1, 8)]
    fox.at("2026-10-09T00:00:00Z")
    for day in days:
        sent = [record(n, subject=subject, used_on=day) for n, subject in enumerate((ISRC, OTHER))]
        assert send(fox, f"b-{day}", sent).status == 201
    fox.tick("2026-10-09T00:15:00Z")
    for place in (BucketPlace("2026-10", bucket) for bucket in range(BUCKETS)):
        alone = list(page_store.pages_of_bucket(place))
        monkeypatch.setattr(page_store, "READ_ONE_BY_ONE_MAX", 3)
        monkeypatch.setattr(page_store, "READ_AHEAD", 2)
        assert list(page_store.pages_of_bucket(place)) == alone
        monkeypatch.undo()
        assert [name for name, _ in alone] in ([f"usage#fox#{day}#0000" for day in days], [])
