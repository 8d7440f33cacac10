"""The figures at which a rule of settlements turns, each with its neighbours: small changes of them once passed all other unit tests."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import ValidationError

from overtone.aws import object_keys
from overtone.errors import InvariantBroken, TooLarge
from overtone.lines import LineKey, Posting
from overtone.mechanisms.shape import Use
from overtone.mechanisms.totals import NO_TERM, TotalKey, Totals
from overtone.money import PICO
from overtone.payout.adjustments import OpeningBalance
from overtone.scales import ZERO_NANO, ZERO_PICO, Pico
from overtone.settlement import clearance, plan, rounds
from overtone.settlement.adjustments import off_the_top
from overtone.settlement.clauses import Eligibility, TopShare, term
from overtone.settlement.clearance import ClearanceStanding, ClearedWork
from overtone.settlement.deals import Deal
from overtone.settlement.plan import ITEMS_MAX, MonthPlan
from overtone.settlement.requests import ID_LENGTH_MAX, RESERVED, SettlementRequest
from overtone.settlement.tally import Tally
from overtone.settlement.wholes import Wholes
from tests.unit.random_deals import MONTHS
from tests.unit.stored_forms import PLAN
from tests.unit.stories import Story
from tests.unit.test_bulk import first_rounds

KEY = LineKey("2026-10", "d", "per_output", "fox", "m", "work:song", "song", "recording", "party", "ann", "ann", "", "EUR")


def posted(amount: int) -> Posting:
    return Posting(ZERO_NANO, Pico(amount), ZERO_PICO)


@pytest.mark.parametrize(("amount", "share", "taken"), [(10, "0.5", 5), (-10, "0.5", -5), (-11, "0.5", -5), (-1, "1", -1), (1, "0.5", 0)])
def test_what_comes_off_the_top_of_a_correction_goes_the_other_way(amount: int, share: str, taken: int) -> None:
    cut = TopShare.model_validate({"party": "soc", "share": share})
    found = {key.party_id: posting.amount for key, posting in off_the_top({KEY: posted(amount)}, {"d": (cut,)}).postings.items()}
    assert found == {"ann": amount - taken, **({"soc": taken} if taken else {})}


def test_a_tail_covers_outputs_alone_and_only_behind_the_last_day() -> None:
    duration = term("2026-03-01", "2026-09-30", tail=True)
    trained = ("2026-05-01",)
    assert [duration.covers(Use("output", "lab", day), trained) for day in ("2026-02-28", "2026-03-01", "2026-10-01")] == [
        False,
        True,
        True,
    ]
    assert not duration.covers(Use("play", "lab", "2026-10-01"), trained)
    assert not duration.covers(Use("output", "lab", "2026-10-01"), ("2026-10-01",))


def test_nothing_is_asked_of_works_that_a_deal_does_not_ask() -> None:
    assert not Eligibility().human_only


def request(**says: object) -> SettlementRequest:
    return SettlementRequest.model_validate({"settlement_id": "s-1", "through": "2026-10"} | says)


def test_a_settlements_id_has_its_length_and_a_preview_not_the_schedules_name() -> None:
    plain = request(settlement_id="a" * ID_LENGTH_MAX)
    assert (ID_LENGTH_MAX, plain.preview, plain.restart, plain.strict, plain.early) == (60, False, False, False, False)
    assert request(settlement_id="2026-10").settlement_id == "2026-10"
    assert request(preview=True).preview
    for wrong in ({"settlement_id": "a" * (ID_LENGTH_MAX + 1)}, {"settlement_id": "2026-10", "preview": True}):
        with pytest.raises(ValidationError):
            request(**wrong)


def test_no_settlement_has_a_folder_that_is_somebody_else_s() -> None:
    others = {
        object_keys.archive("s-1"),
        object_keys.book_object("2026-10", "0001", "s-1", 1),
        object_keys.clearance_object("fox", "c-1", "0", 1),
        object_keys.permission_file("2026-10-01", "works.csv"),
        object_keys.settlement_file("s-1", "lines.csv", preview=True),
        object_keys.what_if_file("fox", "w-1", "lines.csv"),
        object_keys.work_object("s-1", 1, "plan.json"),
    }
    assert {key.partition("/")[0] for key in others} == RESERVED
    for name in RESERVED:
        with pytest.raises(ValidationError, match="none of archives"):
            request(settlement_id=name)


def test_works_are_cleared_each_once_and_so_many_at_once() -> None:
    assert clearance.keys_of(["work:b", "work:a", "work:b"]) == ["work:a", "work:b"]
    with pytest.raises(TooLarge, match="drop a file"):
        clearance.keys_of(["work:a"] * (clearance.WORKS_MAX + 1))


def test_every_answer_is_counted_under_its_standing() -> None:
    answers = [ClearedWork("work:a", ClearanceStanding.ALLOWED), ClearedWork("work:b", ClearanceStanding.DENIED)]
    counts = clearance.counted([*answers, answers[0]])
    assert counts == dict.fromkeys(map(str, ClearanceStanding), 0) | {"allowed": 2, "denied": 1}


@pytest.mark.parametrize("buckets", [1, 7, ITEMS_MAX - 2, 3 * ITEMS_MAX])
def test_a_plan_has_each_part_of_each_month_in_one_item(buckets: int) -> None:
    months = [MonthPlan("2026-10", None, "", {}), MonthPlan("2026-11", {"0001": ["work:song"], "0005": []}, "s1", {})]
    planned = PLAN._replace(buckets=buckets, months=months)
    assert planned.items <= ITEMS_MAX
    items = [planned.item(number) for number in range(planned.items)]
    with pytest.raises(IndexError):
        planned.item(planned.items)
    found = Counter((item["month"], part) for item in items for part in item["parts"])
    assert found == Counter((month.month, part) for month in months for part in planned.parts_of(month))
    assert (buckets == 1) == ({"month": "2026-10", "parts": ["0000", "deals"]} in items), "a small ledger's month is one item"


def test_what_recurs_is_due_in_each_month_from_the_first() -> None:
    fee = {"mechanism": "licence_fee", "fee": {"amount": "60", "per": "month"}, "basis": "usage"}
    deal = Deal.model_validate({"licensee": "lab", "currency": "EUR", "from": "2026-10-31", "to": "2027-01-01", "terms": [fee]})
    assert plan.months_due(deal, "2026-09") == []
    assert plan.months_due(deal, "2026-11") == ["2026-10", "2026-11"]
    assert plan.months_due(deal, "2027-05") == ["2026-10", "2026-11", "2026-12", "2027-01"]


def read(**by_currency: int) -> Totals:
    totals = Totals()
    for currency, value in by_currency.items():
        totals.add(TotalKey(*NO_TERM, "read", currency=currency), value)
    return totals


def test_what_was_read_is_what_was_reported_to_the_last_unit() -> None:
    rounds.require_conserved("2026-10", read(EUR=5, USD=0), {"EUR": 5, "SEK": 0})
    for totals, reported in ((read(EUR=1), {}), (read(), {"EUR": 1}), (read(EUR=5), {"EUR": 4})):
        with pytest.raises(InvariantBroken, match="conserved"):
            rounds.require_conserved("2026-10", totals, reported)


def test_what_waits_for_denied_uses_is_told_by_what_each_counted_and_of_no_money_nothing() -> None:
    tally = Tally("2026-10", Totals())
    tally.denied[KEY._replace(currency="")] = {("stream", "ann"): 3, ("sync", "ann"): 1}
    found = tally.denied_amounts({KEY: posted(8), KEY._replace(currency="USD"): posted(4), KEY._replace(currency="SEK"): posted(0)})
    assert {name.use: amounts for name, amounts in found.items()} == {"stream": {"EUR": 6, "USD": 3}, "sync": {"EUR": 2, "USD": 1}}
    assert tally.denied_amounts({KEY: posted(0)}) == tally.denied_amounts({KEY: posted(-1)}) == {}


@pytest.mark.parametrize(
    "says",
    [
        {"party": "ann", "balance": "5"},
        {"party": "ann", "balance": "-5"},
        {"party": "ann", "balance": "5", "reserve": "5"},
        {"suspense": "black_box", "month": "2026-01", "balance": "0.01"},
    ],
)
def test_an_opening_balance_is_a_partys_or_waits_since_a_month(says: dict[str, str]) -> None:
    assert OpeningBalance.model_validate({"currency": "EUR"} | says).currency == "EUR"


@pytest.mark.parametrize(
    "says",
    [
        {"balance": "5"},
        {"party": "ann", "month": "2026-01", "balance": "5"},
        {"party": "ann", "suspense": "black_box", "balance": "5"},
        {"party": "ann", "suspense": "black_box", "month": "2026-01", "balance": "5"},
        {"suspense": "black_box", "balance": "5"},
        {"suspense": "black_box", "month": "2026-01", "balance": "0"},
        {"suspense": "black_box", "month": "2026-01", "balance": "-1"},
        {"suspense": "black_box", "month": "2026-01", "balance": "5", "reserve": "1"},
        {"party": "ann", "balance": "5", "reserve": "5.01"},
        {"party": "ann", "balance": "-5", "reserve": "0.01"},
        {"party": "ann", "balance": "5", "unrecouped": "1", "deal_id": "d"},
    ],
)
def test_what_is_neither_is_refused(says: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OpeningBalance.model_validate({"currency": "EUR"} | says)


def test_the_whole_that_a_pool_shared_is_known_by_its_deal() -> None:
    story = Story().work("one", {"ann": "1"}).deal("pool", None, {"mechanism": "revenue_pool", "share": "0.5", "basis": "usage"})
    story.output("o", {"one": "1"}).used("o", 3).earned("80")
    wholes = Wholes()
    part, totals = next(iter(first_rounds(story.facts)))
    wholes.of_month("2026-10", part.pricing, totals, ())
    assert {(key.deal_id, key.mechanism): amount for key, amount in wholes.sums.items()} == {("pool", "revenue_pool"): 40 * PICO}


@pytest.mark.parametrize("per", ["month", "quarter"])
def test_a_whole_that_is_shared_over_several_months_counts_once(per: str) -> None:
    fee = {"mechanism": "licence_fee", "fee": {"amount": "30", "per": per}, "basis": "usage"}
    story = Story().work("one", {"ann": "1"}).deal("d", "ann", fee).output("o", {"one": "1"})
    for month in MONTHS:
        story.used("o", 1, used_on=f"{month}-05")
    wholes = Wholes()
    for month, (part, totals) in {part.pricing.month: (part, totals) for part, totals in first_rounds(story.facts)}.items():
        wholes.of_month(month, part.pricing, totals, ())
    due = MONTHS if per == "month" else MONTHS[-1:]
    assert {key.usage_month: amount for key, amount in wholes.sums.items()} == dict.fromkeys(due, 30 * PICO)
