"""A list is walked to its end whatever the size of its pages, and ends with the page that ends it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.api import paging
from overtone.errors import Malformed


@given(st.integers(0, 20), st.integers(1, 7))
def test_pages_hold_everything_once_and_the_last_says_so(size: int, limit: int) -> None:
    everything = [(f"{number:03d}", number) for number in range(size)]
    found: list[int] = []
    after = ""
    for _ in range(size + 1):
        answer = paging.page_of([place for place in everything if place[0] > after][: limit + 1], limit)
        found += answer["items"]
        if answer["next_cursor"] is None:
            break
        assert len(answer["items"]) == limit
        after = paging.cursor_of({"cursor": answer["next_cursor"]})
        assert any(place > after for place, _ in everything), "a cursor after which nothing comes"
    assert found == list(range(size))


@given(st.lists(st.integers(0, 300), max_size=20), st.integers(1, 7))
def test_a_page_of_large_items_ends_before_its_answer_is_too_large(sizes: list[int], limit: int) -> None:
    everything = [(f"{number:03d}", '"' * size) for number, size in enumerate(sizes)]  # each of these is four characters as it travels
    found: list[str] = []
    after = ""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paging, "PAGE_BYTES_MAX", most := 1_000)
        for _ in range(len(sizes) + 1):
            answer = paging.page_of([place for place in everything if place[0] > after][: limit + 1], limit)
            found += answer["items"]
            assert len(answer["items"]) <= 1 or len(json.dumps(json.dumps(answer["items"]))) <= most
            if answer["next_cursor"] is None:
                break
            after = paging.cursor_of({"cursor": answer["next_cursor"]})
    assert found == [item for _, item in everything]


def test_a_cursor_is_no_longer_than_a_key_may_be() -> None:
    longest = "x" * (paging.CURSOR_LENGTH_MAX // 4 * 3)
    assert paging.cursor_of({"cursor": paging.cursor_after(longest)}) == longest
    with pytest.raises(Malformed, match=r"at most 1024 characters"):
        paging.cursor_of({"cursor": paging.cursor_after(f"{longest}x")})
