"""Handing a work on: the taker's yes, the work's new owner and the events are one transaction."""

from collections.abc import Sequence
from dataclasses import replace

from overtone import clock
from overtone.aws import index_keys, rights_keys, tables
from overtone.aws.tables import ABSENT, ConditionFailed, equals
from overtone.aws.transactions import Put, Write, transact
from overtone.errors import Conflict, NotFound, Retryable
from overtone.facts.events import PartyEvent, events_for
from overtone.identifiers import slug
from overtone.rights import registration, transfers
from overtone.rights.agreement import Status
from overtone.rights.registration import Actor
from overtone.rights.registry import Work
from overtone.rights.transfers import WorkTransfer
from overtone.rights.versions import Entity
from overtone.steps.registration import again
from overtone.stores import events as event_store
from overtone.stores import registration as registration_store
from overtone.stores import registry
from overtone.stores.entities import WORKS
from overtone.stores.registration import Recorded


def find(work_id: str) -> WorkTransfer | None:
    """The last offer of a work, if there ever was one."""
    item = tables.registry().get(rights_keys.transfer(work_id))
    return WorkTransfer.from_json(item) if item else None


def offer(actor: Actor, work_id: str, taker: str, evidence: str) -> WorkTransfer:
    """Offer a work's administration to a party. Raises `NotFound`, `Forbidden`, `Rejected`, `Conflict`."""
    return again(lambda: _offered(actor, slug(work_id), slug(taker), evidence))


def _offered(actor: Actor, work_id: str, taker: str, evidence: str) -> WorkTransfer:
    work, known = _work(work_id), find(work_id)
    made = transfers.offer(actor, work_id, work.owner, taker, known, evidence=evidence, at=clock.timestamp())
    if taker not in registry.parties([taker]):
        registration.refuse("the transfer cannot be offered", registration.unknown([("to", taker)]))
    if made != known:
        _write([_writing(made, known), *event_store.writes(_news(actor, made))])
    return made


def answer(actor: Actor, work_id: str, verdict: Status, reason: str) -> WorkTransfer:
    """Accept, refuse or withdraw an offer. Raises `NotFound`, `Forbidden`, `Conflict`."""
    return again(lambda: _answered(actor, slug(work_id), verdict, reason))


def _answered(actor: Actor, work_id: str, verdict: Status, reason: str) -> WorkTransfer:
    known = find(work_id)
    if known is None:
        raise NotFound(f"there is no offer to hand {work_id!r} on")
    made = transfers.answered(actor, known, verdict, reason=reason, at=clock.timestamp())
    if made == known:
        return made
    if verdict != Status.ACCEPTED:
        _write([_writing(made, known), *event_store.writes(_news(actor, made))])
        return made
    work = _work(work_id)
    if work.owner != known.giver:
        raise Conflict(f"{work_id} has another administrator since it was offered; the new one has to offer it")
    version = registration.transferred(work, author=actor.name, recorded_at=made.answered_at)
    after = replace(work, owner=made.taker, versions=(*work.versions, version))
    keys = sorted(registry.keys_ever(work))
    with_it = Recorded(
        hints=[index_keys.administered(made.taker, work_id)],
        matters_from=version.effective_from,
        keys=keys,
        events=_news(actor, made),
        writes=[_writing(made, known)],
    )
    registration_store.record(WORKS, after, work, with_it)
    return made


def _work(work_id: str) -> Entity[Work]:
    work = registry.find(WORKS, work_id)
    if work is None:
        raise NotFound(f"there is no work {work_id!r}")
    return work


def _writing(transfer: WorkTransfer, known: WorkTransfer | None) -> Put:
    """The write of an offer as it now stands, if it still stands as it was read."""
    stands = ABSENT if known is None else equals(status=known.status, offered_at=known.offered_at)
    return Put(tables.registry(), {**rights_keys.transfer(transfer.work_id)._asdict(), **transfer.to_json()}, stands)


def _write(writes: Sequence[Write]) -> None:
    try:
        transact(writes)
    except ConditionFailed as error:
        raise Retryable("somebody else answered at the same time; send it again") from error


def _news(actor: Actor, transfer: WorkTransfer) -> list[PartyEvent]:
    parties = {transfer.giver, transfer.taker} - {actor.party}
    about = {"work_id": transfer.work_id, "giver": transfer.giver, "taker": transfer.taker, "by": actor.name}
    return events_for(f"transfer.{transfer.status}", transfer.answered_at or transfer.offered_at, parties, **about)
