"""Putting a party or a work (`deals` has the rest): read what the rules need, ask the rules, record the version.

Each call is one read-check-write. Somebody else's write in between is seen by the condition of the
last step, and the whole is done again from the reading on, a few times.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from overtone import clock
from overtone.aws import keys
from overtone.aws.attributes import Item
from overtone.errors import Retryable
from overtone.facts.events import Event, told
from overtone.fields import DAY_MIN, Model, validated
from overtone.identifiers import slug
from overtone.money import format_share
from overtone.rights import registration
from overtone.rights.registration import Actor, Submission, submission
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version
from overtone.stores import events as event_store
from overtone.stores import registry as store
from overtone.stores.entities import PARTIES, WORKS, Shelf
from overtone.stores.recording import Recorded, matters_from, record, record_beside
from overtone.stores.registry import Claim

TOLD_MAX: Final = 40
"""Parties that one version of a work tells of their share: its transaction takes 100 items."""
ATTEMPTS_MAX: Final = 4
"""How often a put starts over because somebody else put the same thing in between."""

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Outcome(NamedTuple, Generic[M]):
    """What a put left: the entity, its latest version, whether it is new, and what to know about it."""

    entity: Entity[M]
    new_version: bool
    warnings: list[str]

    @property
    def created(self) -> bool:
        """Whether the entity was not there before."""
        return self.new_version and len(self.entity.versions) == 1


def put_party(actor: Actor, party_id: str, body: object) -> Outcome[Party]:
    """Register a party, or a new version of its record."""
    sent = submission(slug(party_id), body)
    party = validated(Party, sent.content, "the party")
    return again(lambda: _put_party(actor, party_id, party, sent))


def put_work(actor: Actor, work_id: str, body: object, beside: Sequence[Item] = ()) -> Outcome[Work]:
    """Register a work, or a new version of it; `beside` are new items to write in the same transaction, or alone."""
    sent = submission(slug(work_id), body)
    work = validated(Work, sent.content, "the work")
    return again(lambda: _put_work(actor, work_id, work, sent, beside))


def again(put: Callable[[], T]) -> T:
    """The call, made again a few times where somebody else wrote in between."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return put()
        except Retryable:
            continue
    return put()


def _put_party(actor: Actor, party_id: str, party: Party, sent: Submission) -> Outcome[Party]:
    before = store.find(PARTIES, party_id)
    claiming = _Claiming.read(party_id, _identity(party), _identity(before.latest.content) if before else set())
    registration.allow_party(actor, party_id, party, before)
    registration.check_party(party_id, party, _current(registration.parties_of_party(party)), claiming.taken)
    registration.check_no_cycle(party_id, party, _societies_of)
    version = following(before, party, sent, DAY_MIN, actor)
    if version is not None:
        registration.check_shards(party, before, version.effective_from, clock.today())
    hints = [keys.member(mandate.society, party_id) for mandate in party.mandates]
    changed = before is not None and version is not None and before.latest.content.payout != party.payout
    news = told("bank_details.changed", version.recorded_at, [party_id], by=actor.name) if changed and version else []
    return recorded(
        PARTIES, before, party_id, party_id, version, Recorded(hints, claiming.claimed, claiming.released, writes=event_store.writes(news))
    )


def _put_work(actor: Actor, work_id: str, work: Work, sent: Submission, beside: Sequence[Item]) -> Outcome[Work]:
    before = store.find(WORKS, work_id)
    owner = registration.work_owner(actor, before, sent.owner)
    claiming = _Claiming.read(work_id, set(work.identifiers), set(before.latest.content.identifiers) if before else set())
    composition = store.find(WORKS, work.composition) if work.composition else None
    parties = store.parties({owner, *(share.party for share in work.shares)} - {""})
    registration.check_work(work, parties, owner, composition.latest.content if composition else None, claiming.taken)
    version = following(before, work, sent, DAY_MIN, actor)
    if version is None and before is not None and owner != before.owner:
        version = registration.transferred(before, author=actor.name, recorded_at=clock.timestamp())
    with_it = Recorded(
        hints=[
            *(keys.party_work(share.party, work_id) for share in work.shares),
            *([keys.recording(work.composition, work_id)] if work.composition else []),
        ],
        claimed=claiming.claimed,
        released=claiming.released,
        matters_from=matters_from(before, version) if version else "",
        keys=sorted((store.keys_ever(before) if before else {f"work:{work_id}"}) | set(work.identifiers)),
        beside=beside,
        writes=event_store.writes(_shares_changed(actor, work_id, before, version)) if version else (),
    )
    return recorded(WORKS, before, work_id, owner, version, with_it, warnings=registration.warnings(work))


def _shares_changed(actor: Actor, work_id: str, before: Entity[Work] | None, version: Version[Work]) -> list[Event]:
    """Everybody whose share of a work is another than before is told, unless it said so itself."""
    held = [
        {share.party: share.share for share in work.shares} for work in (before.latest.content if before else None, version.content) if work
    ]
    old, new = (held[0], held[1]) if len(held) > 1 else ({}, held[0])
    parties = [party for party in old.keys() | new.keys() if old.get(party, 0) != new.get(party, 0) and party != actor.party]
    return [
        event
        for party in sorted(parties)[:TOLD_MAX]
        for event in told(
            "share.changed",
            version.recorded_at,
            [party],
            work_id=work_id,
            version=version.number,
            by=actor.name,
            before=format_share(old.get(party, 0)),
            after=format_share(new.get(party, 0)),
            applies_from=version.effective_from,
        )
    ]


class _Claiming(NamedTuple):
    """Identifiers that a version takes on and gives up, and those that name something else (and what)."""

    claimed: dict[str, Claim | None]
    released: dict[str, Claim]
    taken: dict[str, str]

    @classmethod
    def read(cls, entity_id: str, named: set[str], named_before: set[str]) -> "_Claiming":
        claims = store.claims(sorted(named | named_before))
        taken = {key: claim.holder for key, claim in claims.items() if key in named and claim.holder not in {"", entity_id}}
        claimed = {key: claims.get(key) for key in sorted(named - named_before)}
        return cls(claimed, {key: claims[key] for key in sorted(named_before - named)}, taken)


def _identity(party: Party) -> set[str]:
    return {f"ipi:{party.ipi}"} if party.ipi else set()


def following(before: Entity[M] | None, content: M, sent: Submission, first_day: str, actor: Actor) -> Version[M] | None:
    """The version that this put adds now, if it says anything new."""
    return registration.next_version(before, content, sent, first_day=first_day, author=actor.name, recorded_at=clock.timestamp())


def recorded(  # noqa: PLR0913 - what a version is, and what goes with it
    shelf: Shelf[M],
    before: Entity[M] | None,
    entity_id: str,
    owner: str,
    version: Version[M] | None,
    with_it: Recorded,
    *,
    warnings: Collection[str] = (),
) -> Outcome[M]:
    """Write the version, if there is one; what the put left."""
    known = before.versions if before else ()
    entity = Entity(entity_id, owner, known if version is None else (*known, version))
    if version is not None:
        record(shelf, entity, before, with_it)
    else:
        record_beside(entity_id, with_it)
    return Outcome(entity, version is not None, list(warnings))


def _current(ids: Collection[str]) -> dict[str, Party]:
    return {party_id: entity.latest.content for party_id, entity in store.parties(ids).items()}


def _societies_of(party_id: str) -> Collection[str]:
    entity = store.find(PARTIES, party_id)
    return [mandate.society for mandate in entity.latest.content.mandates] if entity else []
