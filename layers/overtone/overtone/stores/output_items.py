"""Disclosed outputs as the first versions kept them: an item of each output, and one of each disclosure from the second on.

They are read and never written. A stack that was set up later says so (`LedgerSetup`), and nobody asks for them there.
"""

from collections.abc import Collection, Iterable

from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.facts.disclosure import Method, OutputShares, grounds_of
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.splits import PLAIN
from overtone.stores import facts as fact_store


def _decode(output_id: str, item: Item) -> OutputDisclosure:
    shares = tuple((work, share) for work, share in fact_store.unpacked(item["shares"]))
    grounds = grounds_of(fact_store.unpacked(item["grounds"])) if "grounds" in item else PLAIN
    disclosed = OutputShares(output_id, item["revision"], item["confidence"], shares, grounds)
    return OutputDisclosure(item["licensee"], item["report"], item["accepted_at"], Method(*item["method"]), disclosed)


def in_force(outputs: Iterable[str], *, whole: bool, withdrawn: Collection[tuple[str, str]]) -> dict[str, list[OutputDisclosure]]:
    """Of the outputs that have an item the disclosures that can be in force, or the `whole` history; without withdrawn reports."""
    wanted = {keys.output(output): output for output in outputs}
    found = tables.registry().batch_get(wanted)
    answers = {wanted[key]: _answer(wanted[key], item, withdrawn, whole=whole) for key, item in found.items()}
    return {output: kept for output, rows in answers.items() if (kept := [row for row in rows if row[:2] not in withdrawn])}


def _answer(output_id: str, item: Item, withdrawn: Collection[tuple[str, str]], *, whole: bool) -> list[OutputDisclosure]:
    """The current disclosure alone, where the output is its owner's by it and nothing else is asked; else all."""
    current = _decode(output_id, item)
    if not whole and (item["since"], item["by"]) == (current.accepted_at, current.report) and current[:2] not in withdrawn:
        return [current]
    return history(output_id) or [current]


def history(output_id: str) -> list[OutputDisclosure]:
    """Every disclosure of an output that was ever kept as an item, by revision."""
    return [_decode(output_id, item) for item in tables.registry().query(keys.output(output_id).pk, prefix=keys.DISCLOSED)]
