"""The training runs that count, from their index in LedgerTable: a header of each, and marks of withdrawal beside them."""

from collections.abc import Iterable
from typing import NamedTuple

from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.facts.reports import run_id_of
from overtone.settlement.plan import RunHeader


class _IndexedRun(NamedTuple):
    """A run as its header's key names it; `run_id` has its revision in it."""

    trained_on: str
    licensee: str
    run_id: str


def indexed() -> list[Item]:
    """The whole index of runs, as it is kept."""
    return list(tables.ledger().query(keys.run_index("", "", "").pk))


def run_headers(cutoff: str, known: Iterable[Item] | None = None) -> list[RunHeader]:
    """All training runs that count as of a cut-off; `known` is the index, where it was read before."""
    return [RunHeader(*name, item["model"], int(item["works"])) for name, item in _standing(cutoff, known)]


def clearances_cited(cutoff: str) -> dict[tuple[str, str], str]:
    """The clearance that each training run cites, by licensee and run."""
    return {(name.licensee, name.run_id): str(item["clearance_id"]) for name, item in _standing(cutoff) if item.get("clearance_id")}


def _standing(cutoff: str, known: Iterable[Item] | None = None) -> list[tuple[_IndexedRun, Item]]:
    """The runs accepted, and not withdrawn, up to a cut-off, in order: each in its highest revision, whichever of them came first."""
    told = (item for item in (indexed() if known is None else known) if item.get("accepted_at", "") <= cutoff)
    named = {tuple(item["sk"].split("#")): item for item in told}
    runs = [(_IndexedRun(*name), item) for name, item in named.items() if not name[3:] and (*name, keys.WITHDRAWN_RUN) not in named]
    highest: dict[tuple[str, str], int] = {}
    for name, item in runs:
        whole = name.licensee, run_id_of(name.run_id, _revision(item))
        highest[whole] = max(_revision(item), highest.get(whole, 0))
    return [(name, item) for name, item in runs if highest[name.licensee, run_id_of(name.run_id, _revision(item))] == _revision(item)]


def _revision(item: Item) -> int:
    return int(item.get("revision", 0))
