"""Accrues usage anew for a what-if in which outputs are attributed otherwise: by another method, or with noise.

Only what is accrued and not waiting is taken, so that usage is what it was and attribution alone is other. A look takes as many
partitions as fit into its time; the settlement's machine looks again while some are left.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from overtone.aws.attributes import Item
from overtone.errors import Conflict, Rejected
from overtone.facts import accrual_arrays, apart
from overtone.facts.accrual import Disclosure, StoredPage
from overtone.facts.intake import USAGE
from overtone.partitions import Partition
from overtone.scenarios.lens import Lens
from overtone.settlement.plan import Plan
from overtone.stores import accruals as accrual_store
from overtone.stores import holds, outbox, retention, what_if_accruals
from overtone.stores import outputs as output_store

if TYPE_CHECKING:
    from overtone.facts.outputs import Current

LOOK_SECONDS: Final = 300
"""Of a function that may run for fifteen minutes: the partition that is begun last must have time to end."""
HISTORIES_MAX: Final = 100_000
"""Outputs of a partition of which every disclosure is read: one query each."""


class Measured(NamedTuple):
    """Outputs of a partition that are attributed otherwise, and those of them by a method that was asked."""

    disclosures: Mapping[str, Disclosure]
    other: int
    by_method: int


def look(plan: Plan) -> int:
    """Accrue what is left; answers of how many partitions it is not known yet. Raises `Conflict`, `Rejected`."""
    lens = Lens.of(plan.change)
    began, taken, left, outcomes = time.monotonic(), 0, 0, list[dict[str, Any]]()
    for month, summary in _summaries(plan):
        partition = Partition.parse(summary["sk"])
        if known := what_if_accruals.outcome_of(plan, month, partition):
            outcomes.append(known)
        elif taken and time.monotonic() - began > LOOK_SECONDS:
            left += 1
        else:
            outcomes.append(_accrued(plan, lens, month, summary))
            taken += 1
    if not left:
        _finish(plan, lens, outcomes)
    return left


def _summaries(plan: Plan) -> Iterator[tuple[str, Item]]:
    """What each partition of usage says, with its month."""
    for month in plan.months:
        for summary in accrual_store.summaries(month.month):
            if Partition.parse(summary["sk"]).kind == USAGE:
                yield month.month, summary


def _accrued(plan: Plan, lens: Lens, month: str, summary: Item) -> dict[str, Any]:
    """Keep a partition's own pages, where any of its outputs is attributed otherwise; what is told of it."""
    partition = Partition.parse(summary["sk"])
    if retention.is_over(partition):
        raise Rejected(f"the usage of {partition} has expired: its outputs cannot be attributed otherwise any more; leave {month} out")
    stored, withdrawn = accrual_store.read_stored(partition)
    found = _measured(lens, partition, stored)
    if found.other:
        _require_accrued(summary, stored, withdrawn)
    outcome = {"partition": str(partition), "other": found.other, "by_method": found.by_method}
    if not found.other:
        what_if_accruals.keep(plan, month, partition, {}, outcome)
        return outcome
    paged = accrual_arrays.accrue_any(partition, stored, withdrawn, found.disclosures, plan.buckets)
    held = holds.subjects(month) & set(paged.accrued.subjects)
    kept_apart = apart.pages_apart(partition, stored, withdrawn, found.disclosures, held, plan.buckets) if held else {}
    what_if_accruals.keep(plan, month, partition, paged.pages, outcome, kept_apart)
    return outcome


def _require_accrued(summary: Item, stored: Iterable[StoredPage], withdrawn: Collection[str]) -> None:
    """Raise `Conflict` unless all that is stored of a partition is accrued: else not attribution alone would be other."""
    sizes = [(page.records, page.batch in withdrawn) for page in stored]
    counted = sum(records for records, _ in sizes), sum(records for records, gone in sizes if gone)
    if counted != (summary["records"], summary["withdrawn"]) or outbox.pending_of(summary["sk"]):
        raise Conflict(f"{summary['sk']} has usage or disclosures that wait to be accrued; ask again in an hour")


def _measured(lens: Lens, partition: Partition, stored: Sequence[StoredPage]) -> Measured:
    in_force = output_store.find_all(accrual_arrays.outputs_of(stored))
    of_others = [output for output, current in in_force.items() if lens.methods - {current.claimed.method.method}]
    if len(of_others) > HISTORIES_MAX:
        raise Rejected(
            f"{partition} has {len(of_others)} outputs by several methods, and {HISTORIES_MAX} can be looked up; give it more shards"
        )
    asked = frozenset(of_others)
    found: dict[str, Current] = {}
    for output, current in in_force.items():
        found[output] = lens.disclosed(current, output_store.history(output) if output in asked else ())
    disclosures = {output: current.disclosure() for output, current in found.items()}
    other = sum(disclosures[output] != current.disclosure() for output, current in in_force.items())
    return Measured(disclosures, other, sum(current.claimed.method.method in lens.methods for current in found.values()))


def _finish(plan: Plan, lens: Lens, outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Say which partitions are other; raises `Rejected` for a method that measured nothing."""
    if lens.methods and not any(one["by_method"] for one in outcomes):
        named = " or ".join(sorted(lens.methods))
        raise Rejected(f"no output used in these months was disclosed by the method {named}; GET /v1/outputs/{{output_id}} shows methods")
    anew = [Partition.parse(one["partition"]) for one in outcomes if one["other"]]
    for month in plan.months:
        what_if_accruals.finish(plan, month.month, [one for one in anew if one.scope[:7] == month.month])
