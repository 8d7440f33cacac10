"""What a snapshot was asked of deals, another of the very same deals at the same cut-off knows; of others it knows nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from overtone.rights.versions import Entity, Version
from overtone.settlement.deals import Deal
from overtone.settlement.snapshot import Snapshot

AT = "2026-09-01T00:00:00.000000Z"
STATED = {"licensee": "fox", "currency": "EUR", "from": "2026-01-01", "terms": [{"mechanism": "per_output", "rate": "0.003"}]}


def deal(**more: Any) -> Entity[Deal]:
    return Entity("d", "", (Version(1, "2026-01-01", AT, "finance", Deal.model_validate(STATED | more)),))


def snapshot(deals: dict[str, Entity[Deal]] | Snapshot, cutoff: str = "2027") -> Snapshot:
    return Snapshot(works={}, by_key={}, parties={}, deals=deals, cutoff=cutoff)


def test_the_same_records_are_asked_once() -> None:
    one = deal()
    first, again = snapshot({"d": one}), snapshot({"d": one})
    assert first.deals_of_month("fox", "2026-10-31") is again.deals_of_month("fox", "2026-10-31")
    assert snapshot(first).deals_in_force("fox", "2026-10-07") is first.deals_in_force("fox", "2026-10-07")


def test_other_records_or_another_cut_off_are_asked_anew() -> None:
    one = deal()
    (found,) = snapshot({"d": one}).deals_of_month("fox", "2026-10-31")
    assert not snapshot({"d": one}, cutoff="2026-08").deals_of_month("fox", "2026-10-31")
    (other,) = snapshot({"d": deal(currency="USD")}).deals_of_month("fox", "2026-10-31")
    assert (found.deal.currency, other.deal.currency) == ("EUR", "USD")
    assert snapshot({"e": replace(one, id="e")}).deals_of_month("fox", "2026-12-31")[0].deal_id == "e"


def test_the_last_day_of_a_month_s_deal_is_the_last_that_has_it_in_force() -> None:
    """A later version of the month may end the deal before that version begins; then the one before was in force until the day before."""

    def last_day(*stated: tuple[str, dict[str, Any]]) -> str:
        versions = (Version(n, since, AT, "finance", Deal.model_validate(STATED | more)) for n, (since, more) in enumerate(stated, 1))
        (found,) = snapshot({"d": Entity("d", "", tuple(versions))}).deals_of_month("fox", "2026-10-31")
        return found.last_day

    always: tuple[str, dict[str, Any]] = ("2026-01-01", {})
    ends = {"to": "2026-10-01"}
    assert last_day(always) == "2026-10-31"
    assert last_day(("2026-01-01", {"to": "2026-10-17"})) == "2026-10-17"
    assert last_day(("2026-01-01", ends | {"tail": {"months": 1}})) == "2026-10-31"
    assert last_day(("2026-01-01", {"to": "2026-09-12", "tail": {"months": 1}})) == "2026-10-12"
    assert last_day(always, ("2026-10-14", ends)) == "2026-10-13"
    assert last_day(("2026-01-01", {"to": "2026-10-17"}), ("2026-10-14", ends)) == "2026-10-13"
    assert last_day(always, ("2026-10-14", ends), ("2026-10-20", {"to": "2026-10-22"})) == "2026-10-22"


def test_all_of_a_deal_that_is_agreed_is_the_deal_itself() -> None:
    one = deal()
    assert one.agreed("2027") is one
    assert one.agreed("2026-08") is None
