"""Details of payment that a tool's small changes showed no test to look at: words of entries and findings, and what a correction names."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from overtone.lines import UNCLAIMED_SHARE
from overtone.money import PICO
from overtone.payout import income, journal, manifest
from overtone.payout.accounts import PartyState
from overtone.payout.audit_folder import same
from overtone.payout.directory import Directory
from overtone.payout.finance import Finance
from overtone.payout.income import Backdrop
from overtone.payout.last_statement import AccountSums, LastStatement
from overtone.payout.manifest import Head
from overtone.payout.movements import Movements, Recouped, Settled
from overtone.payout.periods import Calendar
from overtone.payout.receipts import RefundRequest
from overtone.payout.runs import Run, runs_of
from overtone.payout.statement import Apart
from overtone.payout.statement_builder import Context, build
from overtone.payout.suspense_claims import WaitingSum
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement.wholes import RunWorks, Wholes
from tests.unit.settled import line, owned, usd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overtone.lines import Line
    from overtone.settlement.entries import Entry

KNOWN = Directory({}, "2026-11-05T00:00:00.000000Z")


def pico(amount: int) -> Pico:
    return Pico(amount * PICO)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({}, {"EUR": ZERO_PICO}, "sums"),
        ({"EUR": pico(3)}, {"EUR": pico(3)}, "sums"),
        ({"EUR": pico(3)}, {"USD": pico(4)}, "sums: EUR: 3 against 0; USD: 0 against 4"),
        ({key: pico(1) for key in "abcdef"}, {}, "sums: " + "; ".join(f"{key}: 1 against 0" for key in "abcde")),
    ],
)
def test_two_tables_that_differ_are_told_side_by_side_and_two_that_agree_by_their_name(
    left: dict[str, Pico], right: dict[str, Pico], expected: str
) -> None:
    assert same("sums", left, right) == (expected == "sums", expected)


def memos(*recouped: Recouped) -> list[str]:
    """What the journal says of them."""
    found: list[str] = []
    book = journal.Journal(lambda _number, memo, _rows, _about: found.append(memo), "s1", Calendar())
    journal.payee(book, Settled([], list(recouped), [], PartyState("ann")), Movements())
    return found


def test_an_advance_paid_back_by_another_deal_s_earnings_names_both() -> None:
    own, by_earlier, by_later = (Recouped(deal, "fox", "EUR", pico(1), "m-advance") for deal in ("m-advance", "a-deal", "z-deal"))
    told = "recouped advance of deal m-advance"
    assert memos(own, by_earlier, by_later) == [told, f"{told} by deal a-deal", f"{told} by deal z-deal"]


@pytest.mark.parametrize(
    ("name", "party"),
    [
        ("statements/ann.json", "ann"),
        ("statements/ann.b.json", "ann.b"),
        ("statements/ann@2.json", "ann"),
        ("statements/ann.b@2.json", "ann.b"),
    ],
)
def test_whose_a_file_is_stands_in_its_name(name: str, party: str) -> None:
    assert manifest.party_of(name) == party


@pytest.mark.parametrize(
    ("amount", "currency", "taken"),
    [("0", "EUR", False), ("0.01", "EUR", True), ("0.015", "EUR", False), ("12", "EUR", True), ("1", "JPY", True), ("1.5", "JPY", False)],
)
def test_a_refund_is_some_whole_minor_units(amount: str, currency: str, taken: bool) -> None:  # noqa: FBT001 - a table's column
    said = {"refund_id": "r", "licensee": "fox", "currency": currency, "amount": amount, "reason": "r", "evidence": "e"}
    if taken:
        assert RefundRequest.model_validate(said).currency == currency
    else:
        with pytest.raises(ValidationError, match="above zero and in whole minor units"):
            RefundRequest.model_validate(said)


def works_in_all(lines: Sequence[Line], runs: dict[tuple[str, str, str], RunWorks]) -> list[int]:
    behind = Backdrop(Wholes(runs=runs))
    return [source.head.works_in_all for source in income.of(runs_of(owned(*lines)), KNOWN, behind).sources]


def test_how_many_works_a_run_had_is_told_of_training_fees_of_one_month_and_one_run() -> None:
    runs = {("2026-10", "songfox", "v1"): RunWorks(1, 35)}
    october, september = (line("asa", usd("1"), mechanism="training_run", month=month) for month in ("2026-10", "2026-09"))
    assert works_in_all([october], runs) == [35]
    assert works_in_all([september], runs) == [0]
    assert works_in_all([september, october], {**runs, ("2026-09", "songfox", "v1"): RunWorks(1, 7)}) == [0]
    assert works_in_all([october], {("2026-10", "songfox", "v1"): RunWorks(2, 35)}) == [0]
    assert works_in_all([line("asa", usd("1"), mechanism="per_output")], runs) == [0]


def corrected(one: Line) -> Any:
    (told,) = income.corrections(runs_of(owned(one, called="isrc:w1 iswc:T0345246801")), KNOWN)
    return told


@pytest.mark.parametrize(
    "apart", [Apart("SE", "", ""), Apart("", "stream", ""), Apart("", "", "premium"), Apart("SE", "stream", "premium"), None]
)
def test_a_correction_says_what_its_line_is_apart_by(apart: Apart | None) -> None:
    one = line("asa", usd("1"), adjusts="s0")
    found = corrected(one._replace(key=one.key._replace(**asdict(apart))) if apart else one)
    assert found.apart == apart


def test_a_correction_names_its_recording_and_its_composition_and_a_levy_s_party_names_neither() -> None:
    one = line("asa", usd("1"), adjusts="s0")
    assert corrected(one).identifiers == ["isrc:w1", "iswc:T0345246801"]
    levy = one._replace(key=one.key._replace(work_key="all", work_id=""))
    assert "all" not in corrected(levy).identifiers


@dataclass
class Told:
    """What a statement is told of beside the account: a correction, and what waits."""

    suspended: Sequence[WaitingSum]
    runs: Sequence[Run] = field(default_factory=lambda: runs_of(owned(line("asa", usd("2"), adjusts="s0"))))
    before: bytes | None = None
    collected: Sequence[Entry] = ()
    adjustments: Sequence[Any] = ()
    breaches: Sequence[Any] = ()


def test_a_comparison_names_what_stopped_waiting_and_nothing_that_waits_on() -> None:
    change = {"s0": ZERO_PICO, "s1": usd("-3"), "s2": usd("4")}
    waiting = [
        WaitingSum("asa", UNCLAIMED_SHARE, "USD", since, "2026-09", usd("9"), pico, (), more=False) for since, pico in change.items()
    ]
    state = PartyState("asa", last=LastStatement("s0", "2026-09", {}, {"USD": AccountSums(usd("1"))}))
    context = Context(Head("s1", "2026-10", "2026-11-05T00:00:00.000000Z"), Finance(), Backdrop(Wholes()))
    found = build(context, Settled([], [], [], state), Told(waiting), KNOWN).rest.comparison
    assert found is not None
    assert [reason.figures for total in found.totals for reason in total.reasons if reason.kind == "freed"] == [
        {"why": UNCLAIMED_SHARE, "amount": "3"}
    ]


def test_sources_are_remembered_up_to_a_limit_and_say_the_same_beyond_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(income, "FRAMES_MAX", 2)
    behind = Backdrop(Wholes())
    lines = [line("asa", usd("1"), model=model) for model in ("v1", "v2", "v3")]
    kept, headings = [], []
    for one in (*lines, *lines):
        headings.append(income.of(runs_of(owned(one)), KNOWN, behind).sources[0].head.heading)
        kept.append(len(behind.frames))
    assert kept == [1, 2, 1, 2, 1, 2]
    assert headings[:3] == headings[3:]
    assert len(set(headings)) == 3
