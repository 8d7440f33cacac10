"""Attribution with noise on the local stack: no noise gives the same bytes, the same seed the same spread, and only attribution moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local import sensitivity, what_if
from overtone.scenarios.sensitivity import Noise
from tests.integration import scenario

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

SHARES = {
    "gen-1": {scenario.ISRC: "0.31", scenario.OTHER_ISRC: "0.2", "iswc:T0345246801": "0.12"},
    "gen-2": {scenario.UNKNOWN: "0.4", scenario.ISRC: "0.333333333"},
}


def report() -> dict[str, Any]:
    """What the small world disclosed."""
    records = [
        {"output_id": output, "confidence": "0.9", "shares": [{"work": work, "share": share} for work, share in shares.items()]}
        for output, shares in SHARES.items()
    ]
    return {"report_id": "rep-1", "model": "fox-1", "method": "sureel", "method_version": "2.1", "records": records}


def asked(name: str, **noise: Any) -> dict[str, Any]:
    return {"what_if_id": name, "months": ["2026-10"], "sensitivity": {"shares": "0.3", "confidence": "0", "draws": 2, "seed": 1} | noise}


def test_draws_of_a_month(stack: Stack, tmp_path: Path) -> None:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed"
    draws = sensitivity.Draws(stack, [("fox", report())])
    what_if.doubt(draws, asked("still", shares="0"), tmp_path / "still")
    still = {path.name: (path / "payees.csv").read_bytes() for path in sorted((tmp_path / "still" / "draws").iterdir())}
    assert len(still) == 3
    assert len(set(still.values())) == 1, "to the byte"
    first, again, other = (what_if.doubt(draws, asked(f"noisy-{n}", seed=seed), tmp_path / f"{n}") for n, seed in enumerate((1, 1, 2)))
    spread = [(tmp_path / f"{n}" / "spread.csv").read_bytes() for n in range(3)]
    assert spread[0].startswith(b"payee,currency,disclosed,low,median,high,width\n")
    assert (again, spread[1]) == (first, spread[0]), "whatever was drawn before"
    assert [spread[2] == spread[0], other == first] == [False, False]
    ann = {(one.payee, one.currency): one for one in first}["ann", "EUR"]
    assert 0 < ann.width < ann.disclosed, "she is paid for training and plays too"


def test_a_draw_that_is_not_taken_ends_it(stack: Stack) -> None:
    scenario.world(stack)
    draws = sensitivity.Draws(stack, [("ann", report())])
    noise = Noise.model_validate(asked("x")["sensitivity"])
    with pytest.raises(sensitivity.Undisclosed, match=r"422 .*belongs"):
        draws.say(noise, 1)
