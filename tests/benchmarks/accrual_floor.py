"""The floor: the same sums with plain numpy on integers alone, without a text read, checked or written."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from tests.benchmarks.accrual_data import BANDS, CURRENCIES, MODELS, TERRITORIES, USES

_BASE: Final = 10**9
_WAYS: Final = len(USES) * len(TERRITORIES) * len(CURRENCIES)


def accrue(found: Any) -> Any:
    """Work and way of each sum, and its quantity and revenue in two or three digits to the base 1e9."""
    key = found["id"][:, 0] ^ (found["id"][:, 1] * np.uint64(0x9E3779B97F4A7C15))
    order = np.lexsort((found["revision"], key))
    last = np.append(key[order][1:] != key[order][:-1], True)
    rows = order[last]
    way = (found["use"][rows] * len(TERRITORIES) + found["territory"][rows]) * len(CURRENCIES) + found["currency"][rows]
    group = found["subject"][rows] * _WAYS + way
    order = np.argsort(group)
    starts = np.flatnonzero(np.append(True, group[order][1:] != group[order][:-1]))
    subject, way = np.divmod(group[order][starts], _WAYS)
    quantity = np.add.reduceat(found["quantity"][rows][order], starts)
    revenue = np.add.reduceat(found["revenue"][rows][order], starts)
    outputs, works = len(found["kind"]), len(found["works"])
    ends = np.append(0, np.cumsum(found["counts"]))
    left = _BASE - np.add.reduceat(found["share"], ends[:-1])
    counts = found["counts"][subject] + 1
    at = np.cumsum(counts)
    place = np.repeat(np.arange(len(subject)), counts)
    within = np.arange(at[-1]) - np.repeat(at - counts, counts)
    rest = within == found["counts"][subject][place]
    index = np.where(rest, 0, ends[subject][place] + within)
    share = np.where(rest, left[subject][place], found["share"][index])
    work = np.where(rest, works, found["work"][index])
    kind = found["kind"][subject]
    key = work * (outputs and _WAYS * len(MODELS) * len(BANDS)) + (kind * _WAYS + way)[place]
    order = np.argsort(key)
    key, share, place = key[order], share[order], place[order]
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    sums = []
    for value in (quantity, revenue):
        high, low = np.divmod(value[place], _BASE)
        product = low * share
        sums.append((np.add.reduceat(high * share + product // _BASE, starts), np.add.reduceat(product % _BASE, starts)))
    return key[starts], sums


def rows(done: Any, found: Any) -> Iterator[tuple[Any, ...]]:
    """The sums as the others give them."""
    keys, ((high_q, low_q), (high_r, low_r)) = done
    names = [*found["works"], "unattributed"]
    for key, *digits in zip(keys.tolist(), high_q.tolist(), low_q.tolist(), high_r.tolist(), low_r.tolist(), strict=True):
        work, way = divmod(key, _WAYS * len(MODELS) * len(BANDS))
        kind, way = divmod(way, _WAYS)
        way, currency = divmod(way, len(CURRENCIES))
        use, territory = divmod(way, len(TERRITORIES))
        said = (MODELS[kind // len(BANDS)], USES[use], TERRITORIES[territory], CURRENCIES[currency], BANDS[kind % len(BANDS)])
        yield names[work], *said, digits[0] * _BASE + digits[1], digits[2] * _BASE + digits[3]
