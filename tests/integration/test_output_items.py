"""Outputs that the first versions kept as items, beside those that are packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overtone.facts.limits import DISCLOSURE_SHARDS
from overtone.partitions import spread
from overtone.stores import facts as fact_store
from overtone.stores import outputs as output_store
from overtone.stores import segments
from tests.integration.test_accrual import disclose
from tests.integration.test_output_segments import row

if TYPE_CHECKING:
    from local.stack import Stack
    from overtone.facts.outputs import OutputDisclosure


def test_outputs_of_the_first_version_are_read_with_those_of_today(fox: Stack) -> None:
    """They have an item each, and one of each disclosure from the second on; a report of theirs can be withdrawn."""
    assert disclose(fox, "rep-0", "gen-9") == 201
    fox.tick()
    table = fox.table("LedgerTable")
    table.put_item(
        Item={"pk": "LEDGER", "sk": "BUCKETS", "buckets": next(i["buckets"] for i in fox.items("LedgerTable") if i["pk"] == "LEDGER")}
    )
    rows = [row("gen-1", "rep-1"), row("gen-1", "rep-2", revision=1, at=2), row("gen-2", "rep-1")]
    for one in rows[:2]:
        fox.table("RegistryTable").put_item(Item=_item(one, f"DISCLOSED#{one.disclosed.revision:016d}#fox#{one.report}"))
    for one in rows[1:]:
        since = {"since": rows[0].accepted_at, "by": "rep-1"}
        fox.table("RegistryTable").put_item(Item=_item(one, "CURRENT") | since)
    assert output_store.histories(["gen-1", "gen-2", "gen-9"], whole=True).keys() == {"gen-1", "gen-2", "gen-9"}
    assert output_store.history("gen-1") == rows[:2]
    assert output_store.find_all(["gen-1"])["gen-1"] == ("2026-10-01T00:00:01.000000Z", "rep-1", rows[1])
    fox.at("2026-10-05T00:00:00Z")
    assert disclose(fox, "rep-3", "gen-1", revision=2) == 201
    assert disclose(fox, "rep-4", "gen-2", party="hare") == 422
    fox.tick()
    assert [one.report for one in output_store.history("gen-1")] == ["rep-1", "rep-2", "rep-3"]
    segments.withdraw(spread("gen-1", DISCLOSURE_SHARDS), f"attribution#fox#rep-3#{spread('gen-1', DISCLOSURE_SHARDS):04d}", "fox", "rep-3")
    assert output_store.find_all(["gen-1"])["gen-1"].claimed == rows[1]
    segments.withdraw(spread("gen-1", DISCLOSURE_SHARDS), f"attribution#fox#rep-2#{spread('gen-1', DISCLOSURE_SHARDS):04d}", "fox", "rep-2")
    assert output_store.find_all(["gen-1"])["gen-1"].claimed == rows[0]


def _item(one: OutputDisclosure, sk: str) -> dict[str, Any]:
    shown = one.disclosed
    return {
        "pk": f"OUT#{shown.output_id}",
        "sk": sk,
        "licensee": one.licensee,
        "report": one.report,
        "accepted_at": one.accepted_at,
        "method": list(one.method),
        "revision": shown.revision,
        "confidence": shown.confidence,
        "shares": fact_store.packed(shown.shares),
    }
