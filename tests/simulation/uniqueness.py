"""Reporters of whose ids each means one record: what is voided for them is read from the batches that do so, and has to be right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from overtone.facts.intake import USAGE, WITHDRAWAL
from overtone.months import months_apart
from overtone.steps import usage as usage_steps
from overtone.stores import facts as fact_store
from tests.simulation import rebuild
from tests.simulation.actors import Broken
from tests.simulation.reference import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.simulation import Simulation

UNIQUE: Final = "unique"
UNTIL_LOOKED_AT: Final = timedelta(hours=49)
"""What came today is looked at from tomorrow on, and the daily look has no hour of its own."""
REPORTED_DAYS: Final = 6
"""Of so many days a batch may be old to be looked at once more."""
ROUNDS: Final = 12
Void = tuple[str, int, str, str]
"""Record id, revision, day and subject."""


def take_in(play: Simulation) -> None:
    """Add what was voided beside records to the reference; each void has a record of its revision somewhere else, and one to void."""
    reference = play.actors.reference
    for reporter in sorted(play.actors.unique):
        for item in play.stack.items("UsageTable", f"RECEIPT#{USAGE}#{reporter}#"):
            receipt = fact_store.unpacked(bytes(item["receipt"]))
            if not receipt.get("replaced"):
                continue
            known = reference.batches.get((reporter, receipt["batch_id"]))
            batch = known or Batch(reporter, receipt["batch_id"], [], receipt["accepted_at"])
            said = {_where(stated) for record in batch.records for stated in (record, record | record.get("replaces", {}))}
            batch.voids = [_record(void) for void in _stored(item) if void not in said]
            for void in batch.voids:
                _is_right(play, batch, void)
            if known is None:
                batch.withdrawn = fact_store.find_receipt(WITHDRAWAL, reporter, item["batch"]) is not None
                reference.voids[reporter, batch.batch_id] = batch


def _stored(item: dict[str, Any]) -> Iterator[Void]:
    for _, page in usage_steps.records(item | {"partitions": bytes(item["partitions"])}):
        for row, quantity in enumerate(page.quantity):
            if not quantity:
                yield page.record_id[row], page.revision[row], page.used_on[row], page.subject[row]


def _where(record: dict[str, Any]) -> Void:
    return record["record_id"], record.get("revision", 0), record["used_on"], record["subject"]


def _record(void: Void) -> dict[str, Any]:
    name, revision, day, subject = void
    return {"record_id": name, "revision": revision, "used_on": day, "subject": subject, "quantity": 0}


def _is_right(play: Simulation, batch: Batch, void: dict[str, Any]) -> None:
    """There is, or was, a record of the revision in another place, and one of a lower revision in this."""
    reference = play.actors.reference
    of_id = [
        (other, record)
        for (reporter, _), other in reference.batches.items()
        for record in other.records
        if reporter == batch.reporter and record["record_id"] == void["record_id"]
    ]
    here = [record for _, record in of_id if _place(record) == _place(void) and record.get("revision", 0) < void["revision"]]
    elsewhere = [other for other, record in of_id if _place(record) != _place(void) and record.get("revision", 0) == void["revision"]]
    own = batch.batch_id in {other.batch_id for other in elsewhere} or not batch.records
    if not (here and elsewhere and own):
        raise Broken("committed_once", f"{batch.reporter}'s {batch.batch_id} voids {void}, beside {of_id}")


def _place(record: dict[str, Any]) -> tuple[str, str]:
    return record["used_on"], record["subject"]


def reckon(play: Simulation) -> None:
    """Two days later only the highest revision of each id counts, of all that was sent lately by whose ids are unique."""
    if not (before := _unique(play)):
        return
    play.stack.tick(play.stack.now + UNTIL_LOOKED_AT)
    unique = before & _unique(play)
    if not rebuild.bring_to_rest(play.stack, ROUNDS):
        raise Broken("committed_once", f"accrual does not come to rest: {rebuild.restless(play.stack)}")
    take_in(play)
    since = (play.stack.now - timedelta(days=REPORTED_DAYS)).strftime("%Y-%m-%d")
    counted: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for reporter, record in play.actors.reference.winners():
        if reporter in unique and record["quantity"]:
            counted.setdefault((reporter, record["record_id"]), []).append(record)
    for (reporter, batch_id), batch in play.actors.reference.batches.items():
        for record in batch.records if reporter in unique and batch.accepted_at > since and not batch.withdrawn else []:
            near = [other for other in counted.get((reporter, record["record_id"]), []) if _is_near(record, other)]
            if len({other.get("revision", 0) for other in near}) > 1:
                raise Broken("committed_once", f"{reporter}'s ids are unique, and of {batch_id} count {near}")


def _unique(play: Simulation) -> set[str]:
    """Whose ids are unique today: the next day another version may be in force that does not say so."""
    today = play.stack.now.strftime("%Y-%m-%d")
    parties = {name: play.actors.told(f"/v1/parties/{name}") for name in sorted(play.actors.unique)}
    return {name for name, said in parties.items() if said.get("record_ids") == UNIQUE and said["effective_from"] <= today}


def _is_near(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two records are of one month, or of months that follow each other."""
    return abs(months_apart(one["used_on"], other["used_on"])) <= 1
