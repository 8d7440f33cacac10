"""A line explained by the computation that made it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import orjson
import pytest

from overtone.facts.rows import AccrualRow, TrainingEntry, UsageEntry
from overtone.formats import explain_text
from overtone.lines import NOTHING, Line, Posting, line_id
from overtone.mechanisms.scope import Revenue
from overtone.mechanisms.shape import Month
from overtone.mechanisms.totals import Purse, Totals
from overtone.money import NANO, PICO
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano, Pico, Zepto
from overtone.settlement import explanation
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import Deal
from overtone.settlement.entitlement import Pricing
from overtone.settlement.explanation import NO_BACKGROUND, Background, Evidence, Explanation, VersionUsed, explain, scaled
from overtone.settlement.pricing_facts import Entitled
from overtone.settlement.residue import SettledResidue, StandingResidue
from overtone.settlement.rounds import MonthOpening, Part, opened, rounds_of
from overtone.settlement.snapshot import Snapshot
from overtone.settlement.tally import Priced
from overtone.settlement.work_month import WorkMonth
from tests.unit.settled import CUTOFF, party, posted

KEY = "isrc:SEABC2600001"
FINE = 10**49


def entity(name: str, content: Any) -> Entity[Any]:
    return Entity(name, name, (Version(1, "0001-01-01", "2026-09-01T00:00:00Z", name, content),))


def priced(
    *terms: dict[str, Any],
    quantity: int = 12,
    revenue: int = 0,
    shares: tuple[str, ...] = ("1",),
    band: int = 9,
    mfn_group: str | None = None,
    peers: Mapping[str, dict[str, Any]] | None = None,
    reports: Sequence[Revenue] = (),
    rates: Mapping[tuple[str, str], Fraction] = MappingProxyType({}),
    standing: StandingResidue = StandingResidue({}),  # noqa: B008 - nothing is in it to be taken
    **says: Any,
) -> tuple[Entitled, list[Priced], Totals]:
    """One recording's October under a deal with these terms, computed with a trace."""
    allowed = {"default": "allow"}
    owners = [{"party": f"p{number}", "share": share} for number, share in enumerate(shares)]
    permissions = {"training": allowed, "generation": allowed}
    work = {"title": "Midnattssol", "kind": "recording", "identifiers": [KEY], "shares": owners, "permissions": permissions}
    deal: dict[str, Any] = {"licensee": "songfox", "licensor": None, "currency": "USD", "from": "2026-01-01", "mfn_group": mfn_group}
    deal |= says
    stated = {"deal-1": deal | {"terms": list(terms)}}
    stated |= {name: deal | {"licensor": "somebody", "terms": [one]} for name, one in (peers or {}).items()}
    parties: dict[str, Entity[Party]] = {f"p{number}": entity(f"p{number}", party()) for number in range(len(shares))}
    known = Snapshot(
        works={"w1": entity("w1", Work.model_validate(work))},
        by_key={KEY: "w1"},
        parties=parties,
        deals={name: entity(name, Deal.model_validate(one)) for name, one in stated.items()},
        cutoff=CUTOFF,
    )
    entry = UsageEntry("2026-10-03", "output", "v1", "stream", "SE", "USD" if revenue else "", band, Nano(quantity * NANO), Zepto(revenue))
    usage = AccrualRow(KEY, "usage#songfox#2026-10-03#0000", "songfox", "output:gen-1", (entry,))
    trained = AccrualRow(KEY, "training#songfox#run-1#0000", "songfox", "run-1", (TrainingEntry("2026-10-01", "v1", "run-1", 3 * NANO),))
    month = WorkMonth(KEY, (usage,), (trained,), (trained,))
    pricing = Pricing(Resolver(known), last_day="2026-10-31")
    openings = {"2026-10": MonthOpening(pricing, Month("2026-10", "2026-10-31", "2026-10", {"songfox": tuple(reports)}, rates))}
    part = Part(pricing, [month])
    totals = opened(openings, {"2026-10": pricing.measure([month])}, standing)["2026-10"]
    for kind in rounds_of(openings)[1:]:
        totals = opened(openings, {"2026-10": totals}, standing, kind, part.measured_again(kind, totals))["2026-10"]
    steps: list[Priced] = []
    return pricing.entitled(month, totals, steps.append), steps, totals


def explained(made: tuple[Entitled, list[Priced], Totals], owner: str = "p0", before: Posting = NOTHING, **more: Any) -> Explanation:
    entitled, steps, totals = made
    key, due = next((key, posting) for key, posting in entitled.postings.items() if key.party_id == owner)
    adjusts = "s0" if before != NOTHING else ""
    steps = [step for step in steps if step.key._replace(currency="") == key._replace(currency="")]
    capped = {term for line, term in entitled.owed if line == key}
    about = {"background": NO_BACKGROUND._replace(adjustments=entitled.adjustments.get(key, ()), capped=capped)} | more
    return explain("s1", Line(line_id("s1", key), key, "Midnattssol", due.minus(before), adjusts), before, steps, totals, **about)


def test_what_a_most_favoured_nation_clause_raised_names_the_deal_that_says_so() -> None:
    price = {"mechanism": "per_output", "rate": "0.003"}
    told = explained(priced(price, mfn_group="best", peers={"other": {"mechanism": "per_output", "rate": "0.005"}}))
    assert [used.formula for used in told.uses] == ["0.005 USD x 12 uses x 1 (share of the work)"]
    assert [used.raised for used in told.uses] == [["rate is that of deal other version 1: the deals of the group owe the best of them"]]
    assert "rate is that of deal other version 1" in explain_text.render(told)
    alone = explained(priced(price, mfn_group="best", peers={"other": {"mechanism": "per_output", "rate": "0.002"}}))
    assert [used.raised for used in alone.uses] == [[]]


def test_what_comes_off_the_top_is_written_out_on_both_lines() -> None:
    made = priced({"mechanism": "per_output", "rate": "0.003"}, off_the_top=[{"party": "fund", "share": "0.25", "label": "the law"}])
    told = explained(made)
    assert [(change.why, change.amount) for change in told.adjustments] == [("0.25 of 0.036 USD off the top for fund (the law)", "-0.009")]
    assert (told.exact, told.rounded, told.line.amount, told.agrees) == ("0.036", "0.027", "0.027", True)
    funded = explained(made, "fund")
    assert [(change.why, change.amount) for change in funded.adjustments] == [
        ("0.25 of 0.036 USD off the top (the law), from recording of p0", "0.009")
    ]
    assert (funded.rounded, funded.agrees, funded.key["side"]) == ("0.009", True, "off_the_top")
    assert "off the top (the law), from recording of p0 = 0.009 USD" in explain_text.render(funded)


def stepped(told: Explanation) -> list[tuple[str, str]]:
    """The steps of its pools, which the JSON has as the text does."""
    steps = [(step.words, step.amount) for share in told.pools for step in share.steps]
    assert [(one["words"], one["amount"]) for share in orjson.loads(told.encode())["pools"] for one in share["steps"]] == steps
    text = explain_text.render(told)
    assert all(words in text for words, _ in steps)
    assert told.agrees
    return steps


def test_tiers_are_written_out_tier_by_tier() -> None:
    tiers = [{"from": "0", "rate": "0.003"}, {"from": "10", "rate": "0.002"}, {"from": "100", "rate": "0.001"}]
    assert stepped(explained(priced({"mechanism": "per_output", "tiers": tiers, "tier_period": "year"}))) == [
        ("0 units counted in the year before 2026-10-03, 12 on it", ""),
        ("10 units in the tier from 0 x 0.003", "0.03"),
        ("2 units in the tier from 10 x 0.002", "0.004"),
    ]


def test_a_cap_writes_its_factor() -> None:
    told = explained(priced({"mechanism": "per_output", "rate": "1", "cap": {"amount": "9", "per": "quarter"}}, shares=("0.25", "0.75")))
    words = "capped: of 3 USD the period of per_output still allowed 2.25; in the month 9 of 12 may be owed, x 0.75"
    assert [(change.why, change.amount) for change in told.adjustments] == [(words, "-0.75")]
    assert words in explain_text.render(told)
    assert told.agrees


def test_what_a_cap_looks_at_is_rounded_by_itself() -> None:
    cap = {"cap": {"amount": "9", "per": "quarter"}}
    rates = ({"mechanism": "per_output", "rate": "0.000000000001"} | more for more in (cap, {}))
    told = explained(priced(*rates, quantity=3, shares=("0.5", "0.5")))
    assert (told.exact, told.rounded, told.line.amount, told.agrees) == ("0.000000000003", "0.000000000004", "0.000000000004", True)


def test_a_pool_says_which_reports_it_took_and_what_the_others_lack() -> None:
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "usage"}
    reports = (
        Revenue("USD", Pico(100 * PICO), 7, territory="SE", report_id="of-sweden"),
        Revenue("USD", Pico(500 * PICO), 0, territory="NO", report_id="of-norway"),
        Revenue("USD", Pico(900 * PICO), 0, report_id="of-everything"),
    )
    assert stepped(explained(priced(pool, territories=["SE"], reports=reports))) == [
        ("net revenue of the report of-sweden", "100"),
        ("the report of-everything does not say its territory, so it owes nothing until it does", ""),
        ("0.1 of 100", "10"),
    ]
    floored = stepped(explained(priced(pool | {"minimum_per_subscriber": "2"}, territories=["SE"], reports=reports)))
    assert floored[-1] == ("the floor by subscribers, which is more than the share", "14")
    tiers = [{"from": "0", "revenue_share": "0.5"}, {"from": "60", "revenue_share": "0.1"}]
    tiered = {"mechanism": "revenue_pool", "tiers": tiers, "tier_period": "year", "basis": "usage", "whole": "all"}
    assert stepped(explained(priced(tiered, reports=reports[:1])))[1:] == [
        ("counted in the year before this month", "0"),
        ("60 USD of revenue in the tier from 0 x 0.5", "30"),
        ("40 USD of revenue in the tier from 60 x 0.1", "4"),
        (f"the deal's own part: {12 * 10**27} of {12 * 10**27} that was used in all", ""),
    ]


def test_a_pool_says_which_part_of_it_goes_by_attribution_and_which_by_training() -> None:
    """Both pools said how the whole came about, and neither how it was divided: the last figure was that of both."""
    weak = {"confidence": {"min": "0.5"}, "blend": True}
    pool = {"mechanism": "revenue_pool", "share": "0.1", "basis": "influence"} | weak
    told = explained(priced(pool, reports=(Revenue("USD", Pico(100 * PICO), 0, report_id="all"),)))
    size, lines = 12 * 10**27, {share.amount: share.steps[-1] for share in told.pools}
    assert {amount: (step.words, step.amount) for amount, step in lines.items()} == {
        "9": (f"what attribution decides: {9 * size} of {10 * size}", "9"),
        "1": (f"what attribution is too weak for, by training: {size} of {10 * size}", "1"),
    }
    assert stepped(told)[1] == ("0.1 of 100", "10")


def test_a_pool_says_what_earlier_ones_left_for_it() -> None:
    """It was in the pool's amount, of which no step told."""
    pool, purse = {"mechanism": "revenue_pool", "share": "0.1", "basis": "usage"}, Purse("deal-1", "revenue_pool", 0, "USD")
    standing = StandingResidue({"2026-09": SettledResidue({}, {purse: Pico(2)})})
    told = explained(priced(pool, reports=(Revenue("USD", Pico(100 * PICO), 0, report_id="all"),), standing=standing))
    assert stepped(told)[-2:] == [("0.1 of 100", "10"), ("what earlier pools could not divide", "0.000000000002")]
    assert [share.amount for share in told.pools] == ["10.000000000002"]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"mechanism": "training_run", "fee": "5"}, "fee of the run run-1"),
        (
            {"mechanism": "licence_fee", "fee": {"amount": "5", "per": "month"}, "basis": "usage"},
            "fee per month, due for the month 2026-10, shared by usage",
        ),
    ],
)
def test_a_fee_says_what_it_is_for(terms: dict[str, Any], words: str) -> None:
    assert stepped(explained(priced(terms))) == [(words, "5")]


def test_a_rate_is_written_out_and_comes_to_the_line() -> None:
    told = explained(priced({"mechanism": "per_output", "rate": "0.003"}, shares=("0.25", "0.75")))
    assert [used.formula for used in told.uses] == ["0.003 USD x 12 uses x 0.25 (share of the work)"]
    assert (told.exact, told.rounded, told.line.amount, told.agrees) == ("0.009", "0.009", "0.009", True)


def test_a_revenue_share_is_written_out() -> None:
    told = explained(priced({"mechanism": "per_output", "revenue_share": "0.1"}, revenue=2 * 10**21))
    assert [used.formula for used in told.uses] == ["0.1 x 2 USD revenue x 1 (share of the work)"]
    assert (told.rounded, told.agrees) == ("0.2", True)


def test_a_blend_shows_the_part_that_goes_by_influence_and_the_pool_that_takes_the_rest() -> None:
    terms = {"mechanism": "per_output", "rate": "0.01", "confidence": {"min": "0.5"}, "blend": True}
    told = explained(priced(terms, band=7))
    assert "x 0.7 (by influence or to the fallback)" in told.uses[0].formula
    assert [share.result for share in told.pools] == ["0.036"]
    assert (told.rounded, told.agrees) == ("0.12", True)


def test_a_training_fee_shows_pool_and_whole() -> None:
    told = explained(priced({"mechanism": "training_run", "fee": "100", "fee_per_work": "2"}, shares=("0.5", "0.5")))
    assert [used.formula for used in told.uses] == ["2 USD x 0.5 (share of the work)"]
    assert [(share.amount, share.result) for share in told.pools] == [("100", "50")]
    assert (told.rounded, told.agrees) == ("51", True)


def test_an_adjustment_shows_before_after_and_difference() -> None:
    before = posted(10 * NANO, 20 * PICO // 1000, 0)
    told = explained(priced({"mechanism": "per_output", "rate": "0.003"}), before=before)
    assert (told.before.amount, told.after.amount, told.difference.amount, told.line.amount) == ("0.02", "0.036", "0.016", "0.016")
    assert told.agrees
    text = explain_text.render(told)
    assert "It corrects settlement s0" in text
    assert "0.02 posted before + 0.016 in this line" in text


def test_a_sum_that_does_not_agree_is_said_loudly() -> None:
    told = explained(priced({"mechanism": "per_output", "rate": "0.003"}))
    entitled, steps, totals = priced({"mechanism": "per_output", "rate": "0.004"})
    key = next(iter(entitled.postings))
    wrong = explain("s1", Line("x", key, "", posted(0, 1, 0), ""), NOTHING, steps, totals)
    assert (told.agrees, wrong.agrees) == (True, False)
    assert "THE SUM DOES NOT AGREE" in explain_text.render(wrong)


def test_the_text_names_everything_that_a_musician_may_ask_about() -> None:
    evidence = Evidence(
        "output:gen-1", "2026-10-03", "12", "0.036", "USD", "0.31", "0.92", "sureel-2026-10 revision 0", ["2026-10-03-0007"]
    )
    version = VersionUsed("deal", "deal-1", 1, "2026-01-01", "2026-01-01T00:00:00Z", "songfox")
    told = explained(priced({"mechanism": "per_output", "rate": "0.003"}), background=Background([evidence], [version]))
    text = explain_text.render(told)
    for words in (
        "Line ",
        "Midnattssol, isrc:SEABC2600001, recording",
        "to     p0",
        "Music made with v1 by songfox, October 2026, deal deal-1",
        "2026-10-03, stream reported by songfox, model v1, confidence 0.9, SE",
        "0.003 USD x 12 uses x 1 (share of the work) = 0.036",
        "The sum agrees with the line.",
        "output:gen-1: quantity 12, revenue 0.036 USD, share 0.31, confidence 0.92, disclosed in sureel-2026-10 revision 0",
        "batches 2026-10-03-0007",
        "deal deal-1 version 1, in force from 2026-01-01",
    ):
        assert words in text, words
    assert b'"agrees":true' in told.encode()


@pytest.mark.parametrize(("limit", "listed", "left"), [(2, 2, 0), (1, 1, 1)])
def test_uses_listed_are_limited_and_the_sum_is_of_all(monkeypatch: pytest.MonkeyPatch, limit: int, listed: int, left: int) -> None:
    assert explanation.USES_MAX == 10_000
    monkeypatch.setattr(explanation, "USES_MAX", limit)
    entitled, steps, totals = priced({"mechanism": "per_output", "rate": "0.003"})
    key, due = next(iter(entitled.postings.items()))
    line = Line("x", key, "", posted(2 * due.quantity, 2 * due.amount, 0), "")
    told = explain("s1", line, NOTHING, [*steps, *steps], totals)
    assert (len(told.uses), told.uses_left_out, told.agrees) == (listed, left, True)
    assert ("1 more uses" in explain_text.render(told)) == bool(left)


def test_a_scaled_integer_is_shown_as_its_exact_decimal() -> None:
    assert scaled(1, 49) == "0." + "0" * 48 + "1"
    assert scaled(-5 * FINE // 2, 49) == "-2.5"
    assert scaled(0, 18) == "0"
