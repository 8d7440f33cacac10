"""A broken run made short: steps that the fault does not need are left out, half by half, as long as the same invariant breaks.

Each step has dice of its own, so that what is left does what it did before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS_MAX: Final = 60


def shortened(steps: int, breaks: Callable[[frozenset[int]], bool], runs_max: int = RUNS_MAX) -> frozenset[int]:
    """The steps, of 1 to `steps`, without which a run still breaks: `breaks(left_out)` runs it without these."""
    left_out: frozenset[int] = frozenset()
    size, runs = max(1, steps // 2), 0
    while True:
        for start in range(1, steps + 1, size):
            chunk = frozenset(range(start, min(start + size, steps + 1))) - left_out
            if not chunk:
                continue
            if runs == runs_max:
                return left_out
            runs += 1
            if breaks(left_out | chunk):
                left_out |= chunk
        if size == 1:
            return left_out
        size //= 2


def listed(left_out: frozenset[int]) -> str:
    """Steps as text, `1-3,7`."""
    spans: list[list[int]] = []
    for step in sorted(left_out):
        if spans and spans[-1][1] == step - 1:
            spans[-1][1] = step
        else:
            spans.append([step, step])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def read(text: str) -> frozenset[int]:
    """The inverse of `listed`."""
    found: set[int] = set()
    for span in filter(None, text.split(",")):
        first, _, last = span.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
