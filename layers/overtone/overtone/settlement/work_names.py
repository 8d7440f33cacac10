"""What works are called elsewhere, of the lines that are at hand: it is read beside them and forgotten after them, so that a settlement's
size is no matter.
"""

from collections.abc import Sequence


class WorkNames:
    """The identifiers of works (of a recording, those of its composition too) by work and month, heard since the turn before last."""

    def __init__(self) -> None:
        self._now: dict[tuple[str, str], Sequence[str]] = {}
        self._before: dict[tuple[str, str], Sequence[str]] = {}

    def hear(self, work_id: str, month: str, names: Sequence[str]) -> None:
        """Remember a work's names in a month."""
        self._now[work_id, month] = names

    def of(self, work_id: str, month: str) -> Sequence[str]:
        """A work's names in a month; none where they were not heard."""
        key = work_id, month
        return self._now.get(key) or self._before.get(key, ())

    def turn(self) -> None:
        """Forget what was heard before the last turn. What was heard since stays: lines are read a little ahead."""
        self._before, self._now = self._now, {}
