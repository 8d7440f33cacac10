"""Parties, works and deals in RegistryTable: one item per entity with all its versions, and what finds them.

A version, its change-log entry and the identifiers it claims or gives up are one transaction.
Index rows (a party's works by share and by administration, a society's members, a composition's recordings) are hints: written
before the version, never removed, and true of some version at least once it is there; a reader
that asks for a day looks into the entity. Settlement reads whole entities in batches.
"""

from collections.abc import Iterable, Sequence
from heapq import merge
from itertools import chain, islice
from typing import Final, Literal, NamedTuple, TypeVar

import orjson

from overtone.aws import index_keys, keys, rights_keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.fields import Model
from overtone.rights.registry import Party, Work
from overtone.rights.tariffs import Tariff
from overtone.rights.versions import Entity
from overtone.settlement.deals import Deal
from overtone.stores import unreadable
from overtone.stores.entities import DEALS, FOREVER, PARTIES, TARIFFS, WORKS, EntityKind, Shelf, decode, read

M = TypeVar("M", bound=Model)
_AFTER: Final = "$"
"""Sorts right behind `#`: an exclusive bound of `{recorded_at}#…`."""

ERASURE: Final = "erasure"
"""What the change log calls that a party's personal data was erased: it moves no money."""


class IdentifierClaim(NamedTuple):
    """The work or party that an identifier names ("": none any more), and since when which did."""

    holder: str
    history: tuple[tuple[str, str], ...]

    def at(self, cutoff: str) -> str:
        """The holder as far as was known at `cutoff`, or ""."""
        return next((holder for since, holder in reversed(self.history) if since <= cutoff), "")


class Change(NamedTuple):
    """One entry of the change log: what a settlement has to look at again, from which day on."""

    recorded_at: str
    kind: EntityKind | Literal["erasure"]
    id: str
    effective_from: str
    keys: tuple[str, ...]


class ReadableDeals(NamedTuple):
    """Deals as `deals` has them, and the licensees that have one which cannot be read: until it can, what was settled of theirs stands,
    and nothing is added.
    """

    deals: dict[str, Entity[Deal]]
    standing_still: frozenset[str]


# --- entities


def find(shelf: Shelf[M], entity_id: str) -> Entity[M] | None:
    """One entity, or `None`."""
    item = tables.registry().get(shelf.key(entity_id))
    return decode(shelf, item) if item else None


def find_all(shelf: Shelf[M], ids: Iterable[str], *, consistent: bool = True) -> dict[str, Entity[M]]:
    """Those of the entities that are registered, by id; as they were a moment ago, for half the price, unless read consistently."""
    items = tables.registry().batch_get((shelf.key(entity_id) for entity_id in ids), consistent=consistent)
    return _readable(shelf, items.values())


def _readable(shelf: Shelf[M], items: Iterable[Item]) -> dict[str, Entity[M]]:
    """The entities that can be read, by id: one that cannot stops no other, and is noticed."""
    found: dict[str, Entity[M]] = {}
    for item in items:
        entity, fault = read(shelf, item)
        if fault is not None:
            unreadable.notice(fault)
        if entity is not None:
            found[entity.id] = entity
    return found


def parties(ids: Iterable[str]) -> dict[str, Entity[Party]]:
    """Those of the parties that are registered, by id."""
    return find_all(PARTIES, ids)


def works(ids: Iterable[str]) -> dict[str, Entity[Work]]:
    """Those of the works that are registered, by id."""
    return find_all(WORKS, ids)


def proposals() -> dict[str, Entity[Deal]]:
    """Every deal with all its versions, accepted or not. They share one `pk` (1,000 writes per second): this read is one query."""
    return _readable(DEALS, tables.registry().query(keys.deal("").pk))


def deals() -> dict[str, Entity[Deal]]:
    """Every deal that some version of was ever accepted, with the accepted versions alone."""
    return {deal_id: agreed for deal_id, deal in proposals().items() if (agreed := deal.agreed(FOREVER))}


def readable_deals() -> ReadableDeals:
    """The same, and whose cannot be read, which is noticed as ever."""
    with unreadable.hearing() as heard:
        found = deals()
    for one in heard:
        unreadable.notice(one)
    return ReadableDeals(found, frozenset(licensee for one in heard if one.kind == DEALS.kind for licensee in one.concerned))


def tariffs() -> dict[str, Entity[Tariff]]:
    """Every society's tariff."""
    return _readable(TARIFFS, tables.registry().query(rights_keys.tariff("").pk))


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


def holders(versions: Sequence[tuple[str, int]]) -> list[set[str]]:
    """Who has a share in each of these versions of works, as they are stored: nothing else of them is read."""
    items = tables.registry().batch_get(keys.work(work_id) for work_id, _ in versions)
    stated = (orjson.loads(items[keys.work(work_id)]["versions"][number - 1]) for work_id, number in versions)
    return [{share["party"] for share in version["content"]["shares"]} for version in stated]


# --- what finds entities


def claims(identifiers: Iterable[str]) -> dict[str, IdentifierClaim]:
    """The claims on these identifiers (`isrc:…`, `iswc:…`, a party's `ipi:…`), of those that were ever claimed."""
    asked = {keys.claim(key): key for key in identifiers}
    found = tables.registry().batch_get(asked)
    return {
        asked[key]: IdentifierClaim(item["holder"], tuple((at, holder) for at, holder in item["history"])) for key, item in found.items()
    }


def works_of(party: str, after: str = "", limit: int | None = None) -> list[str]:
    """Works in which the party has or had a share, in order of id, from behind `after` on."""
    return _indexed(keys.party_work(party, ""), after, limit)


def works_concerning(party: str, after: str, limit: int) -> list[str]:
    """Works in which the party has or had a share or that it administers or once did, in order of id, from behind `after` on."""
    found = (_indexed(key, after, limit) for key in (keys.party_work(party, ""), index_keys.administered(party, "")))
    return list(islice(dict.fromkeys(merge(*found)), limit))


def members(society: str, after: str = "", limit: int | None = None) -> list[str]:
    """Parties that give or gave the society a mandate, in order of id, from behind `after` on."""
    return _indexed(keys.member(society, ""), after, limit)


def recordings_of(composition: str) -> list[str]:
    """Recordings that are or were linked to the composition, in order of id."""
    return _indexed(keys.recording(composition, ""))


def _indexed(key: Key, after: str = "", limit: int | None = None) -> list[str]:
    return [item["sk"] for item in tables.registry().query(key.pk, after=after, limit=limit)]


def changes(since: str, until: str) -> list[Change]:
    """What was recorded after `since` ("": ever) up to `until`, in order of time."""
    table = tables.registry()
    first = since + _AFTER if since else ""
    slots = (table.query(keys.change_log(slot), first=first, last=until + _AFTER) for slot in range(keys.CHANGE_SLOTS))
    found = [Change(i["recorded_at"], i["kind"], i["id"], i["effective_from"], tuple(i["keys"])) for i in chain.from_iterable(slots)]
    return sorted(found)


def with_recordings(changed: Sequence[Change]) -> list[Change]:
    """Changes of works, each composition's with the keys of its recordings: they are priced with its shares."""
    compositions = {work.id for work in works({change.id for change in changed}).values() if _was_composition(work)}
    linked = {composition: recordings_of(composition) for composition in sorted(compositions)}
    recordings = works(chain.from_iterable(linked.values()))
    ours = {name: {key for id_ in ids if id_ in recordings for key in keys_ever(recordings[id_])} for name, ids in linked.items()}
    return [change._replace(keys=tuple(sorted({*change.keys, *ours.get(change.id, ())}))) for change in changed]


def _was_composition(work: Entity[Work]) -> bool:
    return any(version.content.kind == "composition" for version in work.versions)


def keys_naming(works: Iterable[Entity[Work]], cutoff: str) -> dict[str, set[str]]:
    """By work the keys that name it, as far as was known at `cutoff`: an identifier that it gave up does no more, and may be another's."""
    once = {work.id: keys_ever(work) for work in works}
    held = claims(sorted({key for every in once.values() for key in every}))
    return {
        work_id: {key for key in every if key == f"work:{work_id}" or (key in held and held[key].at(cutoff) == work_id)}
        for work_id, every in once.items()
    }


def keys_ever(work: Entity[Work]) -> set[str]:
    """Every key that names the work or once did."""
    return {f"work:{work.id}", *chain.from_iterable(version.content.identifiers for version in work.versions)}
