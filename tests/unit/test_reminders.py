"""When an open invoice is reminded of, and that it is said once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from overtone.money import PICO
from overtone.payout.invoice_balance import Invoice
from overtone.scales import ZERO_PICO, Pico
from overtone.steps.reminders import REMINDED_AFTER_DAYS, overdue

TEN = 10 * PICO
OPEN = Invoice(7, "fox", "EUR", "2026-10", "2026-11-10", "2026-12-10", Pico(TEN), Pico(TEN), ZERO_PICO, Pico(TEN))


@pytest.mark.parametrize(
    ("today", "days"),
    [
        ("2026-12-10", 0),
        ("2026-12-11", 1),
        ("2026-12-23", 1),
        ("2026-12-24", 14),
        ("2027-01-09", 30),
        ("2027-03-10", 90),
        ("2030-01-01", 90),
    ],
)
def test_each_step_is_told_from_its_day_on_until_the_next(today: str, days: int) -> None:
    told = list(overdue(OPEN, today))
    assert [(event.party, event.about["days_overdue"]) for event in told] == ([("finance", days), ("fox", days)] if days else [])
    assert [event.about["total"] for event in told] == ["10.00"] * len(told)


def test_the_same_step_is_the_same_event_whatever_was_paid_meanwhile() -> None:
    first, later = (
        list(overdue(document, day)) for document, day in ((OPEN, "2026-12-11"), (replace(OPEN, cash=Pico(PICO)), "2026-12-20"))
    )
    assert [event.id for event in first] == [event.id for event in later]
    assert first[0].at == "2026-12-11T00:00:00.000000Z"
    assert sorted(REMINDED_AFTER_DAYS) == list(REMINDED_AFTER_DAYS)


@pytest.mark.parametrize("paid", [{"cash": TEN}, {"credited": TEN}, {"written_off": TEN}, {"cash": TEN - 1, "written_off": 1}])
def test_what_is_closed_is_not_reminded_of(paid: dict[str, Any]) -> None:
    assert not list(overdue(replace(OPEN, **paid), "2027-12-11"))
