"""Entries as arrays, packed into pages: byte for byte what `accrual_pages` makes of the same rows."""

import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.facts.accrual_pages import Dimensions, cut, usage_head
from overtone.facts.arrays import ArrayWriter, Ints, Texts
from overtone.facts.limbs import Numbers
from overtone.facts.orders import distinct, run_begins, sorted_places, text_order
from overtone.facts.splits import is_output


class Ranked(NamedTuple):
    """Works in order of bucket and name: the `rank` of each, which stands at each rank (`order`), and where each bucket starts."""

    works: Sequence[str]
    rank: Ints
    order: Ints
    starts: list[int]


def ranked(works: Sequence[str], buckets: int) -> Ranked:
    """The order in which works stand in pages."""
    texts = "\n".join(works).encode().split(b"\n")
    bucket = np.fromiter(map(zlib.crc32, texts), np.int64, len(works)) % buckets
    order = text_order(texts)
    order = order[sorted_places(bucket[order])]
    starts = np.searchsorted(bucket[order], np.arange(buckets + 1)).tolist()
    rank = np.empty(len(works), np.int64)
    rank[order] = np.arange(len(works))
    return Ranked(works, rank, order, starts)


class Entries(NamedTuple):
    """Entries in order of work (its rank) and dimension; `subject` is the first that shows the work, model and use of each."""

    work: Ints
    dimension: Ints
    quantity: Numbers
    revenue: Numbers
    subject: Ints

    def part(self, first: int, last: int) -> "Entries":
        """Consecutive entries."""
        return Entries(
            self.work[first:last],
            self.dimension[first:last],
            self.quantity.part(first, last),
            self.revenue.part(first, last),
            self.subject[first:last],
        )

    def works(self) -> int:
        """Of how many works they are."""
        return int(run_begins(self.work).sum())


def pages_of(entries: Entries, order: Ranked, dimensions: Sequence[Dimensions], way: Ints, subjects: Texts) -> dict[int, list[bytes]]:
    """The pages of each bucket that the entries are of; they hold whole buckets. `way` is of the dimensions (see `ways_of`)."""
    bounds = np.searchsorted(entries.work, np.array(order.starts))

    def encode(part: Entries) -> bytes:
        return _encode(part, order, dimensions, way, subjects)

    found: dict[int, list[bytes]] = {}
    for bucket, (first, last) in enumerate(pairwise(bounds.tolist())):
        if last > first:
            found[bucket] = list(cut(entries.part(first, last), last - first, encode, Entries.part))
    return found


def ways_of(dimensions: Sequence[Dimensions]) -> Ints:
    """By dimension, which (model, use) it has, in order; -1 where it is about no output."""
    pairs = sorted({(model, use) for kind, model, use, *_ in dimensions if is_output(kind)})
    place = {pair: number for number, pair in enumerate(pairs)}
    return np.array([place[model, use] if is_output(kind) else -1 for kind, model, use, *_ in dimensions], np.int64)


def first_shown(work: Ints, dimension: Ints, way: Ints, summed: Ints, begins: Ints) -> Ints:
    """For each entry the least of what was summed under its work, model and use, whatever the territory, currency or band.

    `summed` stands in the order of the entries, and `begins` says where each of them begins in it.
    """
    mine = way[dimension]
    if not _in_order(way):
        _, place = distinct(work * (len(way) + 1) + mine + 1)
        smallest = np.full(int(place.max()) + 1, np.iinfo(np.int64).max)
        np.minimum.at(smallest, place, np.minimum.reduceat(summed, begins))
        spread: Ints = smallest[place]
        return spread
    changes = run_begins(work) | run_begins(mine)
    least: Ints = np.minimum.reduceat(summed, begins[changes])
    first: Ints = least[np.cumsum(changes) - 1]
    return first


def _in_order(way: Ints) -> bool:
    """Whether the ways stand in the order of the dimensions: they do where no output is split by side."""
    outputs = way[way >= 0]
    return bool((np.diff(outputs) >= 0).all())


def _shown(part: Entries, way: Ints, begins: NDArray[np.bool_]) -> Ints:
    """The subject that shows each (model, use) of each work, in order."""
    mine = way[part.dimension]
    if _in_order(way):
        shown: Ints = part.subject[(begins | run_begins(mine)) & (mine >= 0)]
        return shown
    outputs = np.flatnonzero(mine >= 0)
    _, first = np.unique(part.work[outputs] * len(way) + mine[outputs], return_index=True)
    ordered: Ints = part.subject[outputs[first]]
    return ordered


def _encode(part: Entries, order: Ranked, dimensions: Sequence[Dimensions], way: Ints, subjects: Texts) -> bytes:
    held = np.bincount(part.dimension, minlength=len(dimensions)) > 0
    used, place = np.flatnonzero(held), (np.cumsum(held) - 1)[part.dimension]
    begins = run_begins(part.work)
    first = np.flatnonzero(begins)
    page = ArrayWriter()
    page.texts([usage_head([dimensions[number] for number in used.tolist()])])
    page.texts(list(map(order.works.__getitem__, order.order[part.work[first]].tolist())))
    page.array(np.diff(np.append(first, len(begins))))
    page.array(place)
    page.limbs(*part.quantity)
    page.limbs(*part.revenue)
    page.coded(_shown(part, way, begins), subjects)
    return page.finish()
