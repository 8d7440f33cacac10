"""Golden cases of what a deal covers and how it keeps its lines: tails, eligibility, detail, services, names of uses, holds."""

from __future__ import annotations

from typing import Any

import pytest

from overtone.errors import Rejected
from overtone.facts import sheets
from overtone.facts.mapping import Mapping
from overtone.facts.usage_kinds import USE_LENGTH_MAX, StoredUse
from overtone.fields import validated
from overtone.formats import tabular
from overtone.mechanisms import revenue_pool
from overtone.mechanisms.shape import Term
from overtone.mechanisms.totals import Pool, Totals
from overtone.scales import Pico
from overtone.settlement.deals import Deal
from tests.unit.golden import PLAYS, songs
from tests.unit.stories import Story, Told

# --- tail


def test_10_outputs_of_a_model_trained_in_the_term_are_covered_for_six_months_more() -> None:
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, to="2026-12-31", tail={"months": 6})
    story.trained("run", {"song-ann": "1"}, "m1").output("o", {"song-ann": "1"}, model="m1").output("late", {"song-ann": "1"}, model="m2")
    story.trained("run2", {"song-ann": "1"}, "m2", on="2027-01-01")
    for day in ("2026-12-31", "2027-06-30", "2027-07-01"):
        story.used("o", 1, used_on=day).used("late", 1, used_on=day)
    told = story.settled("2026-12", "2027-06", "2027-07", through="2027-07")
    paid = {(key.usage_month, key.model): posting.amount // 10**12 for key, posting in told.lines()}
    assert paid == {("2026-12", "m1"): 1, ("2026-12", "m2"): 1, ("2027-06", "m1"): 1}
    unlicensed = {(breach.first_seen, breach.model) for breach in told.outcome.breaches if breach.kind == "unlicensed"}
    assert unlicensed == {("2027-06-30", "m2"), ("2027-07-01", "m1"), ("2027-07-01", "m2")}


def test_a_tail_for_ever_prices_outputs_and_nothing_else() -> None:
    run = {"mechanism": "training_run", "fee": "100"}
    guarantee = {"mechanism": "minimum_guarantee", "amount": "50", "period": "month"}
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, run, guarantee, to="2026-09-30", tail=True)
    story.trained("run", {"song-ann": "1"}, "m1", on="2026-09-01").trained("again", {"song-ann": "1"}, "m1", on="2026-10-02")
    told = story.output("o", {"song-ann": "1"}).used("o", 3).settled()
    assert told.paid() == {("ann", "song-ann"): "3"}


# --- eligibility


def test_11_what_a_work_below_the_least_would_have_earned_goes_to_the_rest_of_the_pool() -> None:
    pool = {"mechanism": "revenue_pool", "share": "1", "basis": "usage"}
    story = songs(Story(), "ann", "bo", "cy").deal("d", None, pool, eligibility={"min_uses": 150}).earned("90")
    for owner, uses in (("ann", 500), ("bo", 400), ("cy", 100)):
        story.output(owner, {f"song-{owner}": "1"}).used(owner, uses)
    told = story.settled()
    assert told.paid() == {("ann", "song-ann"): "50", ("bo", "song-bo"): "40"}
    assert not told.outcome.breaches


@pytest.mark.parametrize(
    "terms",
    [
        {"mechanism": "licence_fee", "fee": {"amount": "60", "per": "month"}, "basis": "presence"},
        {"mechanism": "minimum_guarantee", "amount": "60", "period": "month"},
        {"mechanism": "buyout", "amount": "60", "covers": ["per_output"]},
    ],
    ids=lambda terms: terms["mechanism"],
)
def test_what_a_repertoire_shares_is_for_those_works_that_people_made_where_a_deal_says_so(terms: dict[str, Any]) -> None:
    story = Story().work("made", {"ann": "1"}, ai={"vocals": "assisted"}).work("drawn", {"ann": "1"}, ai={"vocals": "generated"})
    dated = {"from": "2026-10-01"}
    assert story.deal("d", "ann", terms, **dated).settled().paid() == {("ann", "made"): "30", ("ann", "drawn"): "30"}
    told = story.deal("d", "ann", terms, **dated, eligibility={"human_only": True}).settled()
    assert told.paid() == {("ann", "made"): "60"}


def test_only_what_people_made_is_eligible_where_a_deal_says_so() -> None:
    story = songs(Story(), "ann").party("bo").work("song-bo", {"bo": "1"}, ai={"vocals": "generated"})
    story.party("cy").work("song-cy", {"cy": "1"}, ai={"vocals": "none", "lyrics": "assisted"})
    story.deal("d", None, PLAYS, eligibility={"human_only": True})
    for owner in ("ann", "bo", "cy"):
        story.output(owner, {f"song-{owner}": "1"}).used(owner, 2)
    assert story.settled().paid() == {("ann", "song-ann"): "2", ("cy", "song-cy"): "2"}


# --- detail


def test_a_deal_may_keep_its_lines_apart_by_territory_and_use() -> None:
    price = PLAYS | {"uses": ["*"]}

    def lines(detail: list[str]) -> dict[tuple[str, str], int]:
        story = songs(Story(), "ann").deal("d", "ann", price, detail=detail).output("o", {"song-ann": "1"})
        story.used("o", 3).used("o", 2, territory="NO").used("o", 1, use="sync").used("o", 4, territory="*")
        return {(key.territory, key.use): posting.amount // 10**12 for key, posting in story.settled().lines()}

    assert lines([]) == {("", ""): 10}
    assert lines(["territory"]) == {("SE", ""): 4, ("NO", ""): 2, ("*", ""): 4}
    assert lines(["use", "territory"]) == {("SE", "stream"): 3, ("SE", "sync"): 1, ("NO", "stream"): 2, ("*", "stream"): 4}


@pytest.mark.parametrize(("detail", "field"), [(["city"], "detail.0"), (["use", "use"], "detail")])
def test_a_detail_that_usage_does_not_know_is_refused(detail: list[str], field: str) -> None:
    says = {"licensee": "lab", "currency": "USD", "from": "2026-01-01", "terms": [PLAYS], "detail": detail}
    with pytest.raises(Rejected) as refused:
        validated(Deal, says, "deal")
    assert [fault.field for fault in refused.value.faults] == [field]


# --- services


def paid_by_service(services: list[str], **says: Any) -> Told:
    story = songs(Story(), "ann").deal("d", "ann", PLAYS, services=services, **says).output("o", {"song-ann": "1"})
    return story.used("o", 1, service="free").used("o", 10, service="paid").used("o", 100).settled()


def test_a_deal_covers_the_uses_of_its_services_and_a_star_means_all() -> None:
    assert [paid_by_service(services).of("ann") for services in ([], ["*"], ["paid"], ["paid", "free"])] == ["111", "111", "10", "11"]
    unlicensed = {(breach.kind, breach.quantity // 10**9) for breach in paid_by_service(["paid"]).outcome.breaches}
    assert unlicensed == {("unlicensed", 101)}


def test_what_is_no_use_of_an_output_has_no_service() -> None:
    """A deal for one service still covers the training of the models that it serves, and what falls back there goes by training."""
    price = PLAYS | {"confidence": {"min": "0.6"}}
    story = songs(Story(), "ann", "bo").deal("d", None, price, {"mechanism": "training_run", "fee": "20"}, services=["paid"])
    story.trained("run", {"song-ann": "1", "song-bo": "1"}).output("o", {"song-ann": "1"}, confidence="0.1").used("o", 10, service="paid")
    assert story.settled().paid("training_run") == {("ann", "song-ann"): "10", ("bo", "song-bo"): "10"}
    assert story.settled().paid("per_output") == {("ann", "song-ann"): "5", ("bo", "song-bo"): "5"}


@pytest.mark.parametrize("stored", ["stream", "stream@free", "unpaid:stream", "unpaid:voice_swap@a.b~C-1"])
def test_a_stored_use_says_its_service_and_whether_it_bears_a_royalty(stored: str) -> None:
    assert str(StoredUse.of(stored)) == stored
    assert ("service" in StoredUse.of(stored).shown(), "royalty_bearing" in StoredUse.of(stored).shown()) == (
        "@" in stored,
        stored.startswith("unpaid:"),
    )


def test_a_table_s_column_of_services_is_read() -> None:
    header = "record_id,subject,use,used_on,quantity,territory,service,revision"
    text = f"{header}\nr1,output:o,stream,2026-10-03,1,SE,free,0\nr2,output:o,stream,2026-10-03,1,SE,,0\n"
    checked = sheets.check(tabular.read_whole(text.encode(), ",", Mapping()), "fox", "2026-10-04")
    assert list(checked.records.use) == ["stream@free", "stream"]


def test_lines_may_be_kept_apart_by_service() -> None:
    told = paid_by_service([], detail=["service", "use"])
    assert {(key.service, key.use, key.territory): posting.amount // 10**12 for key, posting in told.lines()} == {
        ("free", "stream", ""): 1,
        ("paid", "stream", ""): 10,
        ("", "stream", ""): 100,
    }


def test_a_pool_of_a_service_takes_the_reports_and_the_uses_of_that_service() -> None:
    pool = {"mechanism": "revenue_pool", "share": "0.5", "basis": "usage", "whole": "all"}
    story = songs(Story(), "ann").deal("d", "ann", pool, services=["paid"]).output("o", {"song-ann": "1"})
    story.earned("100", service="paid").earned("1000", service="free").used("o", 30, service="paid").used("unknown", 70, service="paid")
    assert story.used("o", 500, service="free").used("o", 500).settled().paid() == {("ann", "song-ann"): "15"}


# --- uses


def test_a_use_of_another_name_is_priced_by_deals_that_name_it_or_all_and_by_no_other() -> None:
    def paid(**terms: Any) -> str:
        story = songs(Story(), "ann").deal("d", "ann", PLAYS | terms).output("o", {"song-ann": "1"})
        return story.used("o", 1).used("o", 10, use="remix").used("o", 100, use="karaoke-night").settled().of("ann")

    assert (paid(), paid(uses=["remix"]), paid(uses=["stream", "karaoke-night"]), paid(uses=["*"])) == ("1", "10", "101", "111")


def test_what_falls_back_of_a_use_of_another_name_goes_by_training_too() -> None:
    price = PLAYS | {"uses": ["remix"], "confidence": {"min": "0.6"}}
    story = songs(Story(), "ann", "bo").deal("d", None, price).trained("run", {"song-ann": "1", "song-bo": "1"})
    story.output("o", {"song-ann": "1"}, confidence="0.1").used("o", 10, use="remix")
    assert story.settled().paid() == {("ann", "song-ann"): "5", ("bo", "song-bo"): "5"}


@pytest.mark.parametrize(
    ("use", "good"), [("remix", True), ("u" * USE_LENGTH_MAX, True), ("u" * (USE_LENGTH_MAX + 1), False), ("Remix", False)]
)
def test_the_name_of_a_use_is_short_and_plain(use: str, good: bool) -> None:  # noqa: FBT001 - a case
    says = {"licensee": "lab", "currency": "USD", "from": "2026-01-01", "terms": [PLAYS | {"uses": [use]}]}
    record = {"record_id": "r", "subject": "output:o", "use": use, "used_on": "2026-10-03", "quantity": 1, "territory": "SE"}
    checked = sheets.check(sheets.read_rows([record]), "fox", "2026-10-04")
    assert checked.accepted == good
    if good:
        validated(Deal, says, "deal")
    else:
        with pytest.raises(Rejected):
            validated(Deal, says, "deal")


# --- holds


def test_money_of_one_output_waits_and_the_rest_is_paid() -> None:
    """80 uses at 1 and a pool of 40: `bot` brought the one work 60 of its 70, so 60 + 30 wait, and 10 + 5 are paid as ever."""
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence"}
    story = songs(Story(), "ann", "bo").deal("d", None, PLAYS, pool).earned("400")
    story.output("gen", {"song-ann": "0.5", "song-bo": "0.5"}).output("bot", {"song-ann": "1"}).used("gen", 20).used("bot", 60)
    story.facts["holds"] = [{"subject": "output:bot", "months": ["2026-10"], "recorded_at": "2026-11-01T00:00:00.000000Z"}]
    assert story.settled().paid() == {("fraud_hold", "song-ann"): "90", ("ann", "song-ann"): "15", ("bo", "song-bo"): "15"}


# --- a deal's own part where its scope changes within the month


OWN_PART = {"mechanism": "revenue_pool", "share": "0.1", "basis": "usage", "whole": "all"}


@pytest.mark.parametrize(
    ("narrowed", "report", "elsewhere"),
    [
        ({"territories": ["SE"]}, {"territory": "SE"}, {"territory": "US"}),
        ({"services": ["premium"]}, {"service": "premium"}, {"service": "free"}),
        ({"sides": {"recording": "0.1", "composition": "0"}}, {}, {}),
    ],
    ids=["territories", "services", "sides"],
)
def test_a_deal_s_own_part_is_of_what_was_within_it_on_each_day(
    narrowed: dict[str, Any], report: dict[str, Any], elsewhere: dict[str, Any]
) -> None:
    story = songs(Story(), "ann", "bo").deal("d", "ann", OWN_PART).deal("d", "ann", OWN_PART, since="2026-10-15", **narrowed)
    for owner in ("ann", "bo"):
        story.output(owner, {f"song-{owner}": "1"}, basis="by_side", sides={f"work:song-{owner}": "recording"})
        story.used(owner, 500, **({"territory": "SE"} | elsewhere)).used(owner, 5, used_on="2026-10-20", **({"territory": "SE"} | report))
    told = story.earned("1000", **report).settled()
    owed = sum(posting.amount for _, posting in told.lines())
    assert 0 < owed <= 50 * 10**12  # a tenth of 1,000, and of all that was used at the most half is Ann's


def test_what_counts_once_is_as_much_in_a_deal_s_own_part_as_in_all() -> None:
    """A work that is disputed from the middle of the month on counted twice: for who had been paid, and among what waits."""
    equal = OWN_PART | {"basis": "equal"}
    story = songs(Story(), "ann").deal("d", "ann", equal).output("o", {"song-ann": "1"})
    story.work("song-ann", {"ann": "1"}, since="2026-10-15", disputed=True)
    told = story.used("o", 1).used("o", 1, used_on="2026-10-20").earned("1000").settled()
    assert told.paid() == {("ann", "song-ann"): "100"}


def test_weak_attribution_of_days_that_counted_otherwise_has_no_part_in_a_pool() -> None:
    """A pool is shared by what its last terms say, over the days that counted the same: those of usage are none of influence's."""
    weak = {"mechanism": "revenue_pool", "share": "0.1", "confidence": {"min": "0.6", "fallback": "training"}}
    story = songs(Story(), "ann", "bo").deal("d", None, weak | {"basis": "usage"}).trained("run", {"song-bo": "1"})
    story.deal("d", None, weak | {"basis": "influence"}, since="2026-10-15")
    story.output("sure", {"song-ann": "1"}).output("unsure", {"song-bo": "1"}, confidence="0.1")
    story.used("unsure", 1000).used("sure", 30, used_on="2026-10-20").used("unsure", 10, used_on="2026-10-20").earned("1000")
    assert story.settled().paid() == {("ann", "song-ann"): "75", ("bo", "song-bo"): "25"}


def test_a_whole_that_was_settled_before_weak_attribution_was_kept_by_basis_is_told_as_it_was() -> None:
    says = OWN_PART | {"basis": "influence", "confidence": {"fallback": "training"}}
    term, totals = Term("d", 0, "lab", "USD", revenue_pool.Terms.model_validate(says)), Totals()
    basis = term.name("basis_in_tenths", of="influence")
    for name, size in ((term.name("whole", of="influence"), 10), (basis, 30), (term.name("weak", of="m1"), 20)):
        totals.add(name, size)
    steps = revenue_pool.steps(term, Pool(term.name("pool", currency="USD"), "USD", Pico(5), basis), totals)
    assert [step.words for step in steps][-2:] == [
        "the deal's own part: 50 of 100 that was used in all",
        "what attribution decides: 30 of 50",
    ]
