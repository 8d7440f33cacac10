"""Words that mean something to money are closed: the type checker, which runs over this file too, refuses one that is misspelt.

An `ignore` that is not needed is refused as well, so each of these lines holds that the mistake on it would be noticed.
"""

import pytest

from overtone.facts.splits import kind_of, split_of
from overtone.lines import PARTY, REASONS, SUSPENSE, ForeignReason, LineKey, reason_of
from overtone.mechanisms.shape import Earning, Use
from overtone.payout.accounts import HELD, Account
from overtone.payout.acknowledgements import PaymentOutcome
from overtone.rights.tariffs import TariffRate
from overtone.scales import ZERO_FINE, ZERO_NANO, ZERO_PICO
from overtone.settlement.breaches import Breach
from overtone.settlement.consent import first_reason
from overtone.settlement.coverage import Holder
from overtone.stores import quarantine
from overtone.stores.finance_facts import FinanceFact, entries_of

WAITING = LineKey("2026-10", "deal", "levy", "fox", "v1", "isrc:A", "w1", "recording", SUSPENSE, "", "", "disputed", "EUR")


def test_a_line_is_of_a_side() -> None:
    assert WAITING._replace(side="off_the_top").side == "off_the_top"
    assert WAITING._replace(side="recoding").side == "recoding"  # type: ignore[arg-type,comparison-overlap]
    assert WAITING.side != "sound_recording"  # type: ignore[comparison-overlap]
    assert kind_of("likeness") == "output:likeness"
    with pytest.raises(KeyError):
        kind_of("likenes")  # type: ignore[arg-type]
    assert split_of("output:composition") == ("output", "composition")
    assert not TariffRate(admin_fee="0.1", cultural_deduction="0").fits("recordings", ["play"], "creator")  # type: ignore[arg-type]


def test_money_waits_for_a_reason() -> None:
    assert first_reason(("unclaimed_share", "denied_use")) == "denied_use"
    assert first_reason(("denied",)) == ""  # type: ignore[arg-type]
    assert Holder("", 1, "unclaimed").reason == "unclaimed"  # type: ignore[arg-type,comparison-overlap]
    assert Earning("EUR", ZERO_FINE, reason="fraud").reason == "fraud"  # type: ignore[arg-type,comparison-overlap]
    assert WAITING._replace(account=PARTY, reason="overclaimed").reason  # type: ignore[arg-type]
    assert WAITING._replace(account="parties").account != PARTY  # type: ignore[arg-type]


def test_another_systems_reason_may_be_any_but_is_called_so() -> None:
    assert [reason_of(reason) for reason in REASONS] == list(REASONS)
    assert WAITING._replace(reason=reason_of("black_box")).reason == "black_box"
    assert WAITING._replace(reason=ForeignReason("black_box")).reason == "black_box"
    assert WAITING._replace(reason="black_box").reason == "black_box"  # type: ignore[arg-type]


def test_kinds_and_statuses_are_closed() -> None:
    assert Use("training", "fox", "2026-10-01").kind == "training"
    assert Use("trianing", "fox", "2026-10-01").named == ""  # type: ignore[arg-type]
    assert Use("output", "fox", "2026-10-01", split="composer").split == "composer"  # type: ignore[arg-type,comparison-overlap]
    about = "generation", "fox", "v1", "isrc:A", "w1", "Song", "recording", "ann", "2026-10", "2026-10-01", "o1"
    figures = ZERO_NANO, ZERO_NANO, ZERO_PICO, "EUR"
    assert Breach("over_the_limit", *about, *figures).kind != "over_limit"  # type: ignore[arg-type]
    assert Account("ann", "Ann", "EUR", ZERO_PICO, status="on_holds").status not in HELD  # type: ignore[arg-type]
    assert PaymentOutcome("OT1", "return", "AC04").status != "returned"  # type: ignore[arg-type]


def test_what_finance_records_and_what_is_set_aside_are_of_known_kinds() -> None:
    assert quarantine.INVARIANT_BROKEN in quarantine.REASONS
    assert quarantine.Aside("p", "2026-10", "too_big", "", 0, "", "", 0).reason not in quarantine.REASONS  # type: ignore[arg-type]
    assert list(entries_of(FinanceFact(1, "refnd", "c1", {}, "", ""))) == []  # type: ignore[arg-type]
