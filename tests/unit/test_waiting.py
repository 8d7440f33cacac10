"""Whose the waiting money would be: by reason, from the work as it stood, and the sums that statements tell."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from overtone.formats import statement_html, statement_layout, statement_suspense, statement_text, tongue
from overtone.lines import SUSPENSE, Line, SuspenseReason
from overtone.money import format_amount
from overtone.payout import suspense_claims, words
from overtone.payout.statement import Statement
from overtone.payout.suspense import SuspenseStanding
from overtone.payout.suspense_claims import WaitingSum, WaitingSums, holders_of
from overtone.rights.registry import Work
from overtone.rights.versions import Entity, Version
from overtone.scales import Pico
from overtone.settlement.holds import Hold, StandingHold
from tests.unit.drafts import csv_of
from tests.unit.settled import CUTOFF, Settlement, line, party, usd

HALVES = {"ann": "0.5", "bob": "0.5"}


def work(shares: Mapping[str, str], title: str = "Song", **says: Any) -> Work:
    owners = [{"party": party_id, "share": share} for party_id, share in shares.items()]
    return Work.model_validate({"title": title, "kind": "recording", "shares": owners} | says)


def registered(**works: Work) -> suspense_claims.WorkLookup:
    known = {name: Entity(name, "ann", (Version(1, "0001-01-01", "2026-09-01T00:00:00Z", "ann", one),)) for name, one in works.items()}

    def lookup(ids: Collection[str]) -> Mapping[str, Entity[Work]]:
        return {name: known[name] for name in ids if name in known}

    return lookup


def waits(amount: str, reason: SuspenseReason, name: str = "w1", **says: Any) -> Line:
    return line("", usd(amount), account=SUSPENSE, reason=reason, work=name, title=name.title(), **says)


def standing(entry: Line, since: str = "s0") -> SuspenseStanding:
    return SuspenseStanding(entry.key, entry.title, entry.posting, since, entry.posting.amount)


def told(entries: Collection[Line], lookup: suspense_claims.WorkLookup) -> list[WaitingSum]:
    sums = WaitingSums(lookup, CUTOFF)
    for entry in sorted(entries, key=lambda one: one.key):
        sums.add(standing(entry))
    return sums.sums()


@pytest.mark.parametrize(
    ("reason", "says", "expected"),
    [
        ("denied_use", {}, {"ann": 5, "bob": 3, "": 2}),
        ("fraud_hold", {}, {"ann": 5, "bob": 3}),
        ("disputed", {"disputed": True}, {"ann": 5, "bob": 3, "": 2}),
        ("disputed", {"contested": [{"party": "ann", "share": "0.1"}]}, {"ann": 1}),
        ("denied_use", {"contested": [{"party": "ann", "share": "0.1"}]}, {"ann": 4, "bob": 3, "": 2}),
        ("disputed", {}, {"ann": 5, "bob": 3, "": 2}),
        ("unclaimed_share", {}, {}),
        ("unregistered", {}, {}),
        ("unattributed", {}, {}),
    ],
)
def test_who_would_get_what_waits(reason: SuspenseReason, says: dict[str, Any], expected: dict[str, int]) -> None:
    found = holders_of(work({"ann": "0.5", "bob": "0.3"}, **says), reason, "")
    assert {name: weight // 10**8 for name, weight in found.items()} == expected


def test_claims_beyond_the_whole_wait_in_their_proportion() -> None:
    found = holders_of(work({"ann": "0.9", "bob": "0.9"}), "disputed", "")
    assert found["ann"] == found["bob"]


def test_where_the_territory_is_kept_apart_its_own_holders_count() -> None:
    shares = [{"party": "ann", "share": "1", "territories": ["SE"]}, {"party": "bob", "share": "1", "not_in": ["SE"]}]
    song = Work.model_validate({"title": "Song", "kind": "recording", "shares": shares})
    assert (set(holders_of(song, "denied_use", "SE")), set(holders_of(song, "denied_use", "US"))) == ({"ann"}, {"bob"})
    assert set(holders_of(song, "denied_use", "")) == {"ann", "bob"}


def test_sums_are_by_holder_reason_and_currency_and_exact() -> None:
    entries = [
        waits("1", "denied_use", month="2026-09"),
        waits("0.000000000001", "denied_use"),
        waits("3", "denied_use", currency="EUR"),
        waits("4", "disputed", "w2"),
        waits("9", "unclaimed_share"),
        waits("9", "denied_use", "nobody-knows"),
    ]
    found = told(entries, registered(w1=work(HALVES), w2=work({"bob": "1"}, disputed=True)))
    assert [(s.party_id, s.reason, s.currency, format_amount(s.amount), s.first_month, s.works) for s in found] == [
        ("ann", "denied_use", "EUR", "1.5", "2026-10", ("W1",)),
        ("ann", "denied_use", "USD", "0.500000000001", "2026-09", ("W1",)),
        ("bob", "denied_use", "EUR", "1.5", "2026-10", ("W1",)),
        ("bob", "denied_use", "USD", "0.5", "2026-09", ("W1",)),
        ("bob", "disputed", "USD", "4", "2026-10", ("W2",)),
    ]


@pytest.mark.parametrize(("works", "others"), [(suspense_claims.WORKS_NAMED_MAX, 0), (suspense_claims.WORKS_NAMED_MAX + 1, 1)])
def test_so_many_works_are_named(works: int, others: int) -> None:
    names = [f"w{number}" for number in range(works)]
    (only,) = told([waits("1", "denied_use", name) for name in names], registered(**{name: work({"ann": "1"}) for name in names}))
    assert (only.amount, len(only.works), only.more) == (usd(str(works)), suspense_claims.WORKS_NAMED_MAX, bool(others))


@pytest.mark.parametrize(("limit", "left_out"), [(2, set()), (1, {"bob"})])
def test_beyond_so_many_sums_who_is_left_out_is_named(monkeypatch: pytest.MonkeyPatch, limit: int, left_out: set[str]) -> None:
    monkeypatch.setattr(suspense_claims, "SUMS_MAX", limit)
    settlement = Settlement([waits("1", "denied_use")], {}, works=registered(w1=work(HALVES)))
    assert {file.name for file in settlement.emission.left_out.unrendered} == {f"statements/{name}.json" for name in left_out}
    assert {name for name in settlement.files if name.endswith(".json") and name.startswith("statements/")} == {
        f"statements/{name}.json" for name in {"ann", "bob"} - left_out
    }


def test_works_are_looked_up_in_lots_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspense_claims, "LOT", 2)
    asked: list[list[str]] = []
    names = ["w1", "w2", "w3"]

    def lookup(ids: Collection[str]) -> Mapping[str, Entity[Work]]:
        asked.append(list(ids))
        return registered(**{name: work({"ann": "1"}) for name in names})(ids)

    entries = [waits("1", "denied_use", name, month=month) for month in ("2026-09", "2026-10") for name in names]
    (only,) = told(entries, lookup)
    assert (asked, only.amount) == ([["w1", "w2"], ["w3"]], usd("6"))


def test_a_statement_tells_what_waits_why_since_when_and_what_lets_it_go() -> None:
    lookup, people = registered(w1=work(HALVES), w2=work({"ann": "1"}, disputed=True)), {"ann": party("Ann")}
    first = Settlement([waits("10", "denied_use"), waits("4", "disputed", "w2")], people, works=lookup)
    statement = Statement.parse(first.files["statements/ann.json"])
    assert [(one.reason, one.currency, one.amount, one.change, one.since, one.works) for one in statement.suspended] == [
        ("denied_use", "USD", "5", "5", "s1", ["W1"]),
        ("disputed", "USD", "4", "4", "s1", ["W2"]),
    ]
    (section,) = [section for section in statement_layout.sections(statement) if section.heading == statement_suspense.SUSPENDED]
    why, remedy = words.suspended("denied_use")
    assert next(section.rows).cells == (why, "W1", "Oct 2026, settlement s1", remedy, "USD 5.00")
    for drawn in (statement_text.render(statement), statement_html.render(statement)):
        assert statement_suspense.SUSPENDED in drawn
    rows = csv_of(statement)[0].decode()
    assert "suspended,denied_use,2026-10,,W1,,,5,,USD" in rows


def test_what_stands_unchanged_makes_no_statement_and_stands_on_the_next_one() -> None:
    lookup, people = registered(w1=work({"ann": "1"})), {"ann": party("Ann")}
    first = Settlement([waits("10", "denied_use")], people, works=lookup)
    still = Settlement([], people, settlement_id="s2", before=first, works=lookup)
    assert "statements/ann.json" not in still.files
    earned = Settlement([line("ann", usd("1"), settlement_id="s2", work="w9")], people, settlement_id="s2", before=first, works=lookup)
    (stands,) = Statement.parse(earned.files["statements/ann.json"]).suspended
    assert (stands.since, stands.amount, stands.change) == ("s1", "10", "0")
    allowed = [waits("-10", "denied_use"), line("ann", usd("10"), settlement_id="s2")]
    freed = Settlement(allowed, people, settlement_id="s2", before=first, works=lookup)
    assert Statement.parse(freed.files["statements/ann.json"]).suspended == []


def test_a_part_of_what_stands_is_exact_over_corrections() -> None:
    lookup = registered(w1=work({"ann": "0.5", "bob": "0.5"}))
    first = Settlement([waits("10", "denied_use")], {}, works=lookup)
    second = Settlement([waits("-4", "denied_use")], {}, settlement_id="s2", before=first, works=lookup)
    (stands,) = Statement.parse(second.files["statements/bob.json"]).suspended
    assert (stands.amount, stands.change, stands.since) == ("3", "-2", "s1")
    assert Pico(usd(stands.amount)) == usd("3")


def test_a_statement_names_the_holds_under_which_money_waits_in_the_reader_s_language() -> None:
    def hold(name: str, **named: Any) -> StandingHold:
        return StandingHold(
            name, "2026-11-02", Hold.of({"months": ["2026-10"]} | named), frozenset({"isrc:a"}), frozenset({"isrc:a", "isrc:b"})
        )

    standing = [
        hold("h1", work="w1"),
        hold("h2", licensee="fox", reporter="gnu"),
        hold("h3", subject="output:o"),
        hold("h4", months=["2026-09"]),
        hold("h5", work="w9"),
    ]
    assert [one.hold_id for one in standing if one.holds("2026-10", "fox", "isrc:b", "w1")] == ["h1", "h3"]
    assert [one.hold_id for one in standing if one.holds("2026-10", "fox", "isrc:a", "")] == ["h1", "h3", "h5"]
    works = registered(w1=work({"ann": "1"}))
    settlement = Settlement([waits("4", "fraud_hold"), waits("1", "denied_use")], {}, works=works, holds=lambda: [hold("h1", work="w1")])
    statement = Statement.parse(settlement.files["statements/ann.json"])
    assert {one.reason: [held.hold_id for held in one.holds] for one in statement.suspended} == {"denied_use": [], "fraud_hold": ["h1"]}
    for language, said in {
        "en": "hold h1, placed by finance on 2 November 2026",
        "sv": "spärr h1, satt av ekonomi den 2 november 2026",
    }.items():
        (section,) = statement_suspense.suspended(statement, tongue.of(language))
        assert said in " ".join(row.cells[0] for row in section.rows)


@pytest.mark.parametrize("number", [suspense_claims.HOLDS_NAMED_MAX, suspense_claims.HOLDS_NAMED_MAX + 1])
def test_so_many_holds_are_named(number: int) -> None:
    holds = [StandingHold(f"h{n}", "2026-11-02", Hold.of({"months": ["2026-10"], "work": "w1"})) for n in range(number)]
    sums = WaitingSums(registered(w1=work({"ann": "1"})), CUTOFF, lambda: holds)
    sums.add(standing(waits("1", "fraud_hold")))
    (only,) = sums.sums()
    assert len(only.holds) == suspense_claims.HOLDS_NAMED_MAX
