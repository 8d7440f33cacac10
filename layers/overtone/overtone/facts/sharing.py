"""What subjects owe to works and what was used of them, as columns, and the sums by work; some buckets at a time, in bounded memory."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.errors import InvariantBroken
from overtone.facts import limbs
from overtone.facts.accrual_pages import Dimensions, Pages
from overtone.facts.arrays import BASE, Ints, Texts
from overtone.facts.packing import Entries, Ranked, pages_of, ranked
from overtone.facts.rows import NO_CONFIDENCE, PLAY
from overtone.facts.usage import OUTPUT, UNLISTED
from overtone.facts.vocabulary import Coded, places
from overtone.identifiers import UNATTRIBUTED
from overtone.money import NANO

if TYPE_CHECKING:
    from overtone.facts.accrual_arrays import DisclosureColumns

SPLITS_AT_ONCE: Final = 400_000
"""So many (work, subject, way) are shared out at a time: more would leave the processor's cache, and are slower."""
_OUTPUT_KIND: Final = "output"
_PLAYED, _UNDISCLOSED = 0, 1


class Shares(NamedTuple):
    """What subjects owe to works: subject, place of the work in `works`, share (of 1e9); every subject's make one whole.

    `kind` says of each subject which of `kinds` (kind, model, band) it is; `texts` are the subjects, in order.
    """

    subject: Ints
    work: Ints
    share: Ints
    works: list[str]
    kind: Ints
    kinds: list[tuple[str, str, int]]
    texts: Texts

    @property
    def undisclosed(self) -> NDArray[np.bool_]:
        """Of each subject whether it is an output without a disclosure."""
        waits: NDArray[np.bool_] = self.kind == _UNDISCLOSED
        return waits


def shares_of(subjects: Coded, disclosed: "DisclosureColumns | None", disclosed_at: Ints) -> Shares:
    """The shares of all subjects; `disclosed_at` says where the disclosed ones stand. Raises `InvariantBroken` beyond a whole."""
    kind = np.full(subjects.size, _UNDISCLOSED, np.int64)
    played = np.flatnonzero(~subjects.texts.begin_with(OUTPUT, subjects.size))
    kind[played] = _PLAYED
    own = subjects.texts.at(played)
    works: dict[str, int] = {UNATTRIBUTED: 0}
    named = np.array([0 if name.startswith(UNLISTED) else works.setdefault(name, len(works)) for name in own], np.int64)
    columns = [(played, named, np.full(len(played), NANO, np.int64))]
    kinds = [(PLAY, "", NO_CONFIDENCE), (_OUTPUT_KIND, "", NO_CONFIDENCE)]
    if disclosed is not None:
        kind[disclosed_at] = disclosed.kind + len(kinds)
        kinds += [(_OUTPUT_KIND, model, band) for model, band in disclosed.kinds]
        subject = np.repeat(disclosed_at, disclosed.counts)
        given = np.flatnonzero(disclosed.shares > 0)
        columns.append((subject[given], places(disclosed.works, works)[given], disclosed.shares[given]))
        ends = np.cumsum(np.append(0, disclosed.shares))[np.append(0, np.cumsum(disclosed.counts))]
        left = NANO - np.diff(ends)
        if left.size and int(left.min()) < 0:
            name = subjects.texts.at(disclosed_at[left.argmin() : left.argmin() + 1])[0]
            message = f"the shares of {name} exceed the whole by {-int(left.min())} of {NANO}"
            raise InvariantBroken("conserved", message)
        rest = np.flatnonzero(left)
        columns.append((disclosed_at[rest], np.zeros(len(rest), np.int64), left[rest]))
    nobody = np.flatnonzero(kind == _UNDISCLOSED)
    columns.append((nobody, np.zeros(len(nobody), np.int64), np.full(len(nobody), NANO, np.int64)))
    subject, work, share = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Shares(subject, work, share, list(works), kind, kinds, subjects.texts)


class Groups(NamedTuple):
    """What was used, by subject (in order) and way. `dimension` is a place in `dimensions`; `quantity` and `revenue` are digits."""

    subject: Ints
    dimension: Ints
    dimensions: list[Dimensions]
    quantity: list[Ints]
    revenue: list[Ints]

    def totals(self) -> "UsageTotals":
        """Quantity, and revenue by currency."""
        return UsageTotals.of(self.dimension, self.dimensions, self.quantity, self.revenue)


class UsageTotals(NamedTuple):
    """Sums over entries: quantity, and revenue by currency."""

    quantity: int
    revenue: dict[str, int]

    @classmethod
    def of(cls, dimension: Ints, dimensions: Sequence[Dimensions], quantity: Sequence[Ints], revenue: Sequence[Ints]) -> "UsageTotals":
        """The sums of these figures, which are digits."""
        sums: dict[str, int] = {}
        for position, limb in enumerate(revenue):
            by_dimension = np.zeros(len(dimensions), np.int64)
            np.add.at(by_dimension, dimension, limb)
            for place, value in enumerate(by_dimension.tolist()):
                currency = str(dimensions[place][4])
                sums[currency] = sums.get(currency, 0) + value * BASE**position
        return cls(limbs.total(quantity), sums)

    def add(self, other: "UsageTotals") -> "UsageTotals":
        """Both together."""
        both = {name: self.revenue.get(name, 0) + other.revenue.get(name, 0) for name in {**self.revenue, **other.revenue}}
        return UsageTotals(self.quantity + other.quantity, both)


class Summed(NamedTuple):
    """The pages by bucket, of how many works they are, and what they hold in all."""

    pages: Pages
    works: int
    totals: UsageTotals


def sum_by_work(groups: Groups, shares: Shares, buckets: int) -> Summed:
    """What each work earned, packed."""
    order = ranked(shares.works, buckets)
    spread = _spread(groups, shares, order)
    quantity = limbs.Factors.of(groups.quantity)
    revenue = limbs.Factors.of(groups.revenue)
    pages: dict[int, list[bytes]] = {}
    works, totals = 0, UsageTotals(0, {})
    for first, last in _chunks(spread, order):
        entries = _entries(groups, _part(spread, first, last), quantity, revenue)
        works += entries.works()
        totals = totals.add(UsageTotals.of(entries.dimension, groups.dimensions, entries.quantity, entries.revenue))
        pages |= pages_of(entries, order, groups.dimensions, shares.texts)
    return Summed(pages, works, totals)


class _Spread(NamedTuple):
    """Shares of subjects that were used, in order of their work's rank: how many groups each is of, and the first of those."""

    rank: Ints
    subject: Ints
    share: Ints
    often: Ints
    group: Ints


def _spread(groups: Groups, shares: Shares, order: Ranked) -> _Spread:
    starts = np.searchsorted(groups.subject, np.arange(len(shares.kind) + 1))
    used = np.flatnonzero(np.diff(starts)[shares.subject])
    rank = order.rank[shares.work[used]]
    placed = sorted_places(rank)
    mine = used[placed]
    subject = shares.subject[mine]
    return _Spread(rank[placed], subject, shares.share[mine], np.diff(starts)[subject], starts[subject])


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


def _entries(groups: Groups, spread: _Spread, quantity: limbs.Factors, revenue: limbs.Factors) -> Entries:
    """The entries of some shares, in order of rank and dimension."""
    often, base = spread.often, int(spread.rank[0])
    ends = np.cumsum(often)
    group = np.arange(int(ends[-1])) - np.repeat(ends - often - spread.group, often)
    key = np.repeat((spread.rank - base) * len(groups.dimensions), often)
    key += groups.dimension[group]
    placed = sorted_places(key)
    key, group = key[placed], group[placed]
    share = np.repeat(spread.share, often)[placed]
    begins = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    work, dimension = np.divmod(key[begins], len(groups.dimensions))
    subject = np.minimum.reduceat(np.repeat(spread.subject, often)[placed], begins)
    return Entries(work + base, dimension, quantity.shared(group, share, begins), revenue.shared(group, share, begins), subject)


def sorted_places(key: Ints) -> Ints:
    """The order of the keys. Key and place in one number sort several times as fast, where they fit."""
    if not len(key):
        return np.empty(0, np.int64)
    bits = max(1, int(len(key) - 1).bit_length())
    if int(key.max()) >= 2 ** (63 - bits):
        return np.argsort(key, kind="stable")
    packed = (key << bits) | np.arange(len(key))
    packed.sort()
    return packed & ((1 << bits) - 1)
