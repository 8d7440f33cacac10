"""Shapley's axioms hold of an attribution that is paid by a rate."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.scenarios import settle
from tests.unit.worlds_drawn import world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overtone.lines import Posting


# --- Shapley's axioms, of an attribution that is paid by a rate


def paid(shares: Mapping[str, str], batches: list[list[int]], rate: str = "0.000123456789") -> dict[str, Posting]:
    """What each work's owner gets under one deal for outputs that owe these shares, by work."""
    facts = world(0, still=True) | {"levies": [], "liquidations": [], "runs": [], "revenue": []}
    stated = {"recorded_at": "2026-01-01T00:00:00.000000Z", "effective_from": "0001-01-01"}
    allow = {"training": {"default": "allow"}, "generation": {"default": "allow"}}
    facts["works"] = {
        name: [stated | {"content": {"title": name, "kind": "recording", "shares": [{"party": "ann", "share": "1"}], "permissions": allow}}]
        for name in shares
    }
    terms = [{"mechanism": "per_output", "rate": rate}]
    deal = {"licensee": "fox", "licensor": "ann", "currency": "USD", "from": "2026-01-01", "terms": terms}
    facts["deals"] = {"deal": [stated | {"content": deal}]}
    works = {f"work:{name}": share for name, share in shares.items() if Fraction(share)}
    facts["disclosures"] = [{"output_id": "o", "revision": 0, "model": "fox-1", "confidence": "1", "shares": works}]
    facts["usage"] = [
        {
            "reporter": "fox",
            "used_on": "2026-10-05",
            "subject": "output:o",
            "record_id": f"{batch}-{number}",
            "use": "stream",
            "quantity": quantity,
            "territory": "SE",
        }
        for batch, quantities in enumerate(batches)
        for number, quantity in enumerate(quantities)
    ]
    return {key.work_id: posting for key, posting in settle(facts).postings.items()}


QUANTITIES = st.lists(st.integers(1, 10**9), min_size=1, max_size=5)


@st.composite
def attributions(draw: st.DrawFn) -> dict[str, str]:
    """Shares of up to five works that leave nothing over; some are nothing."""
    cuts = sorted(draw(st.lists(st.integers(0, 10**9), min_size=1, max_size=4)))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, 10**9], strict=True)]
    return {f"w{number}": f"{part // 10**9}.{part % 10**9:09d}" for number, part in enumerate(parts)}


@given(attributions(), QUANTITIES)
def test_efficiency_the_parts_are_the_whole(shares: dict[str, str], quantities: list[int]) -> None:
    got = paid(shares, [quantities], rate="1")
    assert sum(posting.amount for posting in got.values()) == sum(quantities) * 10**12
    assert sum(posting.quantity for posting in got.values()) == sum(quantities) * 10**9


@given(st.integers(1, 10**9 // 2), QUANTITIES)
def test_symmetry_equal_shares_are_paid_alike(share: int, quantities: list[int]) -> None:
    got = paid({"one": f"0.{share:09d}", "two": f"0.{share:09d}"}, [quantities])
    assert got["one"] == got["two"]


@given(attributions(), QUANTITIES)
def test_null_player_no_share_no_pay(shares: dict[str, str], quantities: list[int]) -> None:
    assert paid(shares, [quantities], rate="1").keys() == {name for name, share in shares.items() if Fraction(share)}


@given(attributions(), QUANTITIES, QUANTITIES)
def test_additivity_two_batches_are_one(shares: dict[str, str], one: list[int], two: list[int]) -> None:
    assert paid(shares, [one, two]) == paid(shares, [one + two])
    together, apart = paid(shares, [one + two], rate="1"), [paid(shares, [batch], rate="1") for batch in (one, two)]
    for name, posting in together.items():
        assert posting.amount == sum(single[name].amount for single in apart)
