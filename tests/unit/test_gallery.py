"""The gallery of published models: each deal comes to the lines that its file states, by the package and by the slow model."""

from __future__ import annotations

from typing import Any

import pytest

from local import gallery
from overtone.money import format_amount
from overtone.scales import Pico
from tests.model.settling import settled
from tests.unit.scenarios import CUTOFF, Facts, settle


def facts_of(deal: dict[str, Any]) -> Facts:
    facts: Facts = deal["facts"] | {"rates": {}}
    return facts


def stated(key: Any, amount: int) -> dict[str, str]:
    return {
        "mechanism": key.mechanism,
        "side": key.side,
        "payee": key.party_id or key.reason or key.account,
        "member": key.member_id if key.member_id != key.party_id else "",
        "work": key.work_key,
        "amount": format_amount(Pico(amount)),
        "currency": key.currency,
    } | {name: text for name in gallery.DETAIL if (text := getattr(key, name))}


@pytest.mark.parametrize("name", gallery.names())
def test_a_deal_comes_to_the_lines_that_it_states(name: str) -> None:
    deal = gallery.load(name)
    assert deal["title"]
    assert deal["source"]
    expected = sorted(deal["expected"], key=str)
    postings = settle(facts_of(deal)).postings
    assert sorted((stated(key, posting.amount) for key, posting in postings.items() if posting.amount), key=str) == expected
    lines = settled(facts_of(deal), ["2026-10"], CUTOFF, "2026-12")
    assert sorted((stated(key, line.amount) for key, line in lines.items() if line.amount), key=str) == expected


def test_the_gallery_has_the_models_that_were_published() -> None:
    assert {"stim-2025", "gema-two-pillars", "kobalt-parity", "label-remix", "india-statutory"} <= set(gallery.names())
    assert {"danish-levy", "usc-114g", "tool-revenue"} <= set(gallery.names())
