"""State, journal, suspense, manifest and the files they are written to."""

import csv
import hashlib
import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken
from overtone.formats.journal_csv import ENTRIES_TOGETHER, JournalFile, read_trial
from overtone.formats.settlement_csv import safe
from overtone.lines import SUSPENSE, Line
from overtone.payout import manifest
from overtone.payout.accounts import Lot, PartyState, is_waiting, party_of
from overtone.payout.advances import Advance, AdvanceEvent
from overtone.payout.files import BUFFER_ROWS, FileEntry, Outbound
from overtone.payout.journal import Journal, Voucher, trial_balance
from overtone.payout.manifest import CurrencyTotals, Head, Link
from overtone.payout.periods import Calendar
from overtone.payout.suspense import SuspenseStanding, merge
from overtone.scales import ZERO_PICO, Pico
from tests.memory_sink import MemorySink
from tests.unit.settled import line

AMOUNTS = st.integers(-(10**30), 10**30)
IDS = st.from_regex(r"[a-z0-9][a-z0-9._~-]{0,9}", fullmatch=True)
LOTS = st.builds(Lot, IDS, st.just("2026-10"), st.sampled_from(("USD", "EUR")), AMOUNTS, st.integers(1, 24), AMOUNTS)
EVENTS = st.lists(st.builds(AdvanceEvent, IDS, st.just("2026-10"), AMOUNTS, AMOUNTS), max_size=3)
ADVANCES = st.builds(Advance, IDS, IDS, st.just("USD"), AMOUNTS, AMOUNTS, AMOUNTS, EVENTS)
STATES = st.builds(
    lambda party, balances, lots, advances, waiting: PartyState(
        party, balances, lots, {(a.deal_id, a.currency): a for a in advances}, waiting
    ),
    IDS,
    st.dictionaries(st.sampled_from(("USD", "EUR", "SEK")), AMOUNTS),
    st.lists(LOTS, max_size=3),
    st.lists(ADVANCES, max_size=3),
    st.booleans(),
)


@given(STATES)
def test_a_payee_s_state_survives_its_encoding_and_can_be_told_without_decoding(state: PartyState) -> None:
    encoded = state.encode()
    assert PartyState.decode(encoded) == state
    assert (party_of(encoded), is_waiting(encoded)) == (state.party_id, state.waiting)
    assert b"\n" not in encoded


def waiting(work: str, amount: int, settlement_id: str = "s1") -> Line:
    return line("", amount, account=SUSPENSE, reason="disputed", work=work, settlement_id=settlement_id)


def test_suspense_merges_in_the_order_of_keys_and_forgets_what_came_to_nothing() -> None:
    first = list(merge((), [waiting("a", 5), waiting("b", 7)], "s1"))
    before = [entry.encode() for entry in first]
    second = list(merge(before, [waiting("a", -5), waiting("aa", 1), waiting("b", 1), waiting("c", 2)], "s2"))
    found = [(entry.key.work_id, entry.posting.amount, entry.since, entry.change) for entry in second]
    assert found == [("aa", 1, "s2", 1), ("b", 8, "s1", 1), ("c", 2, "s2", 2)]
    assert [entry.key.work_id for entry in merge(before, (), "s2")] == ["a", "b"]


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(-3, 3)), max_size=5))
def test_standing_suspense_is_the_sum_of_all_suspense_lines(rounds: list[dict[str, int]]) -> None:
    state: list[bytes] = []
    for number, changes in enumerate(rounds):
        state = [entry.encode() for entry in merge(state, [waiting(w, changes[w]) for w in sorted(changes)], f"s{number}")]
    sums = {work: sum(changes.get(work, 0) for changes in rounds) for work in "abcdef"}
    assert {e.key.work_id: e.posting.amount for e in map(SuspenseStanding.decode, state)} == {
        work: amount for work, amount in sums.items() if amount
    }


def test_an_entry_that_does_not_balance_stops_everything() -> None:
    journal = Journal(JournalFile(Outbound(MemorySink())).entry, "s1", Calendar("2026-11-05"))
    with pytest.raises(InvariantBroken, match="balanced"):
        journal.enter("wrong", (("a", "USD", Pico(5)), ("b", "EUR", Pico(-5))))
    journal.enter("nothing", (("a", "USD", ZERO_PICO),))
    assert not journal.accounts


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("memo", ["paid", "paid, again", 'so "called"', "=1+1", "two\nlines"])
def test_the_journal_has_every_entry_in_order_however_many_are_written_together(memo: str, more: int) -> None:
    """What the csv module reads of both files is what was entered, whatever one memo among them says."""
    assert ENTRIES_TOGETHER == 200
    sink, count = MemorySink(), ENTRIES_TOGETHER + more
    file = JournalFile(Outbound(sink))
    journal = Journal(file.entry, "s1", Calendar("2026-11-05"))
    memos = [memo if number == 3 else f"memo {number}" for number in range(count)]
    for number, said in enumerate(memos):
        journal.enter(said, ((f"payable:{number}", "USD", Pico(10**12)), ("bank:USD", "USD", Pico(-(10**12)))), Voucher(name=f"d:{number}"))
    file.close()
    ids = [f"s1-{number + 1:06d}" for number in range(count)]
    (_, *posts), (_, *entries) = (
        list(csv.reader(io.StringIO(sink.contents[name].decode(), newline=""))) for name in ("journal.csv", "journal_entries.csv")
    )
    assert entries == [[ids[n], "2026-11-05", f"d:{n}", safe(memos[n])] for n in range(count)]
    assert posts[::2] == [[ids[n], f"payable:{n}", "1", "", "USD", safe(memos[n])] for n in range(count)]
    assert posts[1::2] == [[ids[n], "bank:USD", "", "1", "USD", safe(memos[n])] for n in range(count)]


def test_the_trial_balance_goes_on_from_the_one_before() -> None:
    journal = Journal(JournalFile(Outbound(MemorySink())).entry, "s2", Calendar("2026-11-05"))
    journal.enter("paid", (("payable:asa", "USD", Pico(5)), ("bank:USD", "USD", Pico(-5))))
    before = b"account,currency,opening,debit,credit,closing\npayable,USD,0,0,0,-0.00000000001\nreceivable:x,USD,0,0,0,0.00000000001\n"
    rows = trial_balance(read_trial(before), journal)
    assert rows["payable", "USD"].closing == -5
    assert rows["receivable:x", "USD"].closing == 10
    with pytest.raises(InvariantBroken):
        trial_balance(read_trial(before.replace(b"-0.00000000001\n", b"-0.00000000002\n")), journal)
    assert read_trial(b"") == {}


def test_what_the_manifest_says_of_a_file_is_computed_on_its_bytes() -> None:
    sink = MemorySink()
    out = Outbound(sink)
    with out.csv("a/big.csv", ("x", "y")) as file:
        for number in range(BUFFER_ROWS + 1):
            file.row((number, 'say "hej", då'))
    with out.ndjson("b.ndjson") as lines:
        lines.line(b'{"a":1}')
    out.put("c.xml", b"<x/>", 7)
    for entry in out.listed():
        content = sink.contents[entry.name]
        assert entry.sha256 == hashlib.sha256(content).hexdigest()
        assert entry.bytes == len(content)
    assert [(entry.name, entry.rows) for entry in out.listed()] == [("a/big.csv", BUFFER_ROWS + 1), ("b.ndjson", 1), ("c.xml", 7)]
    assert sink.contents["b.ndjson"] == b'{"a":1}\n'
    assert sink.contents["a/big.csv"].startswith(b'x,y\n0,"say ""hej"", d\xc3\xa5"\n')


def test_a_file_that_failed_is_not_in_the_list() -> None:
    out = Outbound(MemorySink())
    with pytest.raises(ZeroDivisionError), out.csv("a.csv", ("x",)):
        raise ZeroDivisionError
    assert out.listed() == ()


def test_a_manifest_is_canonical_and_names_the_one_before() -> None:
    head = Head(
        "s2", "2026-10", "2026-11-05T00:00:00.000000Z", Link("s1", "ab" * 32), ({"reporter": "x", "month": "2026-10", "reason": "late"},)
    )
    entries = [FileEntry("b", "22", 2, 2), FileEntry("a", "11", 1, 1)]
    built = manifest.build(head, entries, [CurrencyTotals("USD", owed=Pico(10**12))], {})
    assert built == manifest.build(head, reversed(entries), [CurrencyTotals("USD", owed=Pico(10**12))], {})
    content = orjson.loads(built)
    assert list(content) == sorted(content)
    assert [entry["name"] for entry in content["files"]] == ["a", "b"]
    assert content["previous"] == {"settlement_id": "s1", "sha256": "ab" * 32}
    assert content["totals"][0]["owed"] == "1"
    assert manifest.sha256(built) == hashlib.sha256(built).hexdigest()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_formula_is_written_as_text(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Song", "1=1", "", "'x", "Åsa - Bo"])
def test_other_text_is_left_alone(text: str) -> None:
    assert safe(text) == text
