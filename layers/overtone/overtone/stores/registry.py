"""Parties, works and deals in RegistryTable: one item an entity with all its versions, and what finds them.

A version, its change-log entry and the identifiers it claims or gives up are one transaction.
Index rows (a party's works, a society's members, a composition's recordings) are hints: written
before the version, never removed, and true of some version at least once it is there; a reader
that asks for a day looks into the entity. Settlement reads whole entities in batches.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Generic, NamedTuple, TypeVar

import orjson

from overtone.aws import keys, tables
from overtone.aws.attributes import ITEM_BYTES_MAX, Item, item_bytes
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, ConditionFailed, Put, equals, transact
from overtone.errors import Retryable, TooLarge
from overtone.fields import DAY_MIN, Model
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version
from overtone.settlement.deals import Deal

M = TypeVar("M", bound=Model)
_AFTER: Final = "$"
"""Sorts right behind `#`: an exclusive bound of `{recorded_at}#…`."""


@dataclass(frozen=True, slots=True)
class Shelf(Generic[M]):
    """Where entities of one kind stand, and what their content is."""

    kind: str
    model: type[M]
    key: Callable[[str], Key]


PARTIES: Final = Shelf("party", Party, keys.party)
WORKS: Final = Shelf("work", Work, keys.work)
DEALS: Final = Shelf("deal", Deal, keys.deal)


class Claim(NamedTuple):
    """The work or party that an identifier names ("": none any more), and since when which did."""

    holder: str
    history: tuple[tuple[str, str], ...]

    def at(self, cutoff: str) -> str:
        """The holder as far as was known at `cutoff`, or ""."""
        return next((holder for since, holder in reversed(self.history) if since <= cutoff), "")


class Change(NamedTuple):
    """One entry of the change log: what a settlement has to look at again, from which day on."""

    recorded_at: str
    kind: str
    id: str
    effective_from: str
    keys: tuple[str, ...]


# --- entities


def _encode(version: Version[M]) -> str:
    content = version.content.model_dump(mode="json", by_alias=True, exclude_none=True)
    stated = {"author": version.author, "content": content, "effective_from": version.effective_from, "recorded_at": version.recorded_at}
    return orjson.dumps(stated).decode()


def _decode(shelf: Shelf[M], item: Item) -> Entity[M]:
    versions = []
    for number, text in enumerate(item["versions"], start=1):
        stated = orjson.loads(text)
        content = shelf.model.model_validate(stated["content"])
        versions.append(Version(number, stated["effective_from"], stated["recorded_at"], stated["author"], content))
    return Entity(item["id"], item["owner"], tuple(versions))


def find(shelf: Shelf[M], entity_id: str) -> Entity[M] | None:
    """One entity, or `None`."""
    item = tables.registry().get(shelf.key(entity_id))
    return _decode(shelf, item) if item else None


def find_all(shelf: Shelf[M], ids: Iterable[str]) -> dict[str, Entity[M]]:
    """Those of the entities that are registered, by id."""
    items = tables.registry().batch_get(shelf.key(entity_id) for entity_id in ids)
    return {item["id"]: _decode(shelf, item) for item in items.values()}


def parties(ids: Iterable[str]) -> dict[str, Entity[Party]]:
    """Those of the parties that are registered, by id."""
    return find_all(PARTIES, ids)


def works(ids: Iterable[str]) -> dict[str, Entity[Work]]:
    """Those of the works that are registered, by id."""
    return find_all(WORKS, ids)


def deals() -> dict[str, Entity[Deal]]:
    """Every deal, by id. They share one `pk` (1,000 writes a second) because this read is one query."""
    return {item["id"]: _decode(DEALS, item) for item in tables.registry().query(keys.deal("").pk)}


def works_by_keys(work_keys: Iterable[str], cutoff: str) -> dict[str, Entity[Work]]:
    """The work that each key names, as far as was known at `cutoff`; keys that name none are left out.

    What an identifier names does not depend on the day: an ISRC that was registered late names the
    recording of earlier days too.
    """
    asked = list(dict.fromkeys(work_keys))
    named = {key: key.removeprefix("work:") for key in asked if key.startswith("work:")}
    for key, claim in claims(key for key in asked if key not in named).items():
        if work_id := claim.at(cutoff):
            named[key] = work_id
    found = works(named.values())
    return {key: found[work_id] for key, work_id in named.items() if work_id in found}


# --- what finds entities


def claims(identifiers: Iterable[str]) -> dict[str, Claim]:
    """The claims on these identifiers (`isrc:…`, `iswc:…`, a party's `ipi:…`), of those that were ever claimed."""
    asked = {keys.claim(key): key for key in identifiers}
    found = tables.registry().batch_get(asked)
    return {asked[key]: Claim(item["holder"], tuple((at, holder) for at, holder in item["history"])) for key, item in found.items()}


def works_of(party: str, after: str = "", limit: int | None = None) -> list[str]:
    """Works in which the party has or had a share, in order of id, from behind `after` on."""
    return _indexed(keys.party_work(party, ""), after, limit)


def members(society: str) -> list[str]:
    """Parties that give or gave the society a mandate, in order of id."""
    return _indexed(keys.member(society, ""))


def recordings_of(composition: str) -> list[str]:
    """Recordings that are or were linked to the composition, in order of id."""
    return _indexed(keys.recording(composition, ""))


def _indexed(key: Key, after: str = "", limit: int | None = None) -> list[str]:
    return [item["sk"] for item in tables.registry().query(key.pk, after=after, limit=limit)]


def changes(since: str, until: str) -> list[Change]:
    """What was recorded after `since` ("": ever) up to `until`, in order of time.

    A changed composition brings the keys of its recordings along: they are priced with its shares.
    """
    table = tables.registry()
    first = since + _AFTER if since else ""
    slots = (table.query(keys.change_log(slot), first=first, last=until + _AFTER) for slot in range(keys.CHANGE_SLOTS))
    found = [Change(i["recorded_at"], i["kind"], i["id"], i["effective_from"], tuple(i["keys"])) for i in chain.from_iterable(slots)]
    return [_with_recordings(change) for change in sorted(found)]


def _with_recordings(change: Change) -> Change:
    if change.kind != "work":
        return change
    linked = works(recordings_of(change.id))
    ours = chain.from_iterable(keys_ever(recording) for recording in linked.values())
    return change._replace(keys=tuple(sorted({*change.keys, *ours})))


def keys_ever(work: Entity[Work]) -> set[str]:
    """Every key that names the work or once did."""
    return {f"work:{work.id}", *chain.from_iterable(version.content.identifiers for version in work.versions)}


# --- recording


class Recorded(NamedTuple):
    """What goes with a new version: hints, identifiers claimed and given up, the change to log, and new items `beside` it."""

    hints: Sequence[Key] = ()
    claimed: Mapping[str, Claim | None] = {}
    released: Mapping[str, Claim] = {}
    matters_from: str = ""
    keys: Sequence[str] = ()
    beside: Sequence[Item] = ()


def record(shelf: Shelf[M], entity: Entity[M], known: int, with_it: Recorded) -> None:
    """Write the entity with its new last version, if it still has `known` versions.

    Raises `Retryable` where somebody else was faster, `TooLarge` where the versions outgrow one item.
    """
    table, latest = tables.registry(), entity.latest
    item = _item(shelf, entity)
    if (size := item_bytes(item)) > ITEM_BYTES_MAX:
        raise TooLarge(f"{entity.id} with {latest.number} versions takes {size} bytes of {ITEM_BYTES_MAX}; register it under a new id")
    table.put_many([dict(key._asdict()) for key in with_it.hints])
    key = keys.change(latest.recorded_at, shelf.kind, entity.id, latest.number)
    logged = {
        "recorded_at": latest.recorded_at,
        "kind": shelf.kind,
        "id": entity.id,
        "effective_from": with_it.matters_from or latest.effective_from,
        "keys": sorted(with_it.keys),
    }
    writes = [Put(table, item, equals(latest=known) if known else ABSENT), Put(table, key._asdict() | logged)]
    writes += [_claim(identifier, claim, entity.id, latest.recorded_at) for identifier, claim in with_it.claimed.items()]
    writes += [_claim(identifier, claim, "", latest.recorded_at) for identifier, claim in with_it.released.items()]
    _transact(entity.id, writes + _beside(with_it))


def record_beside(entity_id: str, with_it: Recorded) -> None:
    """Write what goes beside a version where there is no new one. Raises `Retryable` where it is there already."""
    if with_it.beside:
        _transact(entity_id, _beside(with_it))


def _beside(with_it: Recorded) -> list[Put]:
    return [Put(tables.registry(), item, ABSENT) for item in with_it.beside]


def _transact(entity_id: str, writes: Sequence[Put]) -> None:
    try:
        transact(writes)
    except ConditionFailed as error:
        raise Retryable(f"{entity_id} was changed by somebody else at the same time; send it again") from error


def _item(shelf: Shelf[M], entity: Entity[M]) -> Item:
    texts = [_encode(version) for version in entity.versions]
    return shelf.key(entity.id)._asdict() | {"id": entity.id, "owner": entity.owner, "latest": len(texts), "versions": texts}


def _claim(identifier: str, before: Claim | None, holder: str, at: str) -> Put:
    history = [list(entry) for entry in (before.history if before else ())]
    item: dict[str, Any] = {"holder": holder, "history": [*history, [at, holder]], "entries": len(history) + 1}
    return Put(tables.registry(), keys.claim(identifier)._asdict() | item, equals(entries=len(history)) if before else ABSENT)


def matters_from(before: Entity[Work] | None, after: Version[Work]) -> str:
    """The first day on which a work's new version can change what is owed: any day where a name changed."""
    old = set(before.latest.content.identifiers) if before else None
    return after.effective_from if old == set(after.content.identifiers) else DAY_MIN
