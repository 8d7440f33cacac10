"""Putting a work (`parties` and `deals` have the rest): read what the rules need, ask the rules, record the version.

Each call is one read-check-write. Somebody else's write in between is seen by the condition of the
last step, and the whole is done again from the reading on, a few times.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, Final, Generic, NamedTuple, TypeVar

from overtone import clock
from overtone.aws import index_keys, keys
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.errors import NotFound, OvertoneError, Rejected, Retryable
from overtone.fields import DAY_MIN, Model, validated
from overtone.identifiers import slug
from overtone.rights import changes, disputes, notices, registration, titles
from overtone.rights.registration import Actor, PutBody, submission
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version
from overtone.stores import registry as store
from overtone.stores.entities import WORKS, Shelf
from overtone.stores.registration import WORKERS, NewVersion, Recorded, hint, matters_from, record, record_beside, record_many
from overtone.stores.registry import IdentifierClaim

ATTEMPTS_MAX: Final = 4
"""How often a put starts over because somebody else put the same thing in between."""

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class PutOutcome(NamedTuple, Generic[M]):
    """What a put left: the entity, its latest version, whether it is new, and what to know about it."""

    entity: Entity[M]
    new_version: bool
    warnings: list[str]

    @property
    def created(self) -> bool:
        """Whether the entity was not there before."""
        return self.new_version and len(self.entity.versions) == 1


def put_work(actor: Actor, work_id: str, body: object, beside: Sequence[Item] = ()) -> PutOutcome[Work]:
    """Register a work, or a new version of it; `beside` are new items to write in the same transaction, or alone."""
    one = _asked(work_id, body, beside)
    return again(lambda: _put_work(_due(actor, one, _Reads.of(actor, [one]))))


def put_works(
    actor: Actor, bodies: Sequence[tuple[str, object]], known: Mapping[str, Entity[Work]] | None = None
) -> list[PutOutcome[Work] | OvertoneError]:
    """Register works that are all different, reading and writing in batches; each outcome or error at its place.

    `known` are those of them that are registered already, where the caller has just read them.
    """
    asked = [_or_error(partial(_asked, work_id, body)) for work_id, body in bodies]
    reads = _Reads.of(actor, [one for one in asked if isinstance(one, _WorkPut)], known)
    due = [one if isinstance(one, OvertoneError) else _or_error(partial(_due, actor, one, reads)) for one in asked]
    new = {place: one for place, one in enumerate(due) if isinstance(one, _Due) and one.version}
    hint([key for one in new.values() for key in one.with_it.hints])
    written = _written_together(new)
    apart = [place for place in new if place not in written]
    with ThreadPoolExecutor(WORKERS) as pool:
        written |= zip(apart, pool.map(lambda place: _or_error(partial(_put_hinted, actor, new[place])), apart), strict=True)
    return [
        one if isinstance(one, OvertoneError) else written[place] if place in written else _or_error(partial(_put_work, one))
        for place, one in enumerate(due)
    ]


def _written_together(new: Mapping[int, "_Due"]) -> dict[int, PutOutcome[Work] | OvertoneError]:
    """What those puts left, by place, that could be written many in one transaction."""
    entities = [_following(one.before, one.asked.work_id, one.owner, one.version, one.with_it) for one in new.values()]
    stated = list(zip(new.items(), entities, strict=True))
    written = record_many(WORKS, [NewVersion(entity, one.before, one.with_it) for (_, one), entity in stated])
    outcomes = ((place, _told(one, PutOutcome(entity, new_version=True, warnings=[]))) for (place, one), entity in stated)
    return {place: outcome for n, (place, outcome) in enumerate(outcomes) if n in written}


def _put_hinted(actor: Actor, due: "_Due") -> PutOutcome[Work]:
    """With what was read for all, and from the reading on where somebody changed it since."""
    try:
        return _put_work(due._replace(with_it=due.with_it._replace(hints=())))
    except Retryable:
        return again(lambda: _put_work(_due(actor, due.asked, _Reads.of(actor, [due.asked]))))


def _or_error(do: Callable[[], T]) -> T | OvertoneError:
    try:
        return do()
    except OvertoneError as error:
        return error


def again(put: Callable[[], T]) -> T:
    """The call, made again a few times where somebody else wrote in between."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return put()
        except Retryable:
            continue
    return put()


class _WorkPut(NamedTuple):
    """One work that is asked to be put: what was sent, and the items that go with it."""

    work_id: str
    work: Work
    sent: PutBody
    beside: Sequence[Item]
    hints: Sequence[Key]


def _asked(work_id: str, body: object, beside: Sequence[Item] = ()) -> _WorkPut:
    sent = submission(slug(work_id), body)
    work = validated(Work, sent.content, "the work")
    hints = [
        *(keys.party_work(share.party, work_id) for share in work.shares),
        *([keys.recording(work.composition, work_id)] if work.composition else []),
        index_keys.listed("work", work_id),
        *(index_keys.title_word(word, work_id) for word in titles.words(work.title)),
    ]
    return _WorkPut(work_id, work, sent, beside, hints)


class _Reads(NamedTuple):
    """What putting works has to have read."""

    works: Mapping[str, Entity[Work]]
    claims: Mapping[str, IdentifierClaim]
    parties: Collection[str]

    @classmethod
    def of(cls, actor: Actor, asked: Sequence[_WorkPut], known: Mapping[str, Entity[Work]] | None = None) -> "_Reads":
        """Of the works that are put, `known` are those that are there; without it they are read too."""
        own = {one.work_id for one in asked}
        composed = {one.work.composition for one in asked if one.work.composition}
        works = store.works(own | composed) if known is None else {**store.works(composed - own), **known}
        before = [works[one.work_id] for one in asked if one.work_id in works]
        keys_named = {key for one in asked for key in one.work.identifiers} | {key for e in before for key in e.latest.content.identifiers}
        holders = {share.party for one in asked for share in one.work.shares}
        owners = {actor.party, *(one.sent.owner or "" for one in asked), *(entity.owner for entity in before)}
        return cls(works, store.claims(sorted(keys_named)), store.parties((holders | owners) - {""}))


class _Due(NamedTuple):
    """A put that the rules allow, with all that is to be written."""

    asked: _WorkPut
    before: Entity[Work] | None
    owner: str
    version: Version[Work] | None
    with_it: Recorded


def _due(actor: Actor, one: _WorkPut, reads: _Reads) -> _Due:
    work_id, before = one.work_id, reads.works.get(one.work_id)
    stands = before.in_force(one.sent.effective_from or clock.today(), before.latest.recorded_at) if before else None
    earlier = stands.content if stands else None
    work = one.work.model_copy(update={"contested": earlier.contested if earlier else ()})
    disputes.check_shares(actor, earlier, work)
    owner = registration.work_owner(actor, before, one.sent.owner, reads.parties)
    claiming = Claiming.of(work_id, set(work.identifiers), set(before.latest.content.identifiers) if before else set(), reads.claims)
    composition = reads.works.get(work.composition or "")
    registration.check_work(work, reads.parties, owner, composition.latest.content if composition else None, claiming.taken)
    version = following(before, work, one.sent, DAY_MIN, actor)
    if version is not None:
        disputes.check_backdated(actor, before, version, clock.today())
    if version is None and before is not None and owner != before.owner:
        version = registration.transferred(before, author=actor.name, recorded_at=clock.timestamp())
    with_it = Recorded(
        hints=[*one.hints, *([index_keys.administered(owner, work_id)] if owner else [])],
        claimed=claiming.claimed,
        released=claiming.released,
        matters_from=matters_from(before, version) if version else "",
        keys=sorted((store.keys_ever(before) if before else {f"work:{work_id}"}) | set(work.identifiers)),
        beside=one.beside,
        events=notices.of_shares(actor, work_id, before, version) if version else (),
    )
    return _Due(one, before, owner, version, with_it)


def _put_work(due: _Due) -> PutOutcome[Work]:
    return _told(due, recorded(WORKS, due.before, due.asked.work_id, due.owner, due.version, due.with_it))


def _told(due: _Due, outcome: PutOutcome[Work]) -> PutOutcome[Work]:
    """With what the registrant should know."""
    warnings = [*registration.warnings(due.asked.work), *notices.overlaps_elsewhere(outcome.entity)]
    warnings += changes.dropped(due.before, due.version)
    return outcome._replace(warnings=warnings)


class Claiming(NamedTuple):
    """Identifiers that a version takes on and gives up, and those that name something else (and what)."""

    claimed: dict[str, IdentifierClaim | None]
    released: dict[str, IdentifierClaim]
    taken: dict[str, str]

    @classmethod
    def read(cls, entity_id: str, named: set[str], named_before: set[str]) -> "Claiming":
        return cls.of(entity_id, named, named_before, store.claims(sorted(named | named_before)))

    @classmethod
    def of(cls, entity_id: str, named: set[str], named_before: set[str], claims: Mapping[str, IdentifierClaim]) -> "Claiming":
        """What is held decides, not what was stated: a version of before may name what was given up since, and is somebody else's."""
        taken = {key: claim.holder for key, claim in claims.items() if key in named and claim.holder not in {"", entity_id}}
        own = {key for key, claim in claims.items() if claim.holder == entity_id}
        claimed = {key: claims.get(key) for key in sorted(named - own)}
        return cls(claimed, {key: claims[key] for key in sorted(own & named_before - named)}, taken)


def following(before: Entity[M] | None, content: M, sent: PutBody, first_day: str, actor: Actor) -> Version[M] | None:
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
) -> PutOutcome[M]:
    """Write the version, if there is one; what the put left."""
    entity = _following(before, entity_id, owner, version, with_it)
    if version is not None:
        record(shelf, entity, before, with_it)
    else:
        record_beside(entity_id, with_it)
    return PutOutcome(entity, version is not None, list(warnings))


def _following(before: Entity[M] | None, entity_id: str, owner: str, version: Version[M] | None, with_it: Recorded) -> Entity[M]:
    """The entity with a further version, if there is one."""
    known = before.versions if before else ()
    stated = known if version is None else (*known, version)
    return Entity(entity_id, owner, stated, (*(before.accords if before else ()), *with_it.accords))


def patched(shelf: Shelf[M], entity_id: str, patch: object, party: str) -> dict[str, Any]:
    """The body of a PUT that changes what the patch names (RFC 7396) of what stands on the day from which it counts.

    What waits for the word of the `party` that patches does not stand: who changes one field says yes to nothing else. Somebody else's
    version in between is a conflict. Raises `NotFound`, `Rejected`.
    """
    if not isinstance(patch, dict):
        raise Rejected("send one JSON object that names what changes")
    entity = store.find(shelf, slug(entity_id))
    if entity is None:
        raise NotFound(f"there is no {shelf.kind} {entity_id!r} to change; PUT it first")
    own = tuple(version for version in entity.versions if version.agreement is None or party not in version.agreement.waits_for)
    content = changes.grounds(replace(entity, versions=own or entity.versions), str(patch.get("effective_from") or clock.today()))
    beside = {"effective_from": None, "owner": None, "evidence": None, "propose": None, "version": entity.latest.number}
    said = {name: patch.get(name, default) for name, default in beside.items()}
    changed = {name: value for name, value in patch.items() if name not in beside}
    body: dict[str, Any] = changes.merged(content, changed)
    return body | {name: value for name, value in said.items() if value is not None}
