"""What changed since the last statement: sums that tie, reasons that are computed, and what a state keeps for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.formats import statement_changes, statement_text, tongue
from overtone.money import NANO, format_amount, stored_amount
from overtone.payout import last_statement
from overtone.payout.accounts import PartyState
from overtone.payout.changes import Reason
from overtone.payout.comparison import Causes, Freed, compare
from overtone.payout.last_statement import AccountSums, LastStatement, SourceKey, SourceSum
from overtone.payout.runs import Run, runs_of
from overtone.payout.statement import Statement
from overtone.scales import Nano, Pico
from tests.unit import everything
from tests.unit.drafts import csv_of
from tests.unit.settled import Settlement, line, owned, party, usd

if TYPE_CHECKING:
    from overtone.payout.changes import ComparedStatement

PLAYS = SourceKey("USD", "direct_play", "songfox", "", "deal-1")
POOL = SourceKey("USD", "revenue_pool", "songfox", "", "deal-1")
FEE = SourceKey("USD", "advance", "songfox", "", "deal-1")
TIER = "the deal's price of tier 2 was reached, last time that of tier 1"
WHOLE = "the sum that is shared is USD 200.00, last time USD 100.00 (USD +10.00)"
PART = "your share of it is 15%, last time 10% (USD +10.00)"
NOTHING = Causes((), (), frozenset())


def told(settlement: Settlement) -> Statement:
    return Statement.parse(settlement.files["statements/asa.json"])


def of(**says: Any) -> SourceSum:
    return SourceSum("Songfox Inc", usd("10"), Nano(100 * NANO), works=1, version=1, months=1)._replace(**says)


def compared(key: SourceKey, was: SourceSum | None, now: SourceSum | None, known: Causes = NOTHING, sums: Any = None) -> ComparedStatement:
    before = LastStatement("s0", "2026-09", {key: was} if was else {}, (sums or {}).get("before", {}))
    return compare(before, LastStatement("s1", "2026-10", {key: now} if now else {}, (sums or {}).get("now", {})), known)


def why(compared_: ComparedStatement, mechanism: str) -> str:
    reasons = [reason for change in compared_.sources for reason in change.reasons]
    return statement_changes.sentence(reasons, mechanism, "USD", tongue.of("en"))


@pytest.mark.parametrize(
    ("key", "was", "now", "expected"),
    [
        (PLAYS, of(), of(quantity=Nano(150 * NANO), amount=usd("15")), "50 more plays credited (USD +5.00)"),
        (PLAYS, of(), of(quantity=Nano(99 * NANO), amount=usd("9.9")), "1 fewer play credited (USD -0.10)"),
        (PLAYS, of(), of(amount=usd("12")), "each was worth USD 0.12, last time USD 0.1 (USD +2.00)"),
        (
            PLAYS,
            of(tier=1),
            of(tier=2, version=2, amount=usd("8")),
            f"each was worth USD 0.08, last time USD 0.1 (USD -2.00); {TIER}; version 2 of the deal counts, last time version 1",
        ),
        (
            POOL,
            of(whole=usd("100")),
            of(whole=usd("200"), amount=usd("30"), works=3, months=2),
            f"months in it: 2, last time 1; {WHOLE}; {PART}; works that earned: 3, last time 1",
        ),
        (POOL, of(), of(amount=usd("30")), "what it is shared by changed"),
        (POOL, of(whole=usd("100")), of(amount=usd("30")), "what it is shared by changed"),
        (POOL, of(), of(whole=usd("100"), amount=usd("30")), "what it is shared by changed"),
        (PLAYS, None, of(), "nothing came from it last time"),
        (PLAYS, of(), None, "nothing came from it this time"),
        (FEE, of(), None, "it was owed once, and stood on the last statement"),
        (PLAYS, of(), of(quantity=Nano(50 * NANO), works=2), ""),
    ],
)  # fmt: skip
def test_why_a_source_brought_another_sum(key: SourceKey, was: SourceSum | None, now: SourceSum | None, expected: str) -> None:
    found = compared(key, was, now)
    assert why(found, key.mechanism) == expected


@given(
    st.tuples(*[st.integers(1, 10**16)] * 2), st.tuples(*[st.integers(1, 10**14)] * 2), st.tuples(*[st.integers(0, 10**17)] * 2),
    st.sampled_from([PLAYS, POOL]),
)  # fmt: skip
def test_the_figures_of_the_reasons_make_up_the_difference(
    amounts: tuple[int, int], counts: tuple[int, int], pools: tuple[int, int], key: SourceKey
) -> None:
    was, now = (
        of(amount=Pico(amount), quantity=Nano(count), whole=Pico(whole))
        for amount, count, whole in zip(amounts, counts, pools, strict=True)
    )
    (change,) = compared(key, was, now).sources
    assert stored_amount(change.now) - stored_amount(change.before) == stored_amount(change.difference)
    parts = {reason.kind: stored_amount(reason.amount) for reason in change.reasons if reason.amount}
    if {"rate", "more"} <= parts.keys() or {"rate", "fewer"} <= parts.keys() or {"whole", "part"} <= parts.keys():
        assert sum(parts.values()) == stored_amount(change.difference)


def test_sums_of_an_account_say_why_they_differ() -> None:
    corrected = line("asa", usd("2"), month="2026-09", adjusts="s0")
    known = Causes(runs_of(owned(corrected)), [Freed("fraud_hold", "USD", usd("2"))], frozenset())
    sums = {
        "before": {"USD": AccountSums(Pico(0), usd("5"), Pico(0), "on_hold")},
        "now": {"USD": AccountSums(usd("2"), Pico(0), usd("12"), "paid")},
    }
    found = compared(PLAYS, of(), of(), known, sums)
    assert [(one.what, one.before, one.now, [reason.kind for reason in one.reasons]) for one in found.totals] == [
        ("corrected", "0", "2", ["corrected", "freed"]),
        ("earned", "10", "12", []),
        ("recouped", "5", "0", ["recouped"]),
        ("paid", "0", "12", ["status"]),
    ]
    owing = compared(PLAYS, of(), of(), known._replace(owing=frozenset({"USD"})), sums)
    assert [one.reasons for one in owing.totals if one.what == "recouped"] == [[]]
    figures = [list(reason.figures) for total in found.totals for reason in total.reasons]
    assert figures == list(map(sorted, figures))  # so they stand in canonical JSON


def test_a_correction_is_told_of_its_currency_alone_and_of_nothing_that_corrects_nothing() -> None:
    dollars, euros = line("asa", usd("2"), month="2026-09", adjusts="s0"), line("asa", usd("4"), currency="EUR", adjusts="s0")
    known = Causes(runs_of(owned(dollars, euros, line("asa", usd("3")))), (), frozenset())
    sums = {"before": {"USD": AccountSums()}, "now": {"USD": AccountSums(usd("2"))}}
    (told_,) = [one for one in compared(PLAYS, of(), of(), known, sums).totals if one.what == "corrected"]
    assert [(reason.figures, reason.amount) for reason in told_.reasons] == [({"settlement": "s0", "month": "2026-09"}, "2")]


def test_a_statement_says_what_changed_and_its_sums_tie_with_the_account() -> None:
    settlement = everything.settled()
    statement = told(settlement)
    compared_ = statement.comparison
    assert compared_ is not None
    assert (compared_.since, compared_.first) == ("s0", False)
    now = sum(stored_amount(source.now) for source in compared_.sources)
    totals = {(one.what, one.currency): stored_amount(one.now) for one in compared_.totals}
    (dollars,) = [balance for balance in statement.balances if balance.currency == "USD"]
    assert now + totals["corrected", "USD"] == totals["earned", "USD"] == stored_amount(dollars.earned)
    for source in statement.sources:
        if source.amount != "0":
            assert source.amount in {change.now for change in compared_.sources if change.mechanism == source.mechanism}
    reasons = [*(one.reasons for one in compared_.sources), *(one.reasons for one in compared_.totals)]
    assert {reason.kind for told_ in reasons for reason in told_} >= {
        *("new", "once", "ended", "more", "rate", "whole", "part", "tier", "version", "corrected", "freed", "recouped")
    }
    assert "What changed since settlement s0, in USD" in settlement.text("statements/asa.html")
    rows = csv_of(statement)[0].decode().splitlines()
    assert sum(row.startswith("change,") for row in rows) == len(compared_.sources) + len(compared_.totals)


def test_the_first_statement_says_that_it_is_and_one_after_an_older_version_that_nothing_was_kept() -> None:
    known = {"asa": party(payout={"threshold": "1000"})}
    first = Settlement([line("asa", usd("1"))], known)
    assert statement_changes.FIRST in " ".join(statement_text.render(told(first)).split())
    balances = first.files["state/balances.ndjson"]
    (state,) = map(PartyState.decode, balances.splitlines())
    assert state.last
    state.last = None
    first.sink.contents["state/balances.ndjson"] = state.encode().replace(b'"format":4', b'"format":3') + b"\n"
    second = Settlement([line("asa", usd("1"), settlement_id="s2", month="2026-11")], known, settlement_id="s2", before=first)
    assert statement_changes.NOT_KEPT in " ".join(statement_text.render(told(second)).split())
    third = Settlement([line("asa", usd("1"), settlement_id="s3", month="2026-12")], known, settlement_id="s3", before=second)
    assert "What changed since settlement s2, in USD" in statement_text.render(told(third))


def many(count: int) -> LastStatement:
    sources = {SourceKey("USD", "direct_play", "songfox", "", f"d{n:04d}"): of(amount=Pico(n + 1)) for n in range(count)}
    return LastStatement("s0", "2026-09", sources, {"USD": AccountSums(Pico(1), Pico(2), Pico(3), "paid")})


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_state_keeps_the_largest_sources_of_a_statement(monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    assert last_statement.SOURCES_KEPT_MAX == 500
    monkeypatch.setattr(last_statement, "SOURCES_KEPT_MAX", 5)
    last = many(5 + over)
    again = LastStatement.decode(last.encode())
    assert len(again.sources) == min(5, 5 + over)
    assert again.sums == last.sums
    assert min(source.amount for source in again.sources.values()) == (2 if over == 1 else 1)


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_what_was_not_kept_is_not_said_to_have_been_nothing(over: int) -> None:
    """Of 501 sources one was forgotten: the next statement said that nothing had come from it, and less in all than the one before had."""
    before = many(last_statement.SOURCES_KEPT_MAX + over)
    kept, least = LastStatement.decode(before.encode()), min(before.sources.values(), key=lambda source: source.amount)
    new = SourceKey("USD", "direct_play", "songfox", "", "another")
    compared = compare(kept, LastStatement("s1", "2026-10", before.sources | {new: of()}, before.sums), NOTHING)
    is_whole = over < 0
    assert [one.reasons for one in compared.sources if one.deal_id == "another"] == ([[Reason("new", {})]] if is_whole else [])
    assert {one.difference for one in compared.sources if one.deal_id != "another"} == {"0"}
    assert (least.amount in {source.amount for source in kept.sources.values()}) is (over < 1)
    earned = [(one.before, one.now) for one in compared.totals if one.what == "earned"]
    was, more = before.sums["USD"].corrected + sum(source.amount for source in before.sources.values()), of().amount
    assert earned == ([(format_amount(Pico(was)), format_amount(Pico(was + more)))] if is_whole else [])


def test_each_source_is_explained_with_figures_that_tie_to_its_sum() -> None:
    text = " ".join(statement_text.render(told(everything.settled())).split())
    for words in (
        "Your share of the training fee: 2 of 35 works. Of the USD 100.00 that the deal owes for it you get 8%.",
        "150 plays credited in all, about USD 0.12 each.",
        "Your share of the USD 300.00 of revenue that is shared: 6.7%.",
        "Your share of the levy of USD 8,000.00: below 0.1%.",
        "STIM received USD 100.00 for you, keeps USD 10.00 as its fee and USD 5.00 for culture, and pays you USD 85.00",
    ):
        assert words in text, words


def test_a_recording_is_named_by_its_isrc_and_by_the_iswc_of_its_composition() -> None:
    settlement = everything.settled()
    statement = told(settlement)
    (song,) = {tuple(work.identifiers) for source in statement.sources for work in source.works if work.title == "Midnattssol"}
    assert song == ("iswc:T0345246801",)
    assert "ISRC w1, ISWC T-034.524.680-1, w1" in settlement.text("statements/asa.html")
    rows = [row for row in csv_of(statement)[0].decode().splitlines() if "Midnattssol" in row]
    assert rows
    assert all(row.endswith("w1,T0345246801") for row in rows if row.startswith("income"))


def test_levies_are_compared_with_levies_though_each_has_a_deal_of_its_own() -> None:
    found = told(everything.settled()).comparison
    assert found is not None
    (levy,) = [change for change in found.sources if change.mechanism == "levy"]
    assert (levy.before, levy.now, levy.reasons) == ("2", "2", [])


def test_corrections_told_one_by_one_have_a_limit() -> None:
    def corrections(count: int) -> list[Run]:
        return runs_of(owned(*[line("asa", usd("1"), month=f"20{n // 12:02d}-{n % 12 + 1:02d}", adjusts="s0") for n in range(count)]))

    sums = {"before": {"USD": AccountSums()}, "now": {"USD": AccountSums(usd("1"))}}
    for count, expected in ((12, 12), (13, 12)):
        found = compared(PLAYS, of(), of(), NOTHING._replace(runs=corrections(count)), sums)
        assert sum(reason.kind == "corrected" for one in found.totals for reason in one.reasons) == expected
