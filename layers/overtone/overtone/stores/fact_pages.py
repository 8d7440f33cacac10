"""Pages of facts: in items of their own, or, where a fact has much of them, together in one object to which the items point.

A transaction writes each kilobyte twice; an object costs what eight kilobytes do, whatever its size. It is written first and named by what
is in it: a fact that is not accepted after all leaves an object that nothing points to, which goes when its time is over, as all do.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from overtone.aws import buckets, keys, object_keys
from overtone.aws.attributes import Item
from overtone.errors import InvariantBroken, NotFound
from overtone.facts.intake import IntakePage
from overtone.stores import retention

INLINE_BYTES_MAX: Final = 2_048
"""A smaller page stays in its item, which costs a write unit or two anyway."""
OBJECT_BYTES_MIN: Final = 8_192
"""So much of larger pages is worth an object."""


def sizes_in_items(made: Sequence[IntakePage]) -> list[int]:
    """How many bytes of each page its item will hold: none of what stands in an object."""
    apart = sum(len(page.body) for page in made if len(page.body) > INLINE_BYTES_MAX) >= OBJECT_BYTES_MIN
    return [0 if apart and len(page.body) > INLINE_BYTES_MAX else len(page.body) for page in made]


def items(made: Sequence[IntakePage], batch: str, accepted_at: str, expires: int) -> list[Item]:
    """The items of a fact's pages; what they point to is there."""
    apart = [page for page, size in zip(made, sizes_in_items(made), strict=True) if size < len(page.body)]
    places = _kept(apart, batch) if apart else {}
    found = []
    for page in made:
        key = keys.page(page.partition, batch, page.number)
        body = places.get(key) or {"page": page.body}
        found.append({**key._asdict(), **body, "records": page.records, "accepted_at": accepted_at, "expires_at": expires})
    return found


def _kept(made: Sequence[IntakePage], batch: str) -> dict[keys.Key, Item]:
    """Keep pages as one object: where each of them stands."""
    whole = b"".join(page.body for page in made)
    first = made[0].partition
    name = object_keys.fact_pages(first.kind, first.reporter, batch, hashlib.sha256(whole).hexdigest()[:32])
    buckets.facts().put(name, whole)
    starts = accumulate((len(page.body) for page in made), initial=0)
    return {
        keys.page(page.partition, batch, page.number): {"object": name, "start": start, "size": len(page.body)}
        for page, start in zip(made, starts, strict=False)
    }


def read(found: Iterable[Item]) -> Iterator[Item]:
    """Items of pages, which are in order, each with its `page`, from wherever it is. What has expired may be missing."""
    group: list[Item] = []
    for item in found:
        if group and not (item.get("object") == group[-1].get("object") and item.get("start") == group[-1]["start"] + group[-1]["size"]):
            yield from _read(group)
            group = []
        if "page" in item:
            yield item
        else:
            group.append(item)
    if group:
        yield from _read(group)


def _read(group: Sequence[Item]) -> Iterator[Item]:
    """Pages that stand one behind the other in an object."""
    key, start = group[0]["object"], int(group[0]["start"])
    try:
        body = buckets.facts().part(key, start, sum(int(item["size"]) for item in group))
    except NotFound as error:
        if not any(map(retention.is_kept, group)):
            return
        raise InvariantBroken("committed_once", f"{key} holds pages of accepted facts and is not there; restore it") from error
    for item in group:
        first = int(item["start"]) - start
        yield {**item, "page": body[first : first + int(item["size"])]}
