"""What a worker does with disclosures of outputs: index a report's, and tell the partitions of usage that they can change.

Reports of one way are indexed one after the other. Each leaves word of what it disclosed, and sends one message that comes after those of
all reports that wait; whoever takes it tells what all of them disclosed in one pass over the months, and merges what is due.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from overtone import clock
from overtone.aws.attributes import Item
from overtone.facts import disclosure
from overtone.facts.intake import ATTRIBUTION, OUTPUTS, shown_id
from overtone.facts.outputs import OutputDisclosure
from overtone.facts.sketches import Sketch
from overtone.facts.usage import OUTPUT
from overtone.partitions import Partition
from overtone.steps import withdrawals
from overtone.stores import accruals as accrual_store
from overtone.stores import outbox
from overtone.stores import outputs as output_store
from overtone.stores import subjects as subject_store
from overtone.stores.ledger_setup import LedgerSetup

MERGE: Final = "merge"
"""Why a way waits of which nobody disclosed anything: more is to be merged than one worker should."""


def index(partition: Partition, setup: LedgerSetup) -> None:
    """Take a report's disclosures in, or those of a withdrawn one out, and leave word of them."""
    claims, bodies = list[OutputDisclosure](), accrual_store.read_bodies(partition)
    for item in bodies:
        method, records = disclosure.decode(item["page"])
        report = shown_id(partition.scope)
        claims += [OutputDisclosure(partition.reporter, report, item["accepted_at"], method, record) for record in records]
    cause, reported_at = str(partition).replace("#", "/"), min((item["accepted_at"] for item in bodies), default=clock.timestamp())
    if gone := withdrawals.withdrawn_at(ATTRIBUTION, partition.reporter, partition.scope):
        first, again = set[str](), output_store.remove(partition, claims, setup)
        cause, reported_at = f"{cause}/withdrawn", gone
    else:
        first, again = output_store.index(partition, claims, setup)
    told = str(Partition(OUTPUTS, "-", "-", partition.shard))
    is_sent = bool(outbox.pending_of(told))
    # as old as the report: a settlement that waits for the report waits for whom it changes
    outbox.mark_disclosed(told, cause, reported_at, ([OUTPUT + output for output in some] for some in (first, again)))
    if not is_sent and (first or again):
        outbox.send({told: clock.timestamp()}, OUTPUTS)


def tell(partition: Partition, seen: Sequence[Item], setup: LedgerSetup) -> None:
    """Let all be accrued again that the disclosures of which word was left can change; then merge what is due."""
    first, again = (_prints(seen, kind) for kind in outbox.DISCLOSED)
    changed = subject_store.changed_by(first, again)
    words = "\n".join(sorted(item["sk"] for item in seen))  # another cause with each word more, so that none passes for seen
    cause = f"{OUTPUTS}/{hashlib.sha256(words.encode()).hexdigest()[:32]}"
    outbox.mark(changed, cause, min(item["at"] for item in seen))
    outbox.send(dict.fromkeys(changed, clock.timestamp()), cause)
    if output_store.tidy(partition.shard, setup):
        outbox.mark([str(partition)], f"{MERGE}/{clock.timestamp()}", clock.timestamp())


def _prints(seen: Sequence[Item], kind: str) -> frozenset[int]:
    """The fingerprints of what was disclosed."""
    return frozenset().union(*(Sketch.decode(item[kind]).prints or () for item in seen if kind in item))
