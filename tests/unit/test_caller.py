"""What a caller may be shown: its own, everything for finance, and nothing for the sake of a party that is none."""

from __future__ import annotations

import pytest

from overtone.api.caller import Caller


@pytest.mark.parametrize(
    ("party", "scopes", "asked", "may"),
    [
        ("ann", {"statements.read"}, "ann", True),
        ("ann", {"statements.read"}, "bo", False),
        ("ann", {"statements.read"}, "", False),
        ("", {"statements.read"}, "ann", False),
        ("", {"statements.read"}, "", False),
        ("", {"finance"}, "ann", True),
        ("", {"admin"}, "", True),
    ],
)
def test_who_may_read_what(party: str, scopes: set[str], asked: str, *, may: bool) -> None:
    assert Caller(party, frozenset(scopes)).may_read(asked) is may
