"""What a society keeps of what it collects: its tariff, month by month."""

from typing import Any

import pytest

from overtone.errors import Forbidden, Rejected
from overtone.lines import LineSide
from overtone.payout.directory import Directory
from overtone.payout.societies import fees
from overtone.rights import tariffs
from overtone.rights.registry import PartyKind
from overtone.rights.tariffs import RATES_MAX, Tariff
from overtone.rights.versions import Entity, Version
from tests.unit.stated import ADMIN, ANN, AT, LAST, SOCIETY, STIM, mandate, party, stated

# --- tariffs


def tariff(*rates: dict[str, Any]) -> Tariff:
    return Tariff.model_validate({"rates": list(rates)})


def entity_of(content: Any, *later: Any) -> Entity[Any]:
    versions = [Version(1, "2026-10-01", AT, "stim", content)]
    versions += [Version(2, "2026-10-15", AT, "stim", one) for one in later]
    return Entity("stim", "stim", tuple(versions))


def test_a_tariff_counts_instead_of_what_the_member_wrote_from_the_month_that_begins_after_it() -> None:
    wrote = mandate("output", admin_fee="0.5")
    known = stated(None, ADMIN, wrote)
    set_ = entity_of(tariff({"admin_fee": "0.1"}), tariff({"admin_fee": "0.2"}))
    directory = Directory({"ann": known}, LAST, {"stim": set_})
    found = [fees("ann", "stim", month, "recording", "per_output", directory) for month in ("2026-09", "2026-10", "2026-11")]
    assert [one.admin_fee if one else None for one in found] == [500_000_000, 100_000_000, 200_000_000]
    assert (
        fees("ann", "stim", "2026-10", "recording", "direct_play", directory) is None
    )  # no mandate: nothing is kept under a tariff either


def test_the_first_rate_that_fits_side_use_and_member_counts_and_of_what_none_fits_nothing_is_kept() -> None:
    rates = tariff(
        {"rights": ["composition"], "members": ["publisher"], "admin_fee": "0.01"},
        {"rights": ["composition"], "admin_fee": "0.02", "cultural_deduction": "0.1"},
        {"uses": ["play"], "admin_fee": "0.03"},
    )

    def rate(side: LineSide, use: str, kind: PartyKind) -> str | None:
        found = rates.rate(side, [use], kind)
        return str(found.admin_fee // 10_000_000) if found else None

    assert rate("composition", "output", "publisher") == "1"
    assert rate("composition", "output", "creator") == "2"
    assert rate("recording", "play", "creator") == "3"
    assert rate("recording", "output", "creator") is None
    assert rate("", "output", "creator") == "2"


def test_a_society_sets_its_own_tariff_ahead_and_an_admin_any() -> None:
    tariffs.allow(STIM, "stim", SOCIETY, "2026-10-02", "2026-10-02")
    tariffs.allow(ADMIN, "stim", SOCIETY, "2026-01-01", "2026-10-02")
    for actor, society, day, error in (
        (STIM, SOCIETY, "2026-10-01", Rejected),
        (ANN, SOCIETY, "2026-10-02", Forbidden),
        (STIM, party(), "2026-10-02", Rejected),
        (STIM, None, "2026-10-02", Rejected),
    ):
        with pytest.raises(error):
            tariffs.allow(actor, "stim", society, day, "2026-10-02")
    assert len(tariff(*[{"admin_fee": "0.1"}] * RATES_MAX).rates) == RATES_MAX
    for wrong in ([], [{"admin_fee": "0.1"}] * (RATES_MAX + 1), [{"admin_fee": "0.6", "cultural_deduction": "0.5"}]):
        with pytest.raises(ValueError, match="rates"):
            tariff(*wrong)
