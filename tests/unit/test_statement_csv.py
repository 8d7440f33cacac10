"""A statement's JSON and CSV, which are joined by hand, are what `orjson` and the `csv` module make of the same values."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import orjson
from hypothesis import given
from hypothesis import strategies as st

from overtone.formats import statement_csv, statement_json, statement_lines
from overtone.formats.statement_lines import IncomeTexts
from overtone.lines import PARTY, Line, LineKey
from overtone.money import format_amount, format_share, stored_amount
from overtone.payout import words
from overtone.payout.earnings import SourceEarnings, SourceHead
from overtone.payout.money_in import WriteOff
from overtone.payout.movements import PaysOn
from overtone.payout.runs import LineTable, TablePart, runs_of
from overtone.payout.statement import Apart, IncomeLine, Source, Statement, WorkIncome
from overtone.scales import Pico
from overtone.settlement.entries import entry_of, line_of, other_names
from tests.unit import everything
from tests.unit.drafts import rows_of
from tests.unit.settled import Settlement, line, party, posted, usd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overtone.payout.runs import Run
    from overtone.settlement.entries import Entry

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]) | st.sampled_from('"\\\n\r\t,=@é\u2028'), max_size=5)
FEW = st.sampled_from(("", "w1", "w2", '"', "=1", "a,b", "isrc:SEABC2600001", "iswc:T0000000010")) | TEXTS
CALLED = st.lists(TEXTS.map(lambda text: f"iswc:{text.replace(' ', '')}") | st.just("isrc:w1"), max_size=2).map(" ".join)
"""What else a work is called: no name has a space."""
APART = st.just(("", "", "")) | st.tuples(TEXTS, TEXTS, TEXTS)
FIGURES = st.tuples(
    st.sampled_from((0, 10**9, -(10**9), 1_500_000_000)), st.sampled_from((0, 10**12, -(10**12), 7)), st.sampled_from((0, 5))
)


@st.composite
def entries(draw: st.DrawFn, party: str) -> Entry:
    """A line of a party's under one deal, whatever its texts."""
    month, side = draw(st.sampled_from(("2026-09", "2026-10"))), draw(st.sampled_from(("recording", "composition")))
    mechanism = draw(st.sampled_from(("per_output", "levy")))
    about = month, "d1", mechanism, "fox", "v1", draw(FEW), draw(FEW), side, PARTY, party, "", "", "EUR"
    key = LineKey(*about, *draw(APART))  # type: ignore[arg-type]
    return entry_of(party, Line("0123456789abcdef0123", key, draw(FEW), posted(*draw(FIGURES)), ""), draw(CALLED))


def head(heading: str, mechanism: str) -> SourceHead:
    return SourceHead(heading, mechanism, "fox", "v1", "d1", "EUR", heading, "", 3)


def slowly(about: SourceHead, amount: str, lines: Sequence[Entry]) -> Source:
    """The source as the objects that its JSON is read into, work by work."""
    works: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in lines:
        one = line_of(entry)
        works.setdefault((one.key.work_id, one.key.work_key, one.title), []).append(entry)
    totals = {name: Pico(sum(line_of(entry).posting.amount for entry in own)) for name, own in works.items()}
    told = []
    for name in sorted(works, key=lambda name: (-totals[name], name)):
        _, called = max((line_of(entry).key.usage_month, entry[-1]) for entry in works[name])
        own = list(map(income_line, works[name]))
        told.append(WorkIncome(*name, format_amount(totals[name]), own, other_names(called, name[1])))
    return Source(*about[:6], amount, told, *about[6:])


def income_line(entry: Entry) -> IncomeLine:
    one = line_of(entry)
    key, (quantity, amount, shadow) = one.key, one.posting
    detail = key.territory, key.use, key.service
    (counted,) = words.lines(key.mechanism, [quantity], [amount], key.currency)
    figures = format_share(quantity), format_amount(amount), format_amount(shadow)
    return IncomeLine(
        one.line_id, key.usage_month, key.side, *figures, words.detailed(counted, *detail), Apart(*detail) if any(detail) else None
    )


def by_mechanism(runs: Sequence[Run]) -> dict[str, list[Run]]:
    return {name: [run for run in runs if run.mechanism == name] for name in sorted({run.mechanism for run in runs})}


@given(st.lists(entries("asa"), min_size=1, max_size=6), st.lists(entries("bo"), max_size=3), TEXTS, TEXTS)
def test_income_is_written_as_its_objects_would_be_and_read_back(own: list[Entry], others: list[Entry], heading: str, name: str) -> None:
    table = statement_lines.with_texts(LineTable.of([*others, *own, *others]))
    middle, first, count = len(own) // 2, len(others), len(own)
    tables = statement_lines.with_texts(LineTable.of([*others, *own[: middle + 1]])), statement_lines.with_texts(LineTable.of(own[middle:]))
    parts = [TablePart(tables[0], first, first + middle), TablePart(tables[1], 0, count - middle)]
    ways = TablePart(table, first, first + count).runs, runs_of(own), TablePart.together(parts[not middle :]).runs
    for runs in map(by_mechanism, ways):
        drafts = [SourceEarnings(head(heading, mechanism), "7", theirs) for mechanism, theirs in runs.items()]
        sources = [slowly(one.head, "7", [entry for run in one.runs for entry in run.entries]) for one in drafts]
        written = statement_lines.written(drafts)
        assert written == IncomeTexts(orjson.dumps(sources).decode(), "".join(map(rows_of, sources)), len(own))
        about = "2026-10", "2026-10", "2026-11-05T00:00:00.000000Z", "asa", name
        statement = Statement(*about, [], sources, [], [], [], [], "ask")
        sealed = statement_json.encode(Statement(*about, [], [], [], [], [], [], "ask"), written)
        assert sealed == orjson.dumps(statement, option=orjson.OPT_SORT_KEYS)
        assert Statement.parse(sealed) == statement
        content, rows = statement_csv.render(statement, written)
        assert (content.decode(), rows) == (",".join(statement_csv.COLUMNS) + "\n" + written.csv, len(own))


def test_nothing_is_written_of_lines_that_are_nobodys() -> None:
    nobodys, somebodys = (entry_of(owner, line(owner, 1)) for owner in ("", "asa"))
    assert statement_lines.with_texts(LineTable.of([nobodys])).texts is None
    assert statement_lines.with_texts(LineTable.of([nobodys, somebodys])).texts is not None


def test_the_accounts_of_a_csv_come_to_what_stands_at_their_end() -> None:
    """What finance changed by hand and what a licensee will never pay were missing, so the rows did not add up to the closing."""
    first = Settlement([line("asa", usd("10"))], {"asa": party()}, pays_on=PaysOn(on_receipt=True))
    lost = Settlement(
        [line("asa", usd("3"), settlement_id="s2")], {"asa": party()}, settlement_id="s2", through="2026-11", before=first,
        facts=[WriteOff("w-1", 1, "bankrupt")], pays_on=PaysOn(on_receipt=True),
    )  # fmt: skip
    for settlement in (everything.settled(), lost):
        rows = list(csv.DictReader(io.StringIO(settlement.text("statements/asa.csv"))))
        for currency in {row["currency"] for row in rows if row["section"] == "account"}:
            own = {row["item"]: stored_amount(row["amount"]) for row in rows if (row["section"], row["currency"]) == ("account", currency)}
            came = own["opening"] + own["earned"] + own["converted"] + own["returned"] + own["adjusted"] - own["written_off"]
            assert came - own["recouped"] - own["withheld"] - own["paid"] == own["closing"]


def test_a_csv_has_all_that_a_statement_rounds_for_reading() -> None:
    settlement = everything.settled()
    statement = Statement.parse(settlement.files["statements/asa.json"])
    rows = [(row["section"], row["item"], row["amount"]) for row in csv.DictReader(io.StringIO(settlement.text("statements/asa.csv")))]
    told = [("by_hand", one.adjustment_id, one.amount) for one in statement.by_hand]
    waits = [(one.licensee, stored_amount(one.amount) - stored_amount(one.paid)) for one in statement.waiting]
    told += [("not_collected", licensee, format_amount(Pico(left))) for licensee, left in waits]
    told += [("year_to_date", name, getattr(one, name)) for one in statement.year_to_date for name in ("earned", "paid", "withheld")]
    told += [("account", "uncollected", balance.uncollected) for balance in statement.balances]
    assert len(told) >= 8
    assert [one for one in told if one not in rows] == []
