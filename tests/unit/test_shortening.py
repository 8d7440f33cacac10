"""What a broken simulation does not need is left out of its trace."""

from __future__ import annotations

import pytest

from tests.simulation.shortening import listed, read, shortened


@pytest.mark.parametrize("needed", [{7}, {1, 40}, {3, 4, 5}, set(range(1, 41)), set[int]()])
def test_what_is_left_is_what_breaks_it(needed: set[int]) -> None:
    left_out = shortened(40, lambda without: not needed & without, runs_max=1_000)
    assert left_out == frozenset(range(1, 41)) - needed


def test_it_ends_after_so_many_runs() -> None:
    runs: list[int] = []

    def breaks(without: frozenset[int]) -> bool:
        runs.append(len(without))
        return False

    assert shortened(40, breaks, runs_max=5) == frozenset()
    assert len(runs) == 5


@pytest.mark.parametrize(("text", "steps"), [("", set()), ("7", {7}), ("1-3,7", {1, 2, 3, 7}), ("1,3-4", {1, 3, 4})])
def test_left_out_steps_as_text(text: str, steps: set[int]) -> None:
    assert read(text) == frozenset(steps)
    assert listed(frozenset(steps)) == text
