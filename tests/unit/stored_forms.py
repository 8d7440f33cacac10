"""What the code keeps for years in a form that only a format's number tells: how each is written today, and what its samples say.

A sample of each format lies in `tests/samples/format-N/`. Whoever gives a form a new format writes its sample, with the code that
writes it: `python -m tests.unit.stored_forms` adds those that are missing, and never changes one that is there.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from overtone.facts import accrual_object, accrual_pages, columns, pages, segment_list, segments
from overtone.facts.sketches import Sketch, fingerprint
from overtone.lines import SUSPENSE, ForeignReason, Line, LineKey
from overtone.mechanisms import older_totals, totals
from overtone.payout import accounts, receivables, suspense
from overtone.payout.accounts import PartyState, Uncollected
from overtone.payout.last_statement import AccountSums, LastStatement, SourceKey, SourceSum
from overtone.payout.money_in import Collection, Debtor
from overtone.payout.receivables import Billing, Receivables
from overtone.payout.suspense import SuspenseStanding
from overtone.payout.year import YearSums, YearToDate
from overtone.scales import ZERO_PICO, Nano, Pico
from overtone.scenarios import outcome
from overtone.scenarios.comparison import Comparison
from overtone.scenarios.viewer import Viewer
from overtone.settlement import part_file, plan
from overtone.settlement.books import BookEntry
from overtone.settlement.line_columns import PostedLines
from overtone.settlement.plan import MonthPlan, Plan, RunHeader
from overtone.stores import books, older_accruals
from tests.stored_accruals import encode_index
from tests.unit import stored_pages as kept
from tests.unit.settled import posted

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


SAMPLES = Path(__file__).parent.parent / "samples"


class Form(NamedTuple):
    """A form: the module whose `FORMAT` counts it, the file of its samples, how it is written today, and what samples say.

    `says` reads a sample of any format and gives what stands in all of them.
    """

    module: ModuleType
    file: str
    write: Callable[[], bytes]
    says: Callable[[bytes], object]
    expected: object

    def sample(self, number: int) -> Path:
        return SAMPLES / f"format-{number}" / self.file


def _lines(texts: Any) -> bytes:
    return b"".join(text if text.endswith(b"\n") else text + b"\n" for text in texts)


# --- state files


def _balances() -> bytes:
    asa, bo = map(PartyState.decode, (SAMPLES / "format-2" / "balances.ndjson").read_bytes().splitlines())
    asa.uncollected = [replace(asa.uncollected[0], kept=Pico(2)), Uncollected("s2", "fox", "EUR", Pico(5))]
    asa.year, asa.self_billed = YearToDate("2026", "s1", {"USD": YearSums(Pico(9), Pico(4), Pico(1))}), 3
    plays = SourceSum("Songfox Inc", Pico(7), Nano(3), works=2, whole=Pico(9), version=1, tier=2, months=1)
    sums = {"USD": AccountSums(Pico(-1), Pico(4), Pico(5), "paid")}
    asa.last = LastStatement("s1", "2026-09", {SourceKey("USD", "direct_play", "songfox", "", "d1"): plays}, sums)
    return _lines((asa.encode(), bo.encode()))


def _balances_say(body: bytes) -> object:
    states = list(map(PartyState.decode, body.splitlines()))
    return [(one.party_id, one.waiting, one.balances, [debt.released for debt in one.uncollected][:1], one.refused) for one in states]


def _receivables() -> bytes:
    found, debtor = Receivables(), Debtor("songfox", "USD")
    found.heard = 3
    found.bill(debtor, Pico(9_950_000_000_000), Pico(9_950_000_000_000), Billing("s1", "2026-11-10"))
    found.bill(debtor, Pico(2 * 10**12), Pico(5 * 10**12), Billing("s2", "2026-12-10", kind="late_interest"))
    found.collect(Collection("c1", "songfox", "USD", Pico(4 * 10**12), "2026-11-20", ()))
    return _lines(found.encode())


def _receivables_say(body: bytes) -> object:
    found = Receivables.decode(body.splitlines())
    return found.heard, [(one.name, one.settlement_id, one.due_on, one.gross, one.positive, one.open) for one in found.invoices()]


WAITS = LineKey(
    "2026-10", "deal", "per_output", "fox", "m1|rc", "work:song", "song", "recording", SUSPENSE, "", "", "unclaimed_share", "USD"
)

APART = WAITS._replace(territory="SE", use="stream", reason="disputed")

OLD = LineKey("2025-03", "opened-1", "opening", "", "", "", "song", "", SUSPENSE, "", "", ForeignReason("black_box"), "EUR")

STANDING = [
    SuspenseStanding(OLD, "Old", posted(0, 7, 0), "s0", ZERO_PICO),
    SuspenseStanding(WAITS, "Song", posted(10**9, 2 * 10**12, 0), "s1", ZERO_PICO),
    SuspenseStanding(APART, "Song", posted(5, -3, 0), "s1", ZERO_PICO),
]


def _index() -> bytes:
    found = books.decode(json.loads((SAMPLES / "format-2" / "books.json").read_bytes()))
    return orjson.dumps(books.encode(found), option=orjson.OPT_SORT_KEYS) + b"\n"


def _index_says(body: bytes) -> object:
    found = books.decode(json.loads(body))
    standing = books.standing(found)
    return sorted((month, one["settled_by"], one["parts"]) for month, one in found.items()), dict(standing.of("2026-12"))


# --- working objects that are read again for explanations


BOOKED = BookEntry(WAITS, posted(10**9, 2 * 10**12, 0), "s1")


def _totals() -> bytes:
    found = older_totals.totals(json.loads((SAMPLES / "format-1" / "totals.json").read_bytes()))
    return orjson.dumps(found.to_json()) + b"\n"


def _totals_say(body: bytes) -> object:
    found = older_totals.totals(json.loads(body))
    return sorted(found.sums.items()), sorted(found.notes.items()), sorted(found.pools.values())


def _part() -> bytes:
    texts = (SAMPLES / "format-2" / "part.ndjson").read_bytes().splitlines(keepends=True)
    head = part_file.decode(iter(texts))
    return _lines(
        part_file.encode(
            head.pools_paid, head.breaches, PostedLines.of(_lines_of(texts)), {"song": ["isrc:SEABC2600001", "iswc:T0345246801"]}
        )
    )


def _lines_of(texts: list[bytes]) -> list[Line]:
    """The lines of a part, each once."""
    names = {cell for text in texts[1:] for cell in re.findall(r'"([0-9a-f]{20})"', text.decode())}
    return [found for name in sorted(names) if (found := part_file.find(name, iter(texts)))]


def _part_says(body: bytes) -> object:
    lines = _lines_of(body.splitlines(keepends=True))
    return {(one.key.party_id, one.posting.amount) for one in lines if one.key.party_id == "ann"}


PLAN = Plan(
    settlement_id="s2",
    attempt=1,
    preview=False,
    through="2026-11",
    cutoff="2026-12-04T03:00:00.000000Z",
    previous=("s1", "ab" * 32),
    waivers=[{"reporter": "fox", "month": "2026-11", "reason": "late"}],
    buckets=4,
    runs=[RunHeader("2026-09-01", "fox", "run1", "m1|rc")],
    months=[MonthPlan("2026-10", {"0001": ["work:song"]}, "s1", {"0001": "s1"}), MonthPlan("2026-11", None, "", {})],
    rates=[["USD", "EUR", "0.9", "ecb"]],
    code="0.1",
    waiting=[["2026-11", "hare"]],
)


def _outcome() -> bytes:
    found = Comparison(Viewer())
    found.sums["payees"] = {("USD", "ann"): [Pico(10**12), Pico(3 * 10**12)]}
    found.sums["owed"] = {("USD", "fox", "deal", "per_output"): [Pico(10**12), Pico(3 * 10**12)]}
    found.sums["accounts"] = {("USD", "party", ""): [Pico(10**12), Pico(3 * 10**12)]}
    return orjson.dumps(outcome.document({"what_if_id": "w"}, found, lambda ids: {name: name.title() for name in ids})) + b"\n"


def _outcome_says(body: bytes) -> object:
    (found,) = json.loads(body)["currencies"]
    return found["currency"], [(one["payee"], one["before"], one["after"]) for one in found["payees"]]


FORMS = [
    Form(
        accounts,
        "balances.ndjson",
        _balances,
        _balances_say,
        [
            ("asa", True, {"EUR": -3, "USD": 5 * 10**12}, [3], {"0123456789abcdef": "AC04"}),
            ("bo", False, {"USD": 7}, [], {}),
        ],
    ),
    Form(
        receivables,
        "receivables.ndjson",
        _receivables,
        _receivables_say,
        (
            3,
            [
                ("00000001", "s1", "2026-12-10", 9_950_000_000_000, 9_950_000_000_000, 5_950_000_000_000),
                ("00000002", "s2", "2027-01-09", 2 * 10**12, 5 * 10**12, 2 * 10**12),
            ],
        ),
    ),
    Form(
        suspense,
        "suspense.ndjson",
        lambda: _lines(one.encode() for one in STANDING),
        lambda body: list(map(SuspenseStanding.decode, body.splitlines())),
        STANDING,
    ),
    Form(
        books,
        "books.json",
        _index,
        _index_says,
        (
            [("2026-08", "s1", {}), ("2026-10", "s1", {"0000": "books/2026-10/0000/s1.1"}), ("2026-11", "s1", {})],
            {older_totals.purse("deal|revenue_pool|0|EUR"): 1, older_totals.purse("deal|training_run|1|USD"): 5},
        ),
    ),
    Form(
        books,
        "book.ndjson",
        lambda: BOOKED.encode() + BOOKED._replace(key=APART).encode(),
        lambda body: BookEntry.decode(body.splitlines()[0]),
        BOOKED,
    ),
    Form(totals, "totals.json", _totals, _totals_say, _totals_say((SAMPLES / "format-1" / "totals.json").read_bytes())),
    Form(part_file, "part.ndjson", _part, _part_says, {("ann", 2 * 10**12)}),
    Form(
        plan,
        "plan.json",
        lambda: orjson.dumps(PLAN.to_json()) + b"\n",
        lambda body: Plan.from_json(json.loads(body)),
        PLAN,
    ),
    Form(outcome, "outcome.json", _outcome, _outcome_says, ("USD", [("ann", "1", "3")])),
    Form(
        accrual_pages,
        "accrual-page.bin",
        lambda: kept._only_page(accrual_pages.usage_pages(kept.ROWS, 1)),
        lambda body: list(accrual_pages.rows_of(kept.USAGE, [body])),
        kept.ROWS,
    ),
    Form(
        accrual_pages,
        "training-page.bin",
        lambda: kept._only_page(accrual_pages.training_pages(kept.TRAINED, 1)),
        lambda body: list(accrual_pages.rows_of(kept.TRAINING, [body])),
        kept.TRAINED,
    ),
    Form(
        older_accruals,
        "page-index.json",
        lambda: orjson.dumps({name: packed.hex() for name, packed in encode_index(kept.INDEX, kept.LEFT).items()}) + b"\n",
        lambda body: older_accruals.decode_index({name: bytes.fromhex(text) for name, text in json.loads(body).items()}),
        (kept.INDEX, kept.LEFT),
    ),
    Form(
        accrual_object,
        "accrual-object.bin",
        lambda: accrual_object.assemble(dict.fromkeys(kept.INDEX, b"page"), kept.INDEX)[0],
        lambda body: (accrual_object.index_of(body[: -len(kept.INDEX) * len(b"page")]), body[-4:]),
        (kept.INDEX, b"page"),
    ),
    Form(accrual_object, "accrual-directory.json", kept.directory, kept.directory_says, kept.PLACED_SAY),
    Form(segments, "output-segment.bin", lambda: segments.packed(kept.DISCLOSED).body, kept.rows_of_segment, kept.DISCLOSED),
    Form(segment_list, "segment-list.bin", kept.LISTED.encode, segment_list.decoded, kept.LISTED),
    Form(columns, "usage-page.bin", lambda: pages.encode(kept.RECORDS), lambda body: pages.decode(body, kept.DAY), kept.RECORDS),
    Form(
        columns,
        "sketch.bin",
        lambda: Sketch.of(kept.SUBJECTS).encode(),
        lambda body: Sketch.decode(body).prints,
        frozenset(map(fingerprint, kept.SUBJECTS)),
    ),
]


if __name__ == "__main__":
    for form in FORMS:
        for number in range(1, form.module.FORMAT + 1):
            if not form.sample(number).exists():
                form.sample(number).parent.mkdir(exist_ok=True)
                form.sample(number).write_bytes(form.write())
