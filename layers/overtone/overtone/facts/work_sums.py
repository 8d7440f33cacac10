"""What subjects owe to works and what was used of them, as columns, and the sums by work; some buckets at a time, in bounded memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.errors import InvariantBroken
from overtone.facts import limbs
from overtone.facts.accrual_pages import BucketPages, Dimensions
from overtone.facts.arrays import BASE, Ints, Texts
from overtone.facts.packed_entries import Entries, Ranked, pages_of, ranked
from overtone.facts.rows import NO_CONFIDENCE, PLAY
from overtone.facts.splits import OUTPUT_KIND, SPLITS, counted, kind_of
from overtone.facts.usage import OUTPUT, UNLISTED
from overtone.facts.vocabulary import Coded, places
from overtone.identifiers import UNATTRIBUTED
from overtone.money import NANO

if TYPE_CHECKING:
    from overtone.facts.accrual_arrays import DisclosureColumns

SPLITS_AT_ONCE: Final = 400_000
"""So many (work, subject, way) are shared out at a time: more would leave the processor's cache, and are slower."""
_PLAYED, _UNDISCLOSED = 0, 1
_ALIKE: Final = (kind_of("recording"), kind_of("composition"))
_PARTED: Final = frozenset(map(kind_of, SPLITS))


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
    works: dict[str, int] = {UNATTRIBUTED: 0}
    named = np.array([0 if name.startswith(UNLISTED) else works.setdefault(name, len(works)) for name in own], np.int64)
    played = played if owner is None else np.searchsorted(owner, played)
    kind[played] = _PLAYED
    columns = [(played, named, np.full(len(played), NANO, np.int64))]
    kinds = [(PLAY, "", NO_CONFIDENCE), (OUTPUT_KIND, "", NO_CONFIDENCE)]
    if disclosed is not None:
        part = disclosed_at
        if owner is not None:
            order = np.argsort(disclosed_at, kind="stable")
            part = np.empty(len(order), np.int64)
            part[order] = np.flatnonzero(np.isin(owner, disclosed_at))
        kind[part] = disclosed.kind + len(kinds)
        kinds += disclosed.kinds
        columns += _disclosed_shares(disclosed, part, works, lambda at: subjects.texts.at(disclosed_at[at : at + 1])[0])
    nobody = np.flatnonzero(kind == _UNDISCLOSED)
    columns.append((nobody, np.zeros(len(nobody), np.int64), np.full(len(nobody), NANO, np.int64)))
    subject, work, share = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Shares(subject, work, share, list(works), kind, kinds, subjects.texts, owner)


def _owners(subjects: int, disclosed_at: Ints) -> Ints:
    """The subject of each part: of a disclosed one as often as it has parts."""
    one = np.ones(subjects, np.int64)
    np.maximum(one, np.bincount(disclosed_at, minlength=subjects), out=one)
    return np.repeat(np.arange(subjects), one)


def _disclosed_shares(
    disclosed: "DisclosureColumns", part: Ints, works: dict[str, int], named: Callable[[int], str]
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """What the parts give to works, and what is left of each to nobody; raises `InvariantBroken` beyond a whole."""
    given = np.flatnonzero(disclosed.shares > 0)
    yield np.repeat(part, disclosed.counts)[given], places(disclosed.works, works)[given], disclosed.shares[given]
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


class UsageTotals(NamedTuple):
    """Sums over entries: quantity, and revenue by currency, of an output that is split by side once.

    `apart` are the sums of such splits, by currency and kind: recordings and compositions come to the same.
    """

    quantity: int
    revenue: dict[str, int]
    apart: Mapping[str, Mapping[str, tuple[int, int]]] = MappingProxyType({})

    @classmethod
    def of(cls, dimension: Ints, dimensions: Sequence[Dimensions], quantity: Sequence[Ints], revenue: Sequence[Ints]) -> "UsageTotals":
        """The sums of these figures, which are digits."""
        paid = _by_dimension(dimension, len(dimensions), revenue)
        split = any(kind in _PARTED for kind, *_ in dimensions)
        used = _by_dimension(dimension, len(dimensions), quantity) if split else []
        sums: dict[str, int] = {}
        apart: dict[str, dict[str, tuple[int, int]]] = {}
        whole = 0 if split else limbs.total(quantity)
        for place, (kind, *named) in enumerate(dimensions):
            currency = str(named[3])
            if split and counted({kind: 1}):
                whole += used[place]
            if counted({kind: 1}):
                sums[currency] = sums.get(currency, 0) + paid[place]
            if kind in _ALIKE:
                of_kind = apart.setdefault(currency, {})
                before = of_kind.get(kind, (0, 0))
                of_kind[kind] = (before[0] + used[place], before[1] + paid[place])
        return cls(whole, sums, apart)

    def add(self, other: "UsageTotals") -> "UsageTotals":
        """Both together."""
        both = {name: self.revenue.get(name, 0) + other.revenue.get(name, 0) for name in {**self.revenue, **other.revenue}}
        apart: dict[str, dict[str, tuple[int, int]]] = {currency: dict(kinds) for currency, kinds in self.apart.items()}
        for currency, kinds in other.apart.items():
            for kind, sums in kinds.items():
                before = apart.setdefault(currency, {}).get(kind, (0, 0))
                apart[currency][kind] = (before[0] + sums[0], before[1] + sums[1])
        return UsageTotals(self.quantity + other.quantity, both, apart)

    @property
    def are_alike(self) -> bool:
        """Whether of what is split recordings and compositions come to the same."""
        return all(len({kinds.get(kind, (0, 0)) for kind in _ALIKE}) == 1 for kinds in self.apart.values())


def _by_dimension(dimension: Ints, dimensions: int, figures: Sequence[Ints]) -> list[int]:
    """The sum of figures (digits) of each dimension."""
    found = [0] * dimensions
    for position, limb in enumerate(figures):
        sums = np.zeros(dimensions, np.int64)
        np.add.at(sums, dimension, limb)
        for place, value in enumerate(sums.tolist()):
            found[place] += value * BASE**position
    return found


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
    pages: dict[int, list[bytes]] = {}
    works, totals = 0, UsageTotals(0, {})
    for first, last in _chunks(spread, order):
        entries = _entries(groups, _part(spread, first, last), quantity, revenue)
        works += entries.works()
        totals = totals.add(UsageTotals.of(entries.dimension, groups.dimensions, entries.quantity, entries.revenue))
        shown = entries if shares.owner is None else entries._replace(subject=shares.owner[entries.subject])
        pages |= pages_of(shown, order, groups.dimensions, shares.texts)
    return Summed(pages, works, totals)


class _Spread(NamedTuple):
    """Shares of subjects that were used, in order of their work's rank: how many groups each is of, and the first of those."""

    rank: Ints
    subject: Ints
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
