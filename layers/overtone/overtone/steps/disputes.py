"""Opening and ending disputes: the dispute and what it makes of the work are one transaction."""

from collections.abc import Iterator
from dataclasses import replace

from overtone import clock
from overtone.aws.transactions import transact
from overtone.errors import Conflict, Forbidden, NotFound
from overtone.facts.events import OFFICE, Event, told
from overtone.rights import disputes, registration
from overtone.rights.disputes import OPEN, Dispute, DisputedShare, Resolution
from overtone.rights.registration import Actor
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version
from overtone.steps.registration import again
from overtone.stores import disputes as store
from overtone.stores import events as event_store
from overtone.stores import recording, registry
from overtone.stores.entities import WORKS
from overtone.stores.recording import Recorded


def open_dispute(actor: Actor, claim: DisputedShare) -> tuple[Dispute, bool]:
    """The dispute, and whether it was there already. Raises `Conflict`, `Forbidden`, `NotFound`, `Rejected`."""
    if not actor.party:
        raise Forbidden("a dispute is opened by a party that claims a share; use its token")
    return again(lambda: _open(actor, claim))


def _open(actor: Actor, claim: DisputedShare) -> tuple[Dispute, bool]:
    known = store.find(claim.dispute_id)
    if known is not None:
        if (known.opened_by, known.work_id, known.reason) != (actor.party, claim.work, claim.reason):
            raise Conflict(f"dispute {claim.dispute_id!r} was opened before, about something else; use a new id")
        return known, True
    entity = _work(claim.work)
    claimant = registry.parties([actor.party]).get(actor.party)
    if claimant is None or claimant.latest.content.kind == "licensee":
        raise Forbidden(f"{actor.party} is no party that can own a share: register it first")
    parts = disputes.contested(entity.latest.content, claim)
    opened = Dispute(claim.dispute_id, claim.work, actor.party, clock.timestamp(), claim.reason, parts, {})
    work = entity.latest.content.model_copy(update={"contested": disputes.added(entity.latest.content, parts)})
    _record(actor, entity, work, None, (opened, None))
    return opened, False


def close(actor: Actor, dispute_id: str, outcome: Resolution) -> Dispute:
    """One word more on how it ends; where it ends, the work's shares are as agreed."""
    return again(lambda: _end(actor, dispute_id, outcome))


def withdraw(actor: Actor, dispute_id: str) -> Dispute:
    """Take it back; the work is as it was."""
    return again(lambda: _end(actor, dispute_id, None))


def _end(actor: Actor, dispute_id: str, outcome: Resolution | None) -> Dispute:
    before = store.find(dispute_id)
    if before is None:
        raise NotFound(f"there is no dispute {dispute_id!r}")
    if outcome and before.about:
        disputes.check_objection(outcome)
    elif outcome:
        disputes.check_outcome(actor, before, _work(before.work_id).latest.content, outcome)
    after = disputes.agree(actor, before, outcome) if outcome else disputes.withdrawn(actor, before)
    if after.status == OPEN:
        transact([store.writing(after, before)])
        return after
    if before.about:
        transact([store.writing(after, before), *event_store.writes(_news(actor, after, "", clock.timestamp()))])
        return after
    entity = _work(before.work_id)
    latest = entity.latest.content
    changed: dict[str, object] = {"contested": disputes.added(latest, before.parts, -1)}
    if outcome and outcome.shares is not None:
        changed["shares"] = outcome.shares
    work = latest.model_copy(update=changed)
    parties = registry.parties(share.party for share in work.shares)
    registration.refuse("the shares", registration.unknown(("shares", s.party) for s in work.shares if s.party not in parties))
    _record(actor, entity, work, outcome.effective_from if outcome else None, (after, before))
    return after


def _work(work_id: str) -> Entity[Work]:
    entity = registry.find(WORKS, work_id)
    if entity is None:
        raise NotFound(f"there is no work {work_id!r}")
    return entity


def _record(actor: Actor, entity: Entity[Work], work: Work, day: str | None, said: tuple[Dispute, Dispute | None]) -> None:
    """A new version of the work, with the dispute as it now stands."""
    dispute, before = said
    at = max(clock.timestamp(), entity.latest.recorded_at)
    version = Version(entity.latest.number + 1, day or at[:10], at, actor.name, work)
    changed = replace(entity, versions=(*entity.versions, version))
    with_it = Recorded(
        matters_from=version.effective_from,
        keys=sorted(registry.keys_ever(entity)),
        events=_news(actor, dispute, entity.owner, at),
        writes=[store.writing(dispute, before)],
    )
    recording.record(WORKS, changed, entity, with_it)


def _news(actor: Actor, dispute: Dispute, owner: str, at: str) -> list[Event]:
    parties = (dispute.concerned | {owner, OFFICE}) - {actor.party}
    kind = "dispute.opened" if dispute.status == OPEN else "dispute.closed"
    return told(kind, at, parties, dispute_id=dispute.dispute_id, work_id=dispute.work_id, by=actor.name, status=dispute.status)


def listed(party: str | None, after: str = "") -> Iterator[Dispute]:
    """Disputes that concern a party (`None`: all)."""
    return (dispute for dispute in store.all_of(after) if party is None or party in dispute.concerned)
