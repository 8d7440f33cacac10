"""OutputShares outputs in RegistryTable: derived from the reports' pages, and derived again whenever a report is indexed again."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.facts.accrual import Disclosure
from overtone.facts.disclosure import Method, OutputShares, grounds_of
from overtone.facts.outputs import Current, OutputDisclosure, current_of, folded, without
from overtone.facts.splits import PLAIN
from overtone.stores import facts as fact_store


def _encode(claimed: OutputDisclosure) -> dict[str, Any]:
    return {
        "licensee": claimed.licensee,
        "report": claimed.report,
        "accepted_at": claimed.accepted_at,
        "method": list(claimed.method),
        "revision": claimed.disclosed.revision,
        "confidence": claimed.disclosed.confidence,
        "shares": fact_store.packed(claimed.disclosed.shares),
    } | ({"grounds": fact_store.packed(list(claimed.disclosed.grounds))} if claimed.disclosed.grounds != PLAIN else {})


def _decode(output_id: str, item: Item) -> OutputDisclosure:
    shares = tuple((work, share) for work, share in fact_store.unpacked(item["shares"]))
    grounds = grounds_of(fact_store.unpacked(item["grounds"])) if "grounds" in item else PLAIN
    disclosed = OutputShares(output_id, item["revision"], item["confidence"], shares, grounds)
    return OutputDisclosure(item["licensee"], item["report"], item["accepted_at"], Method(*item["method"]), disclosed)


def _current(output_id: str, item: Item) -> Current:
    return Current(item["since"], item["by"], _decode(output_id, item))


def _current_item(current: Current) -> Item:
    key = keys.output(current.claimed.disclosed.output_id)
    return {**key._asdict(), "since": current.since, "by": current.by, **_encode(current.claimed)}


def _history_item(claimed: OutputDisclosure) -> Item:
    disclosed = claimed.disclosed
    key = keys.output_disclosed(disclosed.output_id, disclosed.revision, claimed.licensee, claimed.report)
    return {**key._asdict(), **_encode(claimed)}


def find_all(outputs: Iterable[str], *, consistent: bool = True) -> dict[str, Current]:
    """The disclosures in force of those outputs that have one; a moment old, for half the price, where that does no harm."""
    wanted = {keys.output(output): output for output in outputs}
    found = tables.registry().batch_get(wanted, consistent=consistent)
    return {wanted[key]: _current(wanted[key], item) for key, item in found.items()}


def disclosures(outputs: Iterable[str]) -> Mapping[str, Disclosure]:
    """What the accrual needs of those outputs that have a disclosure."""
    return {output: current.disclosure() for output, current in find_all(outputs).items()}


def history(output_id: str) -> list[OutputDisclosure]:
    """Every disclosure that was ever indexed of an output, by revision."""
    items = list(tables.registry().query(keys.output(output_id).pk, prefix=keys.DISCLOSED))
    if items:
        return [_decode(output_id, item) for item in items]
    return [current.claimed for current in find_all([output_id]).values()]


class Indexed(NamedTuple):
    """Outputs that belong to the lab that disclosed them: now for the first time, and those that were known."""

    first: set[str]
    again: set[str]


def index(claims: Iterable[OutputDisclosure]) -> Indexed:
    """Add disclosures. Only one worker at a time indexes an output.

    Most outputs are disclosed once, and that disclosure stands with the output itself. From the second on all are kept beside it.
    """
    table, added = tables.registry(), list(claims)
    current: dict[str, Current] = find_all({claimed.disclosed.output_id for claimed in added})
    before = dict(current)
    table.put_many(map(_history_item, _of_several(added, before)))
    for claimed in added:
        output_id = claimed.disclosed.output_id
        current[output_id] = folded(current.get(output_id), claimed) or current_of(history(output_id))
    table.put_many(_current_item(now) for output_id, now in current.items() if before.get(output_id) != now)
    owned = {one.disclosed.output_id for one in added if current[one.disclosed.output_id].claimed.licensee == one.licensee}
    return Indexed(owned - before.keys(), owned & before.keys())


def remove(claims: Iterable[OutputDisclosure]) -> set[str]:
    """Take the disclosures of withdrawn reports out again; the outputs whose disclosure in force is another one now, or none.

    Only one worker at a time indexes an output; doing so again changes nothing.
    """
    table, changed = tables.registry(), set[str]()
    by_output = {claimed.disclosed.output_id: claimed for claimed in claims}
    before = find_all(by_output)
    for output_id, claimed in by_output.items():
        told = history(output_id)
        gone = [one for one in told if (one.licensee, one.report) == (claimed.licensee, claimed.report)]
        if not gone:
            continue
        after = without(told, claimed.licensee, claimed.report)
        table.put_many([_current_item(after)] if after else [])
        entries = [keys.output_disclosed(output_id, one.disclosed.revision, one.licensee, one.report) for one in gone]
        table.delete_many([*entries, *([] if after else [keys.output(output_id)])])
        changed |= set() if after and output_id in before and after.claimed == before[output_id].claimed else {output_id}
    return changed


def _of_several(added: Iterable[OutputDisclosure], before: Mapping[str, Current]) -> list[OutputDisclosure]:
    """The disclosures of those outputs that have more than one."""
    known: dict[str, list[OutputDisclosure]] = {output_id: [current.claimed] for output_id, current in before.items()}
    for claimed in added:
        if claimed not in (mine := known.setdefault(claimed.disclosed.output_id, [])):
            mine.append(claimed)
    return [claimed for mine in known.values() if len(mine) > 1 for claimed in mine]
