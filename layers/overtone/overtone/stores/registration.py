"""Writing to the registry: a version, or an answer to one, with the change that settlements look for, in one transaction."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, Generic, NamedTuple, TypeVar

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import ITEM_BYTES_MAX, Item, item_bytes
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, Condition, ConditionFailed, equals, key_of
from overtone.aws.transactions import TRANSACTION_BYTES_MAX, TRANSACTION_ITEMS_MAX, Delete, Put, Write, transact
from overtone.errors import Retryable, TooLarge
from overtone.facts.events import PartyEvent
from overtone.fields import DAY_MIN, Model
from overtone.rights.agreement import Accord, Agreement
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version
from overtone.stores import events as event_store
from overtone.stores.entities import FOREVER, Shelf, answers_of, item_of
from overtone.stores.registry import ERASURE, IdentifierClaim

M = TypeVar("M", bound=Model)


WORKERS: Final = 16
"""Transactions of many entities that are under way at once."""


class Recorded(NamedTuple):
    """What goes with a new version: hints, identifiers claimed and given up, the change to log, items `beside` it, whom it tells, and what
    became of the parts of it that need another's yes.
    """

    hints: Sequence[Key] = ()
    claimed: Mapping[str, IdentifierClaim | None] = {}
    released: Mapping[str, IdentifierClaim] = {}
    matters_from: str = ""
    keys: Sequence[str] = ()
    beside: Sequence[Item] = ()
    events: Sequence[PartyEvent] = ()
    writes: Sequence[Write] = ()
    accords: Sequence[Accord] = ()


class NewVersion(NamedTuple, Generic[M]):
    """An entity with its new last version, as it was read before, and what goes with the version."""

    entity: Entity[M]
    before: Entity[M] | None
    with_it: Recorded


def record(shelf: Shelf[M], entity: Entity[M], before: Entity[M] | None, with_it: Recorded) -> None:
    """Write the entity with its new last version, if it still is as it was read before.

    Raises `Retryable` where somebody else was faster, `TooLarge` where the versions outgrow one item.
    """
    hint(with_it.hints)
    writes, later = _writes(shelf, entity, before, with_it)
    _transact(entity.id, writes)
    event_store.put(later)


def record_many(shelf: Shelf[M], versions: Sequence[NewVersion[M]]) -> set[int]:
    """Write entities that are all different, hinted already, as many in one transaction as fit; the places of those that are written.

    Of a transaction in whose way somebody was, nothing is written: its entities are to be recorded one by one. So is one that writes
    what an earlier one of these writes, too: transactions run beside each other, and the first in order is to have it.
    """
    groups, current, taken = list[_WriteGroup](), _WriteGroup(), set[Key]()
    for place, one in enumerate(versions):
        try:
            writes, later = _writes(shelf, *one)
        except TooLarge:
            continue
        places = set(map(_place_of, writes))
        if not taken.isdisjoint(places):
            continue
        taken |= places
        size = sum(item_bytes(write.item) for write in writes if isinstance(write, Put))
        if not current.takes(writes, size):
            groups.append(current)
            current = _WriteGroup()
        current.add(place, writes, size, later)
    with ThreadPoolExecutor(WORKERS) as pool:
        written = list(pool.map(_written, [*groups, current]))
    return {place for group in written for place in group}


class _WriteGroup:
    """Entities that one transaction writes: all of them fit."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self.writes: list[Write] = []
        self.later: list[PartyEvent] = []
        self._bytes = 0

    def takes(self, writes: Sequence[Write], size: int) -> bool:
        """Whether these writes can go with those that are there."""
        if not self.places:
            return True
        return len(self.writes) + len(writes) <= TRANSACTION_ITEMS_MAX and self._bytes + size <= TRANSACTION_BYTES_MAX

    def add(self, place: int, writes: Sequence[Write], size: int, later: Sequence[PartyEvent]) -> None:
        """Take an entity's writes."""
        self.places.append(place)
        self.writes += writes
        self.later += later
        self._bytes += size


def _place_of(write: Write) -> Key:
    return key_of(write.item) if isinstance(write, Put) else write.key


def _written(group: _WriteGroup) -> list[int]:
    """The places of a group, if it could be written."""
    if not group.places:
        return []
    try:
        transact(group.writes)
    except (ConditionFailed, Retryable):
        return []
    event_store.put(group.later)
    return group.places


def _writes(shelf: Shelf[M], entity: Entity[M], before: Entity[M] | None, with_it: Recorded) -> tuple[list[Write], Sequence[PartyEvent]]:
    """What one version writes in one transaction, and the events for which it has no room."""
    latest = entity.latest
    writes: list[Write] = [_entity(shelf, entity, _unchanged(before) if before else ABSENT)]
    if latest.counts(FOREVER):
        writes.append(_logged(shelf, entity, latest, latest.recorded_at, with_it))
    writes += [_claim(identifier, claim, entity.id, latest.recorded_at) for identifier, claim in with_it.claimed.items()]
    writes += [_claim(identifier, claim, "", latest.recorded_at) for identifier, claim in with_it.released.items()]
    writes += [*_beside(with_it), *with_it.writes]
    events, later = event_store.parted(with_it.events, len(writes))
    return [*writes, *events], later


def hint(hints: Sequence[Key]) -> None:
    """Write rows that lead to entities, before the entities."""
    tables.registry().put_many([dict(key._asdict()) for key in dict.fromkeys(hints)])


def record_beside(entity_id: str, with_it: Recorded) -> None:
    """Write what goes beside a version where there is no new one. Raises `Retryable` where it is there already."""
    if with_it.beside:
        _transact(entity_id, _beside(with_it))


def _beside(with_it: Recorded) -> list[Write]:
    return [Put(tables.registry(), item, ABSENT) for item in with_it.beside]


def answer(shelf: Shelf[M], before: Entity[M], number: int, agreement: Agreement, events: Sequence[PartyEvent] = ()) -> Entity[M]:
    """Write what was answered to a version; what is accepted is logged as a change of that instant. Raises `Retryable`."""
    version = replace(before.versions[number - 1], agreement=agreement)
    versions = (*before.versions[: number - 1], version, *before.versions[number:])
    entity = replace(before, versions=versions)
    made: list[Write] = [_entity(shelf, entity, _unchanged(before))]
    if agreement.decided and version.counts(FOREVER):
        made.append(_logged(shelf, entity, version, agreement.decided.at, Recorded()))
    _transact(entity.id, [*made, *event_store.writes(events)])
    return entity


def settle(shelf: Shelf[M], before: Entity[M], accord: Accord, events: Sequence[PartyEvent] = ()) -> Entity[M]:
    """Write what became of a part of a record; what was accepted is logged as a change of that instant. Raises `Retryable`."""
    others = (known for known in before.accords if (known.of, known.since) != (accord.of, accord.since))
    entity = replace(before, accords=(*others, accord))
    made: list[Write] = [_entity(shelf, entity, _unchanged(before))]
    version = before.versions[accord.since - 1]
    if accord.end is not None:
        made.append(_logged(shelf, entity, version, accord.end.at, Recorded(matters_from=accord.end.day)))
    elif accord.agreement.decided and accord.agreement.counts(FOREVER):
        made.append(_logged(shelf, entity, version, accord.agreement.decided.at, Recorded()))
    _transact(entity.id, [*made, *event_store.writes(events)])
    return entity


def rewrite(shelf: Shelf[M], entity: Entity[M], before: Entity[M], forgotten: Mapping[str, IdentifierClaim]) -> None:
    """Write the entity's versions anew, and forget whom identifiers named; the change log says that it was done.

    A version more lets a write that is under way fail: it has read what is rewritten. Raises `Retryable`.
    """
    at = clock.timestamp()
    about = {"recorded_at": at, "kind": ERASURE, "id": entity.id, "effective_from": DAY_MIN, "keys": []}
    logged = Put(tables.registry(), keys.change(at, ERASURE, entity.id, entity.latest.number)._asdict() | about)
    gone = [Delete(tables.registry(), keys.claim(key), equals(entries=len(claim.history))) for key, claim in sorted(forgotten.items())]
    _transact(entity.id, [_entity(shelf, entity, _unchanged(before)), logged, *gone])


def _transact(entity_id: str, writes: Sequence[Write]) -> None:
    try:
        transact(writes)
    except ConditionFailed as error:
        raise Retryable(f"{entity_id} was changed by somebody else at the same time; send it again") from error


def _unchanged(before: Entity[M]) -> Condition:
    """No version more than was read, and no answer more; items from before answers were counted have none to lose."""
    known = {"latest": len(before.versions), "answers": answers_of(before)}
    return Condition("#latest = :latest AND (attribute_not_exists(#answers) OR #answers = :answers)", known)


def _logged(shelf: Shelf[M], entity: Entity[M], version: Version[M], at: str, with_it: Recorded) -> Put:
    """The change as settlements find it: known from this instant on."""
    logged = {
        "recorded_at": at,
        "kind": shelf.kind,
        "id": entity.id,
        "effective_from": with_it.matters_from or version.effective_from,
        "keys": sorted(with_it.keys),
    }
    return Put(tables.registry(), keys.change(at, shelf.kind, entity.id, version.number)._asdict() | logged)


def _entity(shelf: Shelf[M], entity: Entity[M], condition: Condition) -> Put:
    item = item_of(shelf, entity)
    if (size := item_bytes(item)) > ITEM_BYTES_MAX:
        raise TooLarge(
            f"{entity.id} with {entity.latest.number} versions takes {size} bytes of {ITEM_BYTES_MAX}; register it under a new id"
        )
    return Put(tables.registry(), item, condition)


def _claim(identifier: str, before: IdentifierClaim | None, holder: str, at: str) -> Put:
    history = [list(entry) for entry in (before.history if before else ())]
    item: dict[str, Any] = {"holder": holder, "history": [*history, [at, holder]], "entries": len(history) + 1}
    return Put(tables.registry(), keys.claim(identifier)._asdict() | item, equals(entries=len(history)) if before else ABSENT)


def matters_from(before: Entity[Work] | None, after: Version[Work]) -> str:
    """The first day on which a work's new version can change what is owed: any day where a name changed."""
    old = set(before.latest.content.identifiers) if before else None
    return after.effective_from if old == set(after.content.identifiers) else DAY_MIN
