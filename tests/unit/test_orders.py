"""Sorting by halves, tables in the place of sorting, sums as differences: each says what the plain way says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from overtone.facts import limbs, orders
from overtone.facts.arrays import ArrayWriter, Ints
from overtone.facts.columns import Writer
from overtone.facts.duplicates import CONFLICT, DUPLICATE, STANDS, SUPERSEDED, fates

NUMBERS = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**16 + 5), st.integers(0, 2**40), st.integers(0, 2**63 - 1)))


def _array(values: list[int]) -> Ints:
    return np.array(values, np.int64)


@given(NUMBERS)
def test_places_are_those_of_a_stable_sort(values: list[int]) -> None:
    assert orders.sorted_places(_array(values)).tolist() == sorted(range(len(values)), key=values.__getitem__)


@given(NUMBERS)
def test_distinct_numbers_stand_in_order_and_each_row_knows_its_own(values: list[int]) -> None:
    unique, codes = orders.distinct(_array(values))
    assert unique.tolist() == sorted(set(values))
    assert unique[codes].tolist() == values


def test_numbers_that_lie_close_and_far_are_told_apart_alike() -> None:
    close = _array([7, 3, 3, 9])
    far = close * (orders.DENSE_MAX * 4 + 1)
    assert orders.distinct(close)[1].tolist() == orders.distinct(far)[1].tolist() == [1, 0, 0, 2]


@given(st.lists(st.lists(st.integers(0, 2**60), min_size=1, max_size=4), min_size=1, max_size=30))
def test_sums_of_runs_are_exact_where_the_sum_of_all_outgrows_64_bits(runs: list[list[int]]) -> None:
    starts = np.cumsum([0, *map(len, runs)])[:-1]
    assert orders.run_sums(_array([value for run in runs for value in run]), starts).tolist() == list(map(sum, runs))


TEXTS = st.text("aZ09:é", max_size=6).flatmap(lambda head: st.sampled_from([head, "isrc:" + head, "work:" + head * 3]))


@given(st.sets(TEXTS), st.integers(0, 20))
def test_texts_stand_in_the_order_of_their_bytes(words: set[str], wide: int) -> None:
    texts = [word.encode() for word in [*words, "x" * (orders.TEXT_BYTES_MAX - 10 + wide)]]
    assert orders.text_order(texts).tolist() == sorted(range(len(texts)), key=texts.__getitem__)


def test_texts_whose_bytes_outgrow_one_number_are_sorted_by_several() -> None:
    texts = [bytes(33 + (7 * row * place + row * row) % 90 for place in range(30)) + str(row).encode() for row in range(200)]
    assert orders.text_order(texts).tolist() == sorted(range(len(texts)), key=texts.__getitem__)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1), st.integers(0, 18))
def test_numbers_with_zeros_apart_are_shared_out_as_digits_are(pairs: list[tuple[int, int]], zeros: int) -> None:
    values = [number * 10**zeros for number, _ in pairs]
    share = _array([part for _, part in pairs])
    starts = np.arange(0, len(pairs), 2)
    shared = limbs.Factors.of(limbs.digits(values)).shared(np.arange(len(pairs)), share, starts)
    sums = [sum(value * part for value, (_, part) in zip(values[at : at + 2], pairs[at : at + 2], strict=True)) for at in starts.tolist()]
    slow, fast = Writer(), ArrayWriter()
    slow.numbers(sums)
    fast.limbs(*shared)
    assert slow.finish() == fast.finish()
    assert shared.total() == sum(sums)


def test_figures_that_are_not_digits_are_written_with_all_their_zeros() -> None:
    for values, zeros in (([0, 0], 18), ([0, 0], 3), ([5 * 10**17, 10**17], 7), ([2 * 10**18 + 1, 7], 2), ([2**63 - 1, 0], 0)):
        slow, fast = Writer(), ArrayWriter()
        slow.numbers([value * 10**zeros for value in values])
        fast.limbs([_array(values)], zeros)
        assert slow.finish() == fast.finish()


def test_among_thousands_of_records_those_of_one_identity_are_found() -> None:
    ids = np.arange(5_000)
    ids[[4_000, 4_500, 4_800, 4_900, 4_999]] = [17, 18, 18, 18, 17]
    revision = np.zeros(5_000, np.int64)
    revision[4_500] = 1
    amount = np.ones(5_000, np.int64)
    amount[[4_900, 4_999]] = 2
    fate = fates([ids], revision, [amount])
    of_an_older_revision = {18: SUPERSEDED, 4_800: DUPLICATE, 4_900: CONFLICT}  # held against its first
    assert {int(row): int(fate[row]) for row in np.flatnonzero(fate)} == of_an_older_revision | {4_000: DUPLICATE, 4_999: CONFLICT}
    assert fate[17] == fate[4_500] == STANDS
