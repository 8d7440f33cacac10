"""Disclosures of outputs: derived from the reports' pages, and derived again whenever a report is indexed again.

All disclosures of an output are kept, packed (see `segments`); its owner and what is in force follow from them. What an earlier version
kept as items is read with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from overtone.facts.accrual import Disclosure
from overtone.facts.limits import DISCLOSURE_SHARDS
from overtone.facts.outputs import Current, OutputDisclosure, current_of
from overtone.facts.segments import SegmentOrder, order_of
from overtone.partitions import Partition, spread
from overtone.stores import ledger_setup, output_items, segments
from overtone.stores.ledger_setup import LedgerSetup


def histories(outputs: Iterable[str], setup: LedgerSetup | None = None, *, whole: bool = False) -> dict[str, list[OutputDisclosure]]:
    """The disclosures that count of those outputs that have one, by revision: what can matter for which is in force, or the `whole`.

    `setup` is the stack's, from whoever has read it.
    """
    ways: dict[int, set[str]] = {}
    for output in outputs:
        ways.setdefault(spread(output, DISCLOSURE_SHARDS), set()).add(output)
    known = dict[str, dict[SegmentOrder, OutputDisclosure]]()
    asks_items = bool(ways) and (setup or ledger_setup.found()).output_items
    for number, wanted in sorted(ways.items()):
        found = segments.way(number)
        rows = segments.find(found, wanted)
        if asks_items:
            rows += [row for mine in output_items.in_force(wanted, whole=whole, withdrawn=found.withdrawn).values() for row in mine]
        for row in rows:
            known.setdefault(row.disclosed.output_id, {})[order_of(row)] = row
    return {output: sorted(rows.values(), key=_by_revision) for output, rows in known.items()}


def _by_revision(row: OutputDisclosure) -> tuple[int, str, str]:
    return row.disclosed.revision, row.licensee, row.report


def tidy(number: int, setup: LedgerSetup | None = None) -> bool:
    """Merge what is due of one way; whether there is more to do."""
    return segments.tidy(number, forgets=not (setup or ledger_setup.found()).output_items)


def find_all(outputs: Iterable[str], setup: LedgerSetup | None = None) -> dict[str, Current]:
    """The disclosures in force of those outputs that have one."""
    return {output: current_of(rows) for output, rows in histories(outputs, setup).items()}


def disclosures(outputs: Iterable[str], setup: LedgerSetup) -> Mapping[str, Disclosure]:
    """What the accrual needs of those outputs that have a disclosure."""
    return {output: current.disclosure() for output, current in find_all(outputs, setup).items()}


def history(output_id: str) -> list[OutputDisclosure]:
    """Every disclosure of an output that counts, by revision."""
    return histories([output_id], whole=True).get(output_id, [])


class Indexed(NamedTuple):
    """Outputs that belong to the lab that disclosed them: now for the first time, and those that were known."""

    first: set[str]
    again: set[str]


def index(partition: Partition, claims: Sequence[OutputDisclosure], setup: LedgerSetup | None = None) -> Indexed:
    """Add what a report discloses of one way's outputs. Doing so again changes nothing, and answers the same."""
    ours = _by_output(claims)
    before = histories(ours, setup)
    if any(claimed not in before.get(output, ()) for output, mine in ours.items() for claimed in mine):
        segments.add(partition.shard, str(partition), claims)
    others = _without_report(before, claims)
    owned = {output for output, mine in ours.items() if current_of([*others.get(output, ()), *mine]).claimed.licensee == partition.reporter}
    return Indexed(owned - others.keys(), owned & others.keys())


def remove(partition: Partition, claims: Sequence[OutputDisclosure], setup: LedgerSetup | None = None) -> set[str]:
    """Take what a withdrawn report disclosed out again; the outputs whose disclosure in force is another one now, or none.

    Doing so again changes nothing, and answers the same.
    """
    ours = _by_output(claims)
    others = _without_report(histories(ours, setup), claims)
    if claims:
        segments.withdraw(partition.shard, str(partition), claims[0].licensee, claims[0].report)
    return {output for output, mine in ours.items() if _changed_by(mine, others.get(output, []))}


def _changed_by(gone: list[OutputDisclosure], rest: list[OutputDisclosure]) -> bool:
    return not rest or current_of(rest).claimed != current_of([*rest, *gone]).claimed


def _by_output(claims: Iterable[OutputDisclosure]) -> dict[str, list[OutputDisclosure]]:
    found: dict[str, list[OutputDisclosure]] = {}
    for claimed in claims:
        found.setdefault(claimed.disclosed.output_id, []).append(claimed)
    return found


def _without_report(
    by_output: Mapping[str, Sequence[OutputDisclosure]], claims: Iterable[OutputDisclosure]
) -> dict[str, list[OutputDisclosure]]:
    """What others than these claims' report say of the outputs that anybody else speaks of."""
    reports = {(claimed.licensee, claimed.report) for claimed in claims}
    rest = {output: [one for one in all_ if (one.licensee, one.report) not in reports] for output, all_ in by_output.items()}
    return {output: kept for output, kept in rest.items() if kept}
