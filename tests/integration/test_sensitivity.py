"""Attribution with noise on the local stack: no noise gives the same bytes, the same seed the same spread, and only attribution moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local import what_if
from tests.integration import scenario

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack


def asked(name: str, **noise: Any) -> dict[str, Any]:
    return {"what_if_id": name, "months": ["2026-10"], "sensitivity": {"shares": "0.3", "confidence": "0", "draws": 2, "seed": 1} | noise}


def test_draws_of_a_month_are_the_same_bytes_for_the_same_seed(stack: Stack, tmp_path: Path) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    what_if.doubt(stack, asked("still", shares="0"), tmp_path / "still")
    still = {path.name: (path / "payees.csv").read_bytes() for path in sorted((tmp_path / "still" / "draws").iterdir())}
    assert len(still) == 3
    assert len(set(still.values())) == 1, "to the byte"
    first, again, other = (what_if.doubt(stack, asked(f"noisy-{n}", seed=seed), tmp_path / f"{n}") for n, seed in enumerate((1, 1, 2)))
    spread = [(tmp_path / f"{n}" / "spread.csv").read_bytes() for n in range(3)]
    assert spread[0].startswith(b"payee,currency,disclosed,low,median,high,width\n")
    assert (again, spread[1]) == (first, spread[0]), "whatever was drawn before"
    assert [spread[2] == spread[0], other == first] == [False, False]
    ann = {(one.payee, one.currency): one for one in first}["ann", "EUR"]
    assert 0 < ann.width < ann.disclosed, "she is paid for training and plays too"
