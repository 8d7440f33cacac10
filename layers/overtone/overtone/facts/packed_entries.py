"""Entries as arrays, packed into pages: byte for byte what `accrual_pages` makes of the same rows."""

import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.facts.accrual_pages import Dimensions, cut, usage_head
from overtone.facts.arrays import ArrayWriter, Ints, Texts
from overtone.facts.splits import is_output


class Ranked(NamedTuple):
    """Works in order of bucket and name: the `rank` and `bucket` of each, the names by rank, and where each bucket starts."""

    rank: Ints
    bucket: Ints
    names: list[str]
    starts: list[int]


def ranked(works: Sequence[str], buckets: int) -> Ranked:
    """The order in which works stand in pages."""
    hashes = np.fromiter(map(zlib.crc32, "\n".join(works).encode().split(b"\n")), np.int64, len(works))
    bucket = hashes % buckets
    order = np.argsort(bucket, kind="stable")
    starts = np.searchsorted(bucket[order], np.arange(buckets + 1)).tolist()
    places = order.tolist()
    names: list[str] = []
    sequence: list[int] = []
    for first, last in pairwise(starts):
        mine = sorted(places[first:last], key=works.__getitem__)
        sequence += mine
        names += [works[place] for place in mine]
    rank = np.empty(len(works), np.int64)
    rank[np.array(sequence, np.int64)] = np.arange(len(works))
    return Ranked(rank, bucket, names, starts)


class Entries(NamedTuple):
    """Entries in order of work (its rank) and dimension; figures as digits, and the first subject that shows each."""

    work: Ints
    dimension: Ints
    quantity: list[Ints]
    revenue: list[Ints]
    subject: Ints

    def part(self, first: int, last: int) -> "Entries":
        """Consecutive entries."""
        return Entries(
            self.work[first:last],
            self.dimension[first:last],
            [limb[first:last] for limb in self.quantity],
            [limb[first:last] for limb in self.revenue],
            self.subject[first:last],
        )

    def works(self) -> int:
        """Of how many works they are."""
        return int(_begins(self.work).sum())


def _begins(values: Ints) -> NDArray[np.bool_]:
    return np.append(True, values[1:] != values[:-1])


def pages_of(entries: Entries, order: Ranked, dimensions: Sequence[Dimensions], subjects: Texts) -> dict[int, list[bytes]]:
    """The pages of each bucket that the entries are of; they hold whole buckets."""
    way = _ways(dimensions)
    entries = entries._replace(subject=_first_of_way(entries, way))
    bounds = np.searchsorted(entries.work, np.array(order.starts))

    def encode(part: Entries) -> bytes:
        return _encode(part, order, dimensions, way, subjects)

    found: dict[int, list[bytes]] = {}
    for bucket, (first, last) in enumerate(pairwise(bounds.tolist())):
        if last > first:
            found[bucket] = list(cut(entries.part(first, last), last - first, encode, Entries.part))
    return found


def _ways(dimensions: Sequence[Dimensions]) -> Ints:
    """By dimension, which (model, use) it has, in order; -1 where it is about no output."""
    pairs = sorted({(model, use) for kind, model, use, *_ in dimensions if is_output(kind)})
    place = {pair: number for number, pair in enumerate(pairs)}
    return np.array([place[model, use] if is_output(kind) else -1 for kind, model, use, *_ in dimensions], np.int64)


def _first_of_way(entries: Entries, way: Ints) -> Ints:
    """For each entry the first subject of its work, model and use, whatever the territory, currency or band."""
    mine = way[entries.dimension]
    if not _in_order(way):
        _, place = np.unique(entries.work * (len(way) + 1) + mine, return_inverse=True)
        smallest = np.full(int(place.max()) + 1, np.iinfo(np.int64).max)
        np.minimum.at(smallest, place, entries.subject)
        spread: Ints = smallest[place]
        return spread
    begins = _begins(entries.work) | _begins(mine)
    starts = np.flatnonzero(begins)
    least: Ints = np.minimum.reduceat(entries.subject, starts)
    first: Ints = least[np.cumsum(begins) - 1]
    return first


def _in_order(way: Ints) -> bool:
    """Whether the ways stand in the order of the dimensions: they do where no output is split by side."""
    outputs = way[way >= 0]
    return bool((np.diff(outputs) >= 0).all())


def _shown(part: Entries, way: Ints, begins: NDArray[np.bool_]) -> Ints:
    """The subject that shows each (model, use) of each work, in order."""
    mine = way[part.dimension]
    if _in_order(way):
        shown: Ints = part.subject[(begins | _begins(mine)) & (mine >= 0)]
        return shown
    outputs = np.flatnonzero(mine >= 0)
    _, first = np.unique(part.work[outputs] * len(way) + mine[outputs], return_index=True)
    ordered: Ints = part.subject[outputs[first]]
    return ordered


def _encode(part: Entries, order: Ranked, dimensions: Sequence[Dimensions], way: Ints, subjects: Texts) -> bytes:
    held = np.bincount(part.dimension, minlength=len(dimensions)) > 0
    used, place = np.flatnonzero(held), (np.cumsum(held) - 1)[part.dimension]
    begins = _begins(part.work)
    first = np.flatnonzero(begins)
    page = ArrayWriter()
    page.texts([usage_head([dimensions[number] for number in used.tolist()])])
    page.texts(list(map(order.names.__getitem__, part.work[first].tolist())))
    page.array(np.diff(np.append(first, len(begins))))
    page.array(place)
    page.limbs(part.quantity)
    page.limbs(part.revenue)
    page.coded(_shown(part, way, begins), subjects)
    return page.finish()
