"""Voids of a sales report's lines that a later creation of it, which was there before, does not list.

They stand as long as that one does: they are batches by themselves, and are taken back when the last batch of it is withdrawn.
"""

import hashlib
from collections.abc import Callable

import orjson

from overtone import clock
from overtone.facts import intake
from overtone.facts.drops import Drop
from overtone.facts.intake import USAGE
from overtone.facts.sheets import Checked
from overtone.steps import drop_contents
from overtone.steps.drop_lines import GoneLines
from overtone.steps.drop_pace import DropPace
from overtone.stores import drops as drop_store
from overtone.stores import facts as fact_store
from overtone.stores.facts import StoredFact


def commit(drop: Drop, gone: GoneLines, shards: Callable[[str], int], pace: DropPace) -> None:
    """Store them as facts. Doing it again changes nothing: a batch's id is its content's, with what made it necessary."""
    because = drop_contents.because(gone.by)
    for group in intake.grouped(intake.pages_of(Checked(gone.voids.part(0, 0), 0, [], voids=gone.voids), drop.party, shards)):
        named = orjson.dumps(sorted(prefix for prefix, _ in because))
        digest = hashlib.sha256(b"".join([named, *(page.body for page in group)])).hexdigest()
        batch, accepted_at = f"replaced-{digest[:32]}", clock.timestamp()
        if fact_store.find_receipt(USAGE, drop.party, batch):
            continue
        pace.wait_for(group)
        drop_store.link_batch(drop.party, batch, because)
        receipt = {"batch_id": batch, "reporter": drop.party, "status": "committed", "received": 0, "accepted": 0, "rejected": []}
        receipt |= {"replaced": sum(page.records for page in group), "digest": digest, "accepted_at": accepted_at}
        fact_store.commit(StoredFact(USAGE, drop.party, batch, digest, accepted_at, receipt, group))
