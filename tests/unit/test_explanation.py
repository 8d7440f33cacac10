"""A line explained by the computation that made it."""

from collections.abc import Mapping
from typing import Any

import pytest

from overtone.facts.rows import AccrualRow, TrainingEntry, UsageEntry
from overtone.formats import explain_text
from overtone.lines import NOTHING, Line, Posting, line_id
from overtone.mechanisms.shape import Month
from overtone.mechanisms.totals import Totals
from overtone.money import NANO, PICO
from overtone.rights.registry import Party, Work
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano, Zepto
from overtone.settlement import explanation
from overtone.settlement.claims import Resolver
from overtone.settlement.deals import Deal
from overtone.settlement.entitled import Entitled
from overtone.settlement.entitlement import Pricing
from overtone.settlement.explanation import NO_BACKGROUND, Background, Evidence, Explanation, VersionUsed, explain, scaled
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
    totals = pricing.measure([month])
    pricing.open_pools(totals, Month("2026-10", "2026-10-31", "2026-10", {}, {}), "uses")
    steps: list[Priced] = []
    return pricing.entitled(month, totals, steps.append), steps, totals


def explained(made: tuple[Entitled, list[Priced], Totals], owner: str = "p0", before: Posting = NOTHING, **more: Any) -> Explanation:
    entitled, steps, totals = made
    key, due = next((key, posting) for key, posting in entitled.postings.items() if key.party_id == owner)
    adjusts = "s0" if before != NOTHING else ""
    steps = [step for step in steps if step.key._replace(currency="") == key._replace(currency="")]
    about = {"background": NO_BACKGROUND._replace(adjustments=entitled.adjustments.get(key, ()))} | more
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


def test_exact_decimals() -> None:
    assert scaled(1, 49) == "0." + "0" * 48 + "1"
    assert scaled(-5 * FINE // 2, 49) == "-2.5"
    assert scaled(0, 18) == "0"
