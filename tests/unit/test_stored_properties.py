"""What is kept for years comes back as it was, whatever it says: a property of every stored form, drawn at random.

`stored_forms` lists the forms, and a form that is listed there and drawn by nothing here fails.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.facts import accrual_object, accrual_pages, pages, segment_list, sheets
from overtone.facts.accrual_object import PagePlace
from overtone.facts.rows import AccrualRow, TrainingEntry
from overtone.facts.sketches import Sketch
from overtone.lines import Line, LineKey, Posting, line_id
from overtone.mechanisms.totals import Pool, TotalKey, Totals
from overtone.money import PICO
from overtone.payout.accounts import Lot, PartyState, Uncollected
from overtone.payout.advances import Advance, AdvanceEvent
from overtone.payout.last_statement import AccountSums, LastStatement, SourceKey, SourceSum
from overtone.payout.money_in import Collection, Debtor
from overtone.payout.receivables import Billing, Receivables
from overtone.payout.suspense import SuspenseStanding
from overtone.payout.year import YearSums, YearToDate
from overtone.scales import ZERO_PICO, Pico
from overtone.scenarios import outcome
from overtone.scenarios.comparison import Comparison
from overtone.scenarios.viewer import Viewer
from overtone.settlement import part_file
from overtone.settlement.books import BookEntry
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import line_of
from overtone.settlement.line_columns import PostedLines
from overtone.settlement.plan import MonthPlan, Plan, RunHeader
from overtone.stores import books, older_accruals
from tests.stored_accruals import encode_index
from tests.unit import drawn_losses, drawn_segments
from tests.unit.stored_forms import FORMS
from tests.unit.stored_pages import DAY, TRAINING, USAGE, heard, rows_of_segment, told
from tests.unit.test_accrual_pages import usage_rows
from tests.unit.usage_strategies import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from overtone.facts.usage import Records

NAME = st.text(st.sampled_from('ab|#:"\\é\u2028'), max_size=6)
CURRENCY = st.sampled_from(["EUR", "USD", "JPY"])
AMOUNT = st.integers(-(10**30), 10**30)
COUNT = st.integers(0, 2**53)
KEY = st.builds(LineKey, *[NAME] * len(LineKey._fields))
POSTING = st.builds(Posting, AMOUNT, AMOUNT, AMOUNT)
TOTAL = st.builds(TotalKey, NAME, NAME, st.integers(0, 9), NAME, NAME, NAME, NAME)
SUMS = st.dictionaries(TOTAL, AMOUNT, max_size=4)
PLACE = st.builds(PagePlace, st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1), st.binary(min_size=8, max_size=8))
WRITTEN = st.dictionaries(PLACE, st.integers(0, 2**32 - 1), max_size=3)


class Kept(NamedTuple):
    """A form's values, how one is written, and how it is read."""

    drawn: st.SearchStrategy[Any]
    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]


# --- state files


EVENTS = st.lists(st.builds(AdvanceEvent, NAME, NAME, AMOUNT, AMOUNT), max_size=3)
ADVANCES = st.lists(st.builds(Advance, NAME, NAME, CURRENCY, AMOUNT, AMOUNT, AMOUNT, EVENTS, NAME), max_size=3)
SOURCES = st.dictionaries(
    st.builds(SourceKey, CURRENCY, NAME, NAME, NAME, NAME),
    st.builds(SourceSum, NAME, AMOUNT, AMOUNT, COUNT, AMOUNT, COUNT, COUNT, COUNT),
    max_size=3,
)
STATE = st.builds(
    PartyState,
    party_id=NAME,
    balances=st.dictionaries(CURRENCY, AMOUNT),
    lots=st.lists(st.builds(Lot, NAME, NAME, CURRENCY, AMOUNT, COUNT, AMOUNT), max_size=3),
    advances=ADVANCES.map(lambda found: {(one.deal_id, one.currency): one for one in found}),
    waiting=st.booleans(),
    uncollected=st.lists(st.builds(Uncollected, NAME, NAME, CURRENCY, AMOUNT, AMOUNT, AMOUNT), max_size=3),
    refused=st.dictionaries(NAME, NAME, max_size=2),
    year=st.none() | st.builds(YearToDate, NAME, NAME, st.dictionaries(CURRENCY, st.builds(YearSums, AMOUNT, AMOUNT, AMOUNT))),
    self_billed=COUNT,
    losses=drawn_losses.LOSSES,
    last=st.none()
    | st.builds(LastStatement, NAME, NAME, SOURCES, st.dictionaries(CURRENCY, st.builds(AccountSums, AMOUNT, AMOUNT, AMOUNT, NAME))),
)
MOVES = st.lists(st.tuples(st.booleans(), st.sampled_from(["ann", "bo"]), CURRENCY, st.integers(1, 10**6)), max_size=6)


def _accounts(moves: list[tuple[bool, str, str, int]]) -> Receivables:
    """Of documents and money as they came."""
    found = Receivables()
    for number, (billed, name, currency, cents) in enumerate(moves):
        amount = Pico(cents * PICO // 100)
        if billed:
            found.bill(Debtor(name, currency), amount, amount, Billing(f"s{number}", "2026-11-10"))
        else:
            found.collect(Collection(f"c{number}", name, currency, amount, "2026-11-20", ()))
    return found


def _lines(texts: Any) -> bytes:
    return b"".join(text if text.endswith(b"\n") else text + b"\n" for text in texts)


# --- books, parts, plans


PURSES = st.lists(st.tuples(NAME, NAME, st.integers(0, 9), NAME, AMOUNT.map(str)).map(list), max_size=2)
BOOK = st.fixed_dictionaries(
    {"settled_by": NAME, "parts": st.dictionaries(NAME, NAME, max_size=2)},
    optional={"waiting": st.lists(NAME, max_size=2), "carried": PURSES, "residue": PURSES},
)
BREACH = st.builds(Breach, *[NAME] * Breach._fields.index("quantity"), AMOUNT, AMOUNT, AMOUNT, NAME, NAME)
PART = st.tuples(
    SUMS, st.lists(BREACH, max_size=2), st.lists(st.tuples(KEY, NAME, POSTING, NAME), max_size=4, unique_by=lambda one: one[0])
)
PLAN = st.builds(
    Plan,
    settlement_id=NAME,
    attempt=COUNT,
    preview=st.booleans(),
    through=NAME,
    cutoff=NAME,
    previous=st.none() | st.tuples(NAME, NAME),
    waivers=st.lists(st.dictionaries(NAME, NAME, max_size=2), max_size=2),
    buckets=COUNT,
    runs=st.lists(st.builds(RunHeader, NAME, NAME, NAME, NAME, COUNT), max_size=2),
    months=st.lists(
        st.builds(
            MonthPlan, NAME, st.none() | st.dictionaries(NAME, st.lists(NAME, max_size=2), max_size=2), NAME, st.dictionaries(NAME, NAME)
        ),
        max_size=2,
    ),
    rates=st.lists(st.lists(NAME, min_size=4, max_size=4), max_size=2),
    quarantined=st.lists(st.dictionaries(NAME, NAME, max_size=2), max_size=2),
    code=NAME,
    waiting=st.lists(st.lists(NAME, min_size=2, max_size=2), max_size=2),
    change=st.lists(st.dictionaries(NAME, NAME, max_size=2), max_size=2),
)


def _part(drawn: tuple[dict[TotalKey, int], list[Breach], list[tuple[LineKey, str, Posting, str]]]) -> bytes:
    pools, breaches, lines = drawn
    return _lines(part_file.encode(pools, breaches, PostedLines.of(Line(line_id("s", one[0]), *one) for one in lines)))


def _part_of(body: bytes) -> object:
    part = part_file.decode(iter(body.splitlines(keepends=True)))
    lines = {line.key: line for block in part.blocks for line in map(line_of, block)}
    assert all(line.line_id == line_id("s", key) for key, line in lines.items())
    return part.pools_paid, part.breaches, sorted((key, *line[2:]) for key, line in lines.items())


def _totals(drawn: tuple[dict[TotalKey, int], dict[TotalKey, int], list[Pool]]) -> bytes:
    found = Totals()
    found.sums, found.notes = drawn[:2]
    for pool in drawn[2]:
        found.open_pool(pool)
    return orjson.dumps(found.to_json())


def _totals_of(body: bytes) -> object:
    found = Totals.from_json(json.loads(body))
    return found.sums, found.notes, list(found.pools.values())


def _outcome(payees: dict[tuple[str, ...], list[Pico]]) -> bytes:
    found = Comparison(Viewer())
    found.sums["payees"] = dict(payees)
    for currency in {name[0] for name in payees}:
        whole = [Pico(sum(pair[world] for name, pair in payees.items() if name[0] == currency)) for world in (0, 1)]
        found.sums["owed"][currency, "fox", "deal", "per_output"] = whole
        found.sums["accounts"][currency, "party", ""] = whole
    return orjson.dumps(outcome.document({"what_if_id": "w"}, found, lambda ids: {name: name for name in ids}))


def _outcome_of(body: bytes) -> object:
    return {
        (one["currency"], payee["payee"]): [int(Fraction(payee[world]) * PICO) for world in ("before", "after")]
        for one in json.loads(body)["currencies"]
        for payee in one["payees"]
    }


# --- pages


def _page(made: accrual_pages.BucketPages) -> bytes:
    ((page,),) = made.values()
    return page


def _trained(weights: dict[str, int]) -> bytes:
    rows = [
        AccrualRow(work, TRAINING, "fox", "run1", (TrainingEntry("2026-09-01", "m1|rc", "run1", weights[work]),))
        for work in sorted(weights)
    ]
    return _page(accrual_pages.training_pages(rows, 1))


def _index_of(body: bytes) -> object:
    return older_accruals.decode_index({name: bytes.fromhex(text) for name, text in json.loads(body).items()})


def _assembled(found: dict[PagePlace, int], page: bytes) -> tuple[bytes, accrual_object.PageDirectory]:
    return accrual_object.assemble(dict.fromkeys(found, page), found)


def _sheet(rows: list[dict[str, Any]]) -> Records:
    return sheets.check(sheets.read_rows(rows), "fox", DAY).records


KEPT: dict[str, Kept] = {
    "balances.ndjson": Kept(STATE, PartyState.encode, PartyState.decode),
    "receivables.ndjson": Kept(
        MOVES.map(_accounts), lambda found: _lines(found.encode()), lambda body: Receivables.decode(body.splitlines())
    ),
    "suspense.ndjson": Kept(
        st.builds(SuspenseStanding, KEY, NAME, POSTING, NAME, st.just(ZERO_PICO)), SuspenseStanding.encode, SuspenseStanding.decode
    ),
    "books.json": Kept(
        st.dictionaries(NAME, BOOK, max_size=3),
        lambda found: orjson.dumps(books.encode(found)),
        lambda body: books.decode(json.loads(body)),
    ),
    "book.ndjson": Kept(st.builds(BookEntry, KEY, POSTING, NAME), BookEntry.encode, BookEntry.decode),
    "totals.json": Kept(
        st.tuples(SUMS, SUMS, st.lists(st.builds(Pool, TOTAL, NAME, AMOUNT, TOTAL, NAME), max_size=3, unique_by=lambda pool: pool.name)),
        _totals,
        _totals_of,
    ),
    "part.ndjson": Kept(PART, _part, _part_of),
    "plan.json": Kept(PLAN, lambda found: orjson.dumps(found.to_json()), lambda body: Plan.from_json(json.loads(body))),
    "outcome.json": Kept(
        st.dictionaries(
            st.tuples(CURRENCY, st.sampled_from(["ann", "bo"])), st.lists(AMOUNT, min_size=2, max_size=2).filter(any), min_size=1
        ),
        _outcome,
        _outcome_of,
    ),
    "accrual-page.bin": Kept(
        usage_rows(),
        lambda rows: _page(accrual_pages.usage_pages([row._replace(partition=USAGE) for row in rows], 1)),
        lambda body: list(accrual_pages.rows_of(USAGE, [body])),
    ),
    "training-page.bin": Kept(
        st.dictionaries(NAME.map("work:{}".format), st.integers(0, 10**18), min_size=1, max_size=4),
        _trained,
        lambda body: {row.work_key: sum(entry[-1] for entry in row.entries) for row in accrual_pages.rows_of(TRAINING, [body])},
    ),
    "page-index.json": Kept(
        st.tuples(WRITTEN, st.sets(PLACE, max_size=3)),
        lambda found: orjson.dumps({name: packed.hex() for name, packed in encode_index(*found).items()}),
        _index_of,
    ),
    "accrual-object.bin": Kept(WRITTEN, lambda found: _assembled(found, b"")[0], accrual_object.index_of),
    "accrual-directory.json": Kept(WRITTEN, lambda found: told(_assembled(found, b"page")[1]), lambda body: list(heard(body).places())),
    "output-segment.bin": Kept(drawn_segments.ROWS, drawn_segments.body, rows_of_segment),
    "segment-list.bin": Kept(drawn_segments.LISTS, segment_list.SegmentList.encode, segment_list.decoded),
    "usage-page.bin": Kept(st.lists(records(), min_size=1, max_size=8).map(_sheet), pages.encode, lambda body: pages.decode(body, DAY)),
    "sketch.bin": Kept(st.lists(NAME).map(Sketch.of), Sketch.encode, Sketch.decode),
}
AS_SAID: dict[str, Callable[[Any], object]] = {
    "accrual-directory.json": lambda found: [place[:2] for place in sorted(found)],
    "receivables.ndjson": lambda found: (found.last_number, found.accounts),
    "part.ndjson": lambda found: (found[0], found[1], sorted(found[2])),
    "usage-page.bin": lambda found: [found.to_json(row) for row in range(len(found.record_id))],
}
"""What of a value its form keeps, where that is not all of it."""


def _whole(value: object) -> object:
    return value


def test_every_stored_form_is_drawn() -> None:
    assert KEPT.keys() == {form.file for form in FORMS}


@pytest.mark.parametrize("name", sorted(KEPT))
@given(st.data())
def test_what_is_kept_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    kept, said = KEPT[name], AS_SAID.get(name, _whole)
    value = data.draw(kept.drawn)
    body = kept.write(value)
    assert body == kept.write(value), "the same twice"
    assert said(kept.read(body)) == said(value)
