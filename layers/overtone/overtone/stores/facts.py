"""Committing a fact: receipt, pages, outbox entry and whatever goes with them, in one transaction or not at all."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import orjson

from overtone import clock
from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.aws.tables import ABSENT, ConditionFailed, key_of
from overtone.aws.transactions import Put, Write, transact
from overtone.errors import Conflict, Forbidden, InvariantBroken, OvertoneError, Retryable
from overtone.facts.intake import IntakePage, shown_id, whole_id, withdrawal_of
from overtone.rights.registry import Party
from overtone.rights.versions import Entity
from overtone.stores import fact_pages, retention
from overtone.stores import registry as registry_store
from overtone.stores.entities import PARTIES

LEVEL: Final = 6


def packed(content: object) -> bytes:
    """JSON as compressed bytes, keys in their order: a receipt comes back as it was first given."""
    return zlib.compress(orjson.dumps(content), LEVEL)


def unpacked(body: bytes) -> Any:  # noqa: ANN401 - whatever was packed
    """The inverse of `packed`."""
    return orjson.loads(zlib.decompress(body))


@dataclass(frozen=True, slots=True)
class StoredFact:
    """One thing that is accepted whole: a batch of usage, a report, a withdrawal.

    `party` and `batch` identify it within its `kind`; `receipt` is what is answered, now and whenever the same is sent
    again. `with_it` are further writes of the same transaction, `marks` the partitions that it changes without a page.
    """

    kind: str
    party: str
    batch: str
    digest: str
    accepted_at: str
    receipt: Mapping[str, object]
    pages: Sequence[IntakePage] = ()
    marks: Sequence[str] = ()
    with_it: Sequence[Write] = ()
    months: Mapping[str, int] = field(default_factory=dict)


def party_of(party_id: str, what: str) -> Entity[Party]:
    """The registered party; raises `Forbidden` with the remedy where there is none."""
    found = registry_store.find(PARTIES, party_id)
    if found is None:
        raise Forbidden(f"the {what} {party_id!r} is not registered; PUT /v1/parties/{party_id} first")
    return found


def find_receipt(kind: str, party: str, batch: str) -> Item | None:
    """The stored receipt item, `receipt` unpacked, or `None`."""
    item = tables.usage().get(keys.receipt(kind, party, batch))
    return item | {"receipt": unpacked(item["receipt"])} if item else None


def find_receipts(kind: str, party: str, batches: Iterable[str]) -> dict[str, Item]:
    """Those of the stored receipt items that there are, by batch, at once."""
    found = tables.usage().batch_get(keys.receipt(kind, party, batch) for batch in batches)
    return {str(item["batch"]): item | {"receipt": unpacked(item["receipt"])} for item in found.values()}


def receipts_of(party: str, facts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Item]:
    """The same of a party's facts of several kinds, by (kind, batch)."""
    asked = {keys.receipt(kind, party, batch): (kind, batch) for kind, batch in facts}
    found = tables.usage().batch_get(asked)
    return {asked[key]: item | {"receipt": unpacked(item["receipt"])} for key, item in found.items()}


def partitions_of(item: Item) -> list[str]:
    """The partitions that a fact changed, from its stored receipt."""
    return [partition for partition, _ in unpacked(item["partitions"])]


def received(kind: str, party: str, after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """Receipts of a party's facts as they stand, the latest first, behind the place `after`; each with its own place in the list."""
    pk = keys.received_fact(kind, party, "", "").pk
    listed = list(tables.usage().query(pk, after=after, descending=True, limit=limit))
    by_place = {item["sk"]: keys.receipt(kind, party, item["batch"]) for item in listed}
    ended = {item["sk"]: _withdrawals(kind, party, item["batch"]) for item in listed}
    found = tables.usage().batch_get([*by_place.values(), *chain.from_iterable(ended.values())])
    return [
        (place, unpacked(found[key]["receipt"]) | _since([found[gone] for gone in ended[place] if gone in found]))
        for place, key in by_place.items()
        if key in found
    ]


def _withdrawals(kind: str, party: str, batch: str) -> list[Key]:
    """Where it would say that a fact, or all revisions of it, was taken back."""
    return [keys.receipt(withdrawal_of(kind), party, name) for name in dict.fromkeys((batch, whole_id(kind, batch)))]


def _since(gone: Sequence[Item]) -> dict[str, Any]:
    return {"status": "withdrawn", "withdrawn_at": gone[0]["accepted_at"]} if gone else {}


def replayed(kind: str, party: str, batch: str, digest: str, otherwise: Callable[[], str] | None = None) -> dict[str, Any] | None:
    """The first receipt where the same was sent before; raises `Conflict` where the id was used for other content.

    `otherwise` is the digest that the same content has where it comes by another road.
    """
    item = find_receipt(kind, party, batch)
    if item is None:
        return None
    if item["digest"] != digest and not (otherwise and item["digest"] == otherwise()):
        digests = f"digest {item['digest']}, now {digest}"
        raise Conflict(f"the id {shown_id(batch)!r} was used before for other content ({digests}); send the new content under a new id")
    receipt: dict[str, Any] = item["receipt"]
    return receipt


def commit(fact: StoredFact) -> tuple[Mapping[str, Any], bool]:
    """Store the fact; its receipt, and whether it was there already. Raises `Conflict`, `Retryable`, `TooLarge`."""
    made = writes(fact)
    try:
        transact(made)
    except ConditionFailed as error:
        found = replayed(fact.kind, fact.party, fact.batch, fact.digest)
        if found is None:
            raise _refusal(fact, made, error.failed) from error
        return found, True
    return fact.receipt, False


def _refusal(fact: StoredFact, made: Sequence[Write], failed: Sequence[int]) -> OvertoneError:
    """Why a fact that has no receipt was not stored: it had one that is forgotten, others were quicker, or a promise is broken."""
    there = [write.table.get(key_of(write.item)) for at in failed if isinstance(write := made[at], Put)]
    came = sorted(str(item["accepted_at"]) for item in there if item and "accepted_at" in item)
    if came and retention.expiry(came[0][:10]) <= clock.now().timestamp():
        return Conflict(
            f"the id {shown_id(fact.batch)!r} was used before for what was taken on {came[0][:10]}, longer ago than receipts are kept; "
            f"nothing more was stored; send what is new under a new id"
        )
    if min(failed) >= len(made) - len(fact.with_it):
        return Retryable(f"what {fact.kind} {shown_id(fact.batch)} changes was changed at the same moment; send it again")
    return InvariantBroken("committed_once", f"{fact.kind} {fact.batch} was refused at {failed} although it is new")


def writes(fact: StoredFact) -> list[Write]:
    """The one transaction of a fact. Pages to which it points are kept as soon as this is asked."""
    usage, expires = tables.usage(), _expiry(fact.accepted_at, fact.pages)
    counts: dict[str, int] = dict.fromkeys(fact.marks, 0)
    for page in fact.pages:
        counts[str(page.partition)] = counts.get(str(page.partition), 0) + page.records
    partitions = [[partition, records] for partition, records in counts.items()]
    about = {"kind": fact.kind, "party": fact.party, "batch": fact.batch, "accepted_at": fact.accepted_at}
    stored = {"receipt": packed(fact.receipt), "digest": fact.digest, "partitions": packed(partitions), "expires_at": expires}
    made: list[Write] = [Put(usage, {**keys.receipt(fact.kind, fact.party, fact.batch)._asdict(), **about, **stored}, ABSENT)]
    listed = keys.received_fact(fact.kind, fact.party, fact.accepted_at, fact.batch)
    made.append(Put(usage, {**listed._asdict(), "batch": fact.batch, "expires_at": expires}))
    if partitions:
        entry = keys.outbox_entry(fact.accepted_at, fact.kind, fact.party, fact.batch)
        months = {"months": dict(fact.months), "partitions": packed(partitions)}
        made.append(Put(usage, {**entry._asdict(), **about, **months}))
    made += [Put(usage, item, ABSENT) for item in fact_pages.items(fact.pages, fact.batch, fact.accepted_at, expires)]
    return [*made, *fact.with_it]


def keep_pages(made: Sequence[IntakePage], batch: str, accepted_at: str) -> None:
    """Store pages ahead of the fact that will make them count; doing so again changes nothing."""
    expires = _expiry(accepted_at, made)
    tables.usage().put_many(fact_pages.items(made, batch, accepted_at, expires))


def _expiry(accepted_at: str, made: Iterable[IntakePage]) -> int:
    """Epoch seconds when the table may forget: the retention after the later of acceptance and usage."""
    days = [page.partition.scope for page in made if page.partition.kind == "usage"]
    return retention.expiry(max([accepted_at[:10], *days]))
