"""What subjects owe to works and what was used of them, as columns, and the sums by work; some buckets at a time, in bounded memory."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.errors import InvariantBroken
from overtone.facts import limbs
from overtone.facts.accrual_pages import BucketPages, Dimensions
from overtone.facts.arrays import Ints, Texts
from overtone.facts.orders import run_begins, sorted_places
from overtone.facts.packed_entries import Entries, Ranked, first_shown, pages_of, ranked, ways_of
from overtone.facts.rows import NO_CONFIDENCE, PLAY
from overtone.facts.splits import OUTPUT_KIND
from overtone.facts.usage import OUTPUT, UNLISTED
from overtone.facts.usage_totals import UsageTally, UsageTotals
from overtone.facts.vocabulary import Coded, appended
from overtone.identifiers import UNATTRIBUTED
from overtone.money import NANO

if TYPE_CHECKING:
    from overtone.facts.accrual_arrays import DisclosureColumns

SPLITS_AT_ONCE: Final = 200_000
"""So many (work, subject, way) are shared out at a time: more would leave the processor's cache, and are slower."""
_PLAYED, _UNDISCLOSED = 0, 1


class Shares(NamedTuple):
    """What subjects owe to works: part, place of the work in `works`, share (of 1e9); every subject's make one whole of each side.

    `kind` says of each part which of `kinds` (kind, model, band) it is; `texts` are the subjects, in order. `owner` is the subject
    of each part; without it every subject has one.
    """

    subject: Ints
    work: Ints
    share: Ints
    works: list[str]
    kind: Ints
    kinds: list[tuple[str, str, int]]
    texts: Texts
    owner: Ints | None = None

    def undisclosed(self, subjects: Ints) -> NDArray[np.bool_]:
        """Of each of these subjects whether it is an output without a disclosure."""
        first = subjects if self.owner is None else np.searchsorted(self.owner, subjects)
        waits: NDArray[np.bool_] = self.kind[first] == _UNDISCLOSED
        return waits

    def parts(self, subjects: Ints) -> tuple[Ints, Ints]:
        """For each part of each of these subjects, the subject's place among them, and the part."""
        if self.owner is None:
            return np.arange(len(subjects)), subjects
        first, last = np.searchsorted(self.owner, subjects), np.searchsorted(self.owner, subjects, side="right")
        often = last - first
        place = np.repeat(np.arange(len(subjects)), often)
        return place, np.arange(len(place)) - np.repeat(np.cumsum(often) - often - first, often)


def shares_of(subjects: Coded, disclosed: "DisclosureColumns | None", disclosed_at: Ints) -> Shares:
    """The shares of all subjects; `disclosed_at` says where the disclosed ones stand. Raises `InvariantBroken` beyond a whole."""
    owner = _owners(subjects.size, disclosed_at) if disclosed is not None and disclosed.whole is not None else None
    kind = np.full(subjects.size if owner is None else len(owner), _UNDISCLOSED, np.int64)
    played = np.flatnonzero(~subjects.texts.begin_with(OUTPUT, subjects.size))
    own = subjects.texts.at(played)
    known: dict[str, int] = {UNATTRIBUTED: 0}
    named = np.array([0 if name.startswith(UNLISTED) else known.setdefault(name, len(known)) for name in own], np.int64)
    works = list(known)
    played = played if owner is None else np.searchsorted(owner, played)
    kind[played] = _PLAYED
    columns = [(played, named, np.full(len(played), NANO, np.int64))]
    kinds = [(PLAY, "", NO_CONFIDENCE), (OUTPUT_KIND, "", NO_CONFIDENCE)]
    if disclosed is not None:
        part = disclosed_at
        if owner is not None:
            order = sorted_places(disclosed_at)
            part = np.empty(len(order), np.int64)
            part[order] = np.flatnonzero(np.isin(owner, disclosed_at))
        kind[part] = disclosed.kind + len(kinds)
        kinds += disclosed.kinds
        work, works = appended(disclosed.works, works)
        columns += _disclosed_shares(disclosed, part, work, lambda at: subjects.texts.at(disclosed_at[at : at + 1])[0])
    nobody = np.flatnonzero(kind == _UNDISCLOSED)
    columns.append((nobody, np.zeros(len(nobody), np.int64), np.full(len(nobody), NANO, np.int64)))
    subject, work, share = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Shares(subject, work, share, works, kind, kinds, subjects.texts, owner)


def _owners(subjects: int, disclosed_at: Ints) -> Ints:
    """The subject of each part: of a disclosed one as often as it has parts."""
    one = np.ones(subjects, np.int64)
    np.maximum(one, np.bincount(disclosed_at, minlength=subjects), out=one)
    return np.repeat(np.arange(subjects), one)


def _disclosed_shares(
    disclosed: "DisclosureColumns", part: Ints, work: Ints, named: Callable[[int], str]
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """What the parts give to works, and what is left of each to nobody; raises `InvariantBroken` beyond a whole."""
    given = np.flatnonzero(disclosed.shares > 0)
    yield np.repeat(part, disclosed.counts)[given], work[given], disclosed.shares[given]
    ends = np.cumsum(np.append(0, disclosed.shares))[np.append(0, np.cumsum(disclosed.counts))]
    left = (NANO if disclosed.whole is None else disclosed.whole) - np.diff(ends)
    starts = np.cumsum(np.append(0, disclosed.counts))[:-1]
    lowest = np.minimum.reduceat(np.append(disclosed.shares, 0), starts) if starts.size else left
    least = np.minimum(left, np.where(disclosed.counts, lowest, 0))
    if least.size and int(least.min()) < 0:
        raise InvariantBroken("conserved", f"the shares of {named(int(least.argmin()))} exceed the whole by {-int(least.min())} of {NANO}")
    rest = np.flatnonzero(left)
    yield part[rest], np.zeros(len(rest), np.int64), left[rest]


class Groups(NamedTuple):
    """What was used, by part (in order) and way. `dimension` is a place in `dimensions`; `quantity` and `revenue` are digits."""

    part: Ints
    dimension: Ints
    dimensions: list[Dimensions]
    quantity: list[Ints]
    revenue: list[Ints]


class Summed(NamedTuple):
    """The pages by bucket, of how many works they are, and what they hold in all."""

    pages: BucketPages
    works: int
    totals: UsageTotals


def sum_by_work(groups: Groups, shares: Shares, buckets: int) -> Summed:
    """What each work earned, packed."""
    order = ranked(shares.works, buckets)
    spread = _spread(groups, shares, order)
    quantity = limbs.Factors.of(groups.quantity)
    revenue = limbs.Factors.of(groups.revenue)
    way, tally = ways_of(groups.dimensions), UsageTally(groups.dimensions)
    pages: dict[int, list[bytes]] = {}
    works = 0
    for first, last in _chunks(spread, order):
        entries = _entries(groups, _part(spread, first, last), (quantity, revenue), way)
        works += entries.works()
        tally.add(entries.dimension, entries.quantity, entries.revenue)
        shown = entries if shares.owner is None else entries._replace(subject=shares.owner[entries.subject])
        pages |= pages_of(shown, order, groups.dimensions, way, shares.texts)
    return Summed(pages, works, tally.totals())


class _Spread(NamedTuple):
    """Shares of subjects that were used, in order of their work's rank: how many groups each is of, and the first of those."""

    rank: Ints
    share: Ints
    often: Ints
    group: Ints


def _spread(groups: Groups, shares: Shares, order: Ranked) -> _Spread:
    starts = np.searchsorted(groups.part, np.arange(len(shares.kind) + 1))
    used = np.flatnonzero(np.diff(starts)[shares.subject])
    rank = order.rank[shares.work[used]]
    placed = sorted_places(rank)
    mine = used[placed]
    subject = shares.subject[mine]
    return _Spread(rank[placed], shares.share[mine], np.diff(starts)[subject], starts[subject])


def _part(spread: _Spread, first: int, last: int) -> _Spread:
    return _Spread(*(column[first:last] for column in spread))


def _chunks(spread: _Spread, order: Ranked) -> Iterator[tuple[int, int]]:
    """Ranges of shares, whole buckets each, of about `SPLITS_AT_ONCE` splits."""
    bounds = np.searchsorted(spread.rank, np.array(order.starts)).tolist()
    before = np.append(0, np.cumsum(spread.often))
    first = 0
    for bound, following in pairwise(bounds):
        if bound > first and before[following] - before[first] > SPLITS_AT_ONCE:
            yield first, bound
            first = bound
    if bounds[-1] > first:
        yield first, bounds[-1]


def _entries(groups: Groups, spread: _Spread, factors: tuple[limbs.Factors, limbs.Factors], way: Ints) -> Entries:
    """The entries of some shares, in order of rank and dimension. `factors` are quantity and revenue of the groups."""
    often, base, dimensions = spread.often, int(spread.rank[0]), len(groups.dimensions)
    ends = np.cumsum(often)
    of = np.repeat(np.arange(len(often)), often)
    group = (spread.group + often - ends).take(of)
    group += np.arange(len(of))
    key = ((spread.rank - base) * dimensions).take(of)
    key += groups.dimension.take(group)
    placed = np.argsort(key, kind="stable")  # the works stand in order already, of which this sort makes use
    key, group, share = key.take(placed), group.take(placed), spread.share.take(of.take(placed))
    begins = np.flatnonzero(run_begins(key))
    key = key[begins]
    work = key // dimensions
    dimension = key - work * dimensions
    first = groups.part[first_shown(work, dimension, way, group, begins)]
    quantity, revenue = (factor.shared(group, share, begins) for factor in factors)
    return Entries(work + base, dimension, quantity, revenue, first)
