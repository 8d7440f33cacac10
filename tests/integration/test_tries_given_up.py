"""A settlement whose first try was given up, and whose second says something else: nobody sees or finds a figure that was never sealed."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from overtone.errors import Conflict, InvariantBroken
from overtone.steps.settlement import leftovers, sink
from overtone.stores import sealed_files
from tests.integration import scenario
from tests.integration.scenario import ask, files_of, step
from tests.integration.test_settlement_kill import THOROUGH
from tests.integration.test_steps_twice import again, owner_of, up_to_the_seal
from tests.interruptions import AtOnce, before_each_write

if TYPE_CHECKING:
    from local.stack import Stack

SETTLEMENT = "late"
LATER, NEXT_DAYS = "2026-11-11T06:00:00Z", ("2026-11-12T07:00:00Z", "2026-11-13T07:00:00Z")
WRITES_MAX = 100
EACH = {"emit": 1 if THOROUGH else 5, "seal": 1}
"""Of so many writes the gate tries one; of odd numbers, for a file may take two."""
LEAST = {"emit": 25, "seal": 1}
LEFT = tuple(
    f"{name}"
    for name in (
        "ach-USD-2.txt",
        "index/00001.ndjson",
        "invoices/hare-EUR.csv",
        "pain001-SEK.xml",
        "reports/ann@fox.dsr.tsv",
        "self-billed/ann-EUR.json",
        "societies/stim.csv",
        "statements/ann.json",
    )
)
"""Of each kind of file that one try writes and another may not."""


def first_try(stack: Stack) -> str:
    """All files but the manifest, a statement of ann's among them; the execution that wrote them."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack, SETTLEMENT)
    up_to_the_seal(stack, SETTLEMENT)
    assert "statements/ann.json" in files_of(stack, SETTLEMENT)
    return owner_of(stack)


def second_try(stack: Stack) -> None:
    """The first is given up, its only batch withdrawn; the second is sealed, and ann has nothing of it."""
    stack.stop_executions()
    step(stack, "fail", SETTLEMENT, error={"Error": "States.Timeout"})
    assert stack.http("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write").status == 200
    scenario.accrue(stack, LATER)
    ask(stack, SETTLEMENT)
    up_to_the_seal(stack, SETTLEMENT)
    step(stack, "seal", SETTLEMENT)
    assert scenario.shown(stack, SETTLEMENT)["status"] == "sealed"


def named(stack: Stack) -> dict[str, str]:
    """Digests of what the sealed manifest names."""
    manifest = files_of(stack, SETTLEMENT)["manifest.json"]
    record = stack.table("LedgerTable").get_item(Key={"pk": "SETTLEMENTS", "sk": SETTLEMENT})["Item"]
    assert hashlib.sha256(manifest).hexdigest() == record["manifest_sha256"]
    assert record["attempt"] == 2
    return {entry["name"]: entry["sha256"] for entry in json.loads(manifest)["files"]} | {"manifest.json": record["manifest_sha256"]}


def unsealed(stack: Stack) -> list[str]:
    """What lies there and no manifest names, where all that it names is what was sealed."""
    files, sealed = files_of(stack, SETTLEMENT), named(stack)
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in sealed} == sealed
    return sorted(files.keys() - sealed.keys())


def shows_ann_nothing(stack: Stack) -> None:
    listed = stack.http("GET", "/v1/statements", party="ann", scope="statements.read")
    assert (listed.status, listed.json()["items"]) == (200, [])
    for form in ("json", "csv", "html", "pdf"):
        assert stack.http("GET", f"/v1/statements/{SETTLEMENT}?format={form}", party="ann", scope="statements.read").status == 404
    assert stack.http("GET", f"/v1/settlements/{SETTLEMENT}/files/statements/ann.json", scope="finance").status == 404


def test_what_the_try_that_was_given_up_wrote_goes_with_the_seal(stack: Stack) -> None:
    first_try(stack)
    second_try(stack)
    assert unsealed(stack) == []
    shows_ann_nothing(stack)


def latecomer(stack: Stack, names: tuple[str, ...] = LEFT) -> None:
    for name in names:
        stack.put_object("SettlementBucket", f"{SETTLEMENT}/{name}", b'{"closing": "1000000"}')


def test_what_a_latecomer_adds_is_shown_to_nobody_and_goes_within_a_day(stack: Stack) -> None:
    first_try(stack)
    second_try(stack)
    latecomer(stack)
    assert unsealed(stack) == sorted(LEFT)
    shows_ann_nothing(stack)
    stack.tick(NEXT_DAYS[0])
    assert unsealed(stack) == []
    latecomer(stack, LEFT[:1])  # as nothing can once a function's life is over
    stack.tick(NEXT_DAYS[1])
    assert unsealed(stack) == sorted(LEFT[:1]), "a settlement is looked through once"


def test_a_large_settlement_is_looked_through_bit_by_bit(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    first_try(stack)
    second_try(stack)
    latecomer(stack)
    lying = len(files_of(stack, SETTLEMENT))
    monkeypatch.setattr(leftovers, "LOOKED_AT_MAX", lying // 2)
    stack.at(NEXT_DAYS[0])
    again_daily(stack)
    left = len(unsealed(stack))
    assert 0 < left < len(LEFT)
    again_daily(stack)
    again_daily(stack)
    assert unsealed(stack) == []


def again_daily(stack: Stack) -> None:
    stack.invoke("Settlement", {"step": "open", "request": {"again_at": "2026-11-12T05:00:00Z"}, "owner": "arn:daily", "settlement_id": ""})


def test_a_manifest_that_is_not_what_was_sealed_condemns_no_file(stack: Stack) -> None:
    first_try(stack)
    second_try(stack)
    before = files_of(stack, SETTLEMENT)
    empty = json.dumps(json.loads(before["manifest.json"]) | {"files": []}).encode()
    stack.put_object("SettlementBucket", f"{SETTLEMENT}/manifest.json", empty)
    stack.at(NEXT_DAYS[0])
    for cached in (sealed_files._manifest, sealed_files._in_manifest):
        cached.cache_clear()  # as another process reads it
    with pytest.raises(InvariantBroken, match="sealed"):
        again_daily(stack)
    assert files_of(stack, SETTLEMENT) == before | {"manifest.json": empty}


@pytest.mark.parametrize("late", ["emit", "seal"])
def test_a_function_of_the_first_try_that_lives_on_changes_nothing_that_was_sealed(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """It is run a second time, so that it replaces files and does not only make new ones; and it stalls before one of its writes."""
    monkeypatch.setattr(sink, "ThreadPoolExecutor", AtOnce)
    for wanted in range(0, WRITES_MAX, EACH[late]):
        stack.reset()
        owner, acted = first_try(stack), False

        def meanwhile(number: int, wanted: int = wanted) -> None:
            nonlocal acted
            if number == wanted and scenario.shown(stack, SETTLEMENT)["status"] == "computing":
                acted = True
                second_try(stack)

        with before_each_write(stack, "Settlement", meanwhile), suppress(Conflict):
            again(stack, late, owner)
        if not acted:
            assert wanted > LEAST[late]
            return
        unsealed(stack)
        shows_ann_nothing(stack)
        stack.tick(NEXT_DAYS[0])
        assert unsealed(stack) == [], f"before write {wanted} of {late}"
    pytest.fail("the writes never ended")
