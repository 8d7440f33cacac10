"""What a stack of an earlier version keeps is read by this one: it goes on from there, to the same amounts, and explains what was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overtone.aws import older_keys
from overtone.stores import older_accruals, outbox
from tests import stored
from tests.integration import scenario
from tests.integration.scenario import files_of, lines_of
from tests.stored_accruals import encode_index

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

SAMPLES = sorted(stored.FOLDER.glob("stack-*.json.gz"))


def test_a_stack_of_the_first_version_is_kept_as_a_sample() -> None:
    assert SAMPLES


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_stack_of_an_earlier_version_goes_on_where_it_stood(stack: Stack, path: Path) -> None:
    sample = stored.read(path)
    stored.put(stack, sample)
    stack.drain()
    sealed = files_of(stack)
    for settlement in ("2026-10",):
        line = next(one for one in lines_of(stack, settlement) if one["party_id"] == "ann" and one["mechanism"] == "per_output")
        stack.at(scenario.SETTLED)
        explained = stack.http("GET", f"/v1/explain/{settlement}/{line['line_id']}", party="ann", scope="statements.read")
        assert explained.status == 200, explained.text
        assert stack.http("GET", f"/v1/statements/{settlement}", party="ann", scope="statements.read").status == 200
    expected = [{name: line[name] for name in stored.SAID} for line in sample["next"]]
    assert sorted(map(sorted_items, stored.settled_next(stack))) == sorted(map(sorted_items, expected))
    assert {name: body for name, body in files_of(stack).items() if name in sealed} == sealed, "what is sealed stays"
    assert not stack.errors


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_an_earlier_version_paid_comes_to_the_same_again(stack: Stack, path: Path) -> None:
    """The fee of a training run was counted under another name: each of its lines was said to be an error of ours, to be reported."""
    stored.put(stack, stored.read(path))
    stack.drain()
    stack.at(scenario.SETTLED)
    fees = [line for line in lines_of(stack) if line["mechanism"] == "training_run" and line["account"] != "residue"]
    assert fees
    for line in fees:
        told = stack.http("GET", f"/v1/explain/2026-10/{line['line_id']}", scope="finance").json()
        assert (told["verified"], told["notes"], len(told["pools"])) == (True, [], 1), told


def sorted_items(line: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(line.items())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_what_an_earlier_version_kept_in_items_leaves_them_when_its_partition_is_accrued_again(stack: Stack, path: Path) -> None:
    stored.put(stack, stored.read(path))
    stack.drain()
    day, run = "usage#fox#2026-10-09#0000", next(name for name in of_items(stack) if name.startswith("training#"))
    assert day in of_items(stack)
    stack.at("2026-11-10T10:00:00Z")
    scenario.usage(stack, "b-11", ("output:gen-1", "2026-10-09", 1))
    as_if_its_worker_had_died(stack, run)
    scenario.accrue(stack, "2026-11-10T12:00:00Z")
    assert not {day, run} & of_items(stack)
    assert not [item for item in stack.items("LedgerTable") if "page" in item and item["sk"].startswith((day, run))]
    assert not stack.errors


def as_if_its_worker_had_died(stack: Stack, partition: str) -> None:
    """Before what it had written counted."""
    index, _ = older_accruals.index_of(partition)
    key = older_keys.partition_pages_once(partition)
    stack.table("LedgerTable").put_item(Item={**key._asdict(), **encode_index({}, index)})
    (said,) = [item for item in stack.items("LedgerTable") if item["pk"].startswith("PARTS#") and item["sk"] == partition]
    stack.table("LedgerTable").delete_item(Key={"pk": said["pk"], "sk": said["sk"]})
    outbox.mark([partition], "again", "2026-11-10T09:30:00.000000Z")


def of_items(stack: Stack) -> set[str]:
    """The partitions of which an index names pages that are items."""
    return {
        item["pk"].removeprefix("PAGES#")
        for item in stack.items("LedgerTable")
        if item["pk"].startswith("PAGES#") and item["sk"] == "INDEX"
    }
