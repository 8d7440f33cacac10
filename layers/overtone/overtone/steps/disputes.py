"""Opening and ending disputes: the dispute and what it makes of the work are one transaction."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from overtone import clock
from overtone.aws import keys
from overtone.errors import Conflict, Forbidden, NotFound
from overtone.facts.events import OFFICE, PartyEvent, events_for
from overtone.rights import disputes, registration
from overtone.rights.disputes import OPEN, Dispute, DisputedShare, Resolution, Rewrite
from overtone.rights.registration import Actor
from overtone.rights.registry import Work
from overtone.rights.versions import Entity
from overtone.steps.registration import again
from overtone.stores import disputes as store
from overtone.stores import registration as registration_store
from overtone.stores import registry
from overtone.stores.entities import WORKS
from overtone.stores.registration import Recorded

VERSIONS_LOOKED_AT_MAX: Final = 20
"""Versions of a work that are looked at for what a dispute was opened about."""


def open_dispute(actor: Actor, claim: DisputedShare) -> tuple[Dispute, bool]:
    """The dispute, and whether it was there already. Raises `Conflict`, `Forbidden`, `NotFound`, `Rejected`."""
    if not actor.party:
        raise Forbidden("a dispute is opened by a party that claims a share; use its token")
    return again(lambda: _open(actor, claim))


def _open(actor: Actor, claim: DisputedShare) -> tuple[Dispute, bool]:
    known = store.find(claim.dispute_id)
    if known is not None:
        if (known.opened_by, known.work_id, known.reason) != (actor.party, claim.work, claim.reason) or not _claims(known, claim):
            raise Conflict(f"dispute {claim.dispute_id!r} was opened before, about something else; use a new id")
        return known, True
    entity = _work(claim.work)
    claimant = registry.parties([actor.party]).get(actor.party)
    if claimant is None or claimant.latest.content.kind == "licensee":
        raise Forbidden(f"{actor.party} is no party that can own a share: register it first")
    parts = disputes.parts_contested(entity, claim, clock.today())
    opened = Dispute(claim.dispute_id, claim.work, actor.party, clock.timestamp(), claim.reason, parts, {})
    _record(actor, entity, {clock.today()}, disputes.opened(parts), (opened, None))
    return opened, False


def _claims(known: Dispute, claim: DisputedShare) -> bool:
    """Whether a claim is about the parts that a dispute is about, by the work as it was when that was opened.

    Clocks jump, so a version of then may bear a later instant: a few of those are looked at, too.
    """
    work, day = _work(known.work_id), known.opened_at[:10]
    first = max(1, sum(version.recorded_at < known.opened_at for version in work.versions))
    stood = (replace(work, versions=work.versions[:number]) for number in range(first, len(work.versions) + 1)[:VERSIONS_LOOKED_AT_MAX])
    return any(disputes.parts_claimed(one, claim, day) == known.parts for one in stood)


def close(actor: Actor, dispute_id: str, outcome: Resolution) -> Dispute:
    """One word more on how it ends; where it ends, the work's shares are as agreed. The word that ended it changes nothing more."""
    return again(lambda: _end(actor, dispute_id, outcome))


def withdraw(actor: Actor, dispute_id: str) -> Dispute:
    """Take it back; the work is as it was."""
    return again(lambda: _end(actor, dispute_id, None))


def _end(actor: Actor, dispute_id: str, outcome: Resolution | None) -> Dispute:
    before = store.find(dispute_id)
    if before is None:
        raise NotFound(f"there is no dispute {dispute_id!r}")
    if disputes.repeats(actor, before, outcome):
        return before
    if outcome and before.about:
        disputes.check_objection(outcome)
    elif outcome:
        disputes.check_outcome(actor, before, _work(before.work_id), outcome, clock.today())
    after = disputes.agree(actor, before, outcome) if outcome else disputes.withdrawn(actor, before)
    if after.status == OPEN:
        store.keep(after, before)
        return after
    if before.about:
        store.keep(after, before, _news(actor, after, "", clock.timestamp()))
        return after
    entity = _work(before.work_id)
    shares = outcome.shares if outcome else None
    parties = registry.parties(share.party for share in shares or ())
    registration.refuse("the shares", registration.unknown(("shares", s.party) for s in shares or () if s.party not in parties))
    day = (outcome.effective_from if outcome else None) or clock.today()
    days = {before.opened_at[:10], *([day] if shares is not None else [])}
    _record(actor, entity, days, disputes.ended(before, shares, day, _others(before)), (after, before))
    return after


def _others(dispute: Dispute) -> list[Dispute]:
    """The open ones about the same work, read after it: one that is opened since gives it another version."""
    return [one for one in store.all_of() if one.work_id == dispute.work_id and one.status == OPEN and one.dispute_id != dispute.dispute_id]


def _work(work_id: str) -> Entity[Work]:
    entity = registry.find(WORKS, work_id)
    if entity is None:
        raise NotFound(f"there is no work {work_id!r}")
    return entity


def _record(actor: Actor, entity: Entity[Work], days: Collection[str], change: Rewrite, said: tuple[Dispute, Dispute | None]) -> None:
    """The work's versions from the first of these days on, changed, with the dispute as it now stands."""
    dispute, before = said
    at = max(clock.timestamp(), entity.latest.recorded_at)
    changed = disputes.rewritten(entity, days, change, actor.name, at)
    shares = (share for version in changed.versions[len(entity.versions) :] for share in version.content.shares)
    with_it = Recorded(
        hints=sorted({keys.party_work(share.party, entity.id) for share in shares}),
        matters_from=min(days),
        keys=sorted(registry.keys_ever(entity)),
        events=_news(actor, dispute, entity.owner, at),
        writes=[store.writing(dispute, before)],
    )
    registration_store.record(WORKS, changed, entity, with_it)


def _news(actor: Actor, dispute: Dispute, owner: str, at: str) -> list[PartyEvent]:
    parties = (dispute.concerned | {owner, OFFICE}) - {actor.party}
    kind = "dispute.opened" if dispute.status == OPEN else "dispute.closed"
    return events_for(kind, at, parties, dispute_id=dispute.dispute_id, work_id=dispute.work_id, by=actor.name, status=dispute.status)


def listed(party: str | None, after: str = "") -> Iterator[Dispute]:
    """Disputes that concern a party (`None`: all)."""
    return (dispute for dispute in store.all_of(after) if party is None or party in dispute.concerned)
