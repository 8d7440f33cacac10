"""The object of a partition's pages: every range that its directory names holds the pages that were put there."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.facts import accrual_object
from overtone.facts.accrual_object import APART_FROM, NO_RANGE, PageDirectory, PagePlace

PAGES = st.dictionaries(
    st.tuples(st.integers(0, 1023), st.one_of(st.integers(0, 3), st.integers(APART_FROM, APART_FROM + 3))),
    st.binary(min_size=1, max_size=40),
)


def made(drawn: dict[tuple[int, int], bytes]) -> dict[PagePlace, bytes]:
    return {PagePlace.of(bucket, number, body): body for (bucket, number), body in drawn.items()}


@given(PAGES, st.lists(st.integers(0, 2**32 - 1), min_size=1))
def test_what_was_put_there_is_read_there(drawn: dict[tuple[int, int], bytes], moments: list[int]) -> None:
    pages = made(drawn)
    written = {place: moments[number % len(moments)] for number, place in enumerate(sorted(pages))}
    body, directory = accrual_object.assemble(pages, written)
    back = PageDirectory.decode(directory.encode())
    assert back == directory
    assert accrual_object.index_of(body[: back.head_bytes]) == written
    for bucket in {place.bucket for place in pages} | {7}:
        for apart in (False, True):
            found = back.range_of(bucket, apart=apart)
            expected = [pages[place] for place in sorted(pages) if (place.bucket, place.is_apart) == (bucket, apart)]
            assert found.cut(body[found.start : found.start + found.size]) == expected
    wanted = [number for number, place in enumerate(sorted(pages)) if written[place] >= moments[0]]
    read = [page for one in back.runs(wanted) for page in one.cut(body[one.start : one.start + one.size])]
    assert read == [pages[place] for place in sorted(pages) if written[place] >= moments[0]]
    assert len(list(back.runs(wanted))) == len(list(groupby(enumerate(wanted), key=lambda pair: pair[1] - pair[0])))


@given(PAGES)
def test_the_same_pages_give_the_same_bytes(drawn: dict[tuple[int, int], bytes]) -> None:
    pages = made(drawn)
    turned = dict(reversed(pages.items()))
    assert accrual_object.assemble(pages, dict.fromkeys(pages, 5)) == accrual_object.assemble(turned, dict.fromkeys(turned, 5))


def test_a_directory_of_a_usual_day_is_less_than_a_kilobyte() -> None:
    pages = made({(bucket, 0): bytes(13_000 + bucket % 97) for bucket in range(256)})
    _, directory = accrual_object.assemble(pages, dict.fromkeys(pages, 1_790_000_000))
    assert len(directory.encode()["pages"]) < 600


def test_a_range_that_came_short_and_a_later_format_are_refused() -> None:
    pages = made({(1, 0): b"page"})
    _, directory = accrual_object.assemble(pages, dict.fromkeys(pages, 1))
    with pytest.raises(InvariantBroken, match="a range of 4 bytes of accruals came as 3"):
        directory.range_of(1).cut(b"pag")
    with pytest.raises(InvariantBroken, match="format 2; this version reads up to 1"):
        PageDirectory.decode(directory.encode() | {"format": 2})
    assert directory.range_of(2).cut(b"") == NO_RANGE.cut(b"") == []
