"""How many payees go through a settlement's steps side by side changes nothing in its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overtone.steps.settlement import files
from tests.unit.settled import Settlement, line, party

if TYPE_CHECKING:
    import pytest


def _files(payees: int, settlement_id: str = "s1") -> dict[str, bytes]:
    names = [f"p{number:03d}" for number in range(payees)]
    entries = [line(name, (number % 3 - 1) * 10**12, settlement_id=settlement_id) for number, name in enumerate(names)]
    return Settlement(entries, {name: party() for name in names[1:]}).files


def test_lots_of_any_size_leave_the_same_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "TOGETHER", 5)
    at_the_limit, one_over = _files(5), _files(6)
    monkeypatch.setattr(files, "TOGETHER", 1)
    assert (at_the_limit, one_over) == (_files(5), _files(6))
    assert at_the_limit.keys() < one_over.keys()
