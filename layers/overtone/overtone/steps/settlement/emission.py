"""Writes a settlement's files in one pass over its lines, sorted by whom they concern.

Memory is bounded by one payee's lines and a few hundred payees at a time; the work is proportional to the lines of this
settlement, not to the history: balances and suspense that nothing touches are copied.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.payout import accounts
from overtone.payout.acknowledgements import Return
from overtone.payout.adjustments import Adjustment, AgreedOpening
from overtone.payout.directory import Directory
from overtone.payout.files import FileEntry, Outbound, Sink
from overtone.payout.finance import Finance
from overtone.payout.fx import Rates
from overtone.payout.income import Backdrop
from overtone.payout.manifest import CurrencyTotals, Head, LeftOut
from overtone.payout.runs import LineTable, TablePart, tables
from overtone.payout.statement_builder import Context
from overtone.payout.suspense_claims import HoldLookup, WaitingSum, WaitingSums, WorkLookup
from overtone.rights.registry import Party, Work
from overtone.rights.tariffs import Tariff
from overtone.rights.versions import Entity
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import Entry
from overtone.settlement.wholes import Wholes
from overtone.steps.settlement.bank_files import Payers
from overtone.steps.settlement.concerns import Concern
from overtone.steps.settlement.documents import PayeeDocuments
from overtone.steps.settlement.files import Books, SettlementFiles
from overtone.steps.settlement.later import LaterPayees

LOOKUP_MAX: Final = 500
"""Payees, and ids in one look-up, handled together."""
LOOKUP_LINES_MAX: Final = 5_000
"""Lines of payees handled together; one payee may have more."""
COPIED_MAX: Final = 20_000
"""Untouched balances that wait for the payees between them."""

Lookup = Callable[[Collection[str]], Mapping[str, Entity[Party]]]
"""Parties by id with all their versions; what is not registered is left out."""


def no_works(_ids: Collection[str]) -> Mapping[str, Entity[Work]]:
    """A register without works: whose the waiting money would be is not told."""
    return {}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the emission reads; iterables are read once, in order.

    `entries`: lines sorted by owner and line key; owner "" is suspense and residue, a party's line stands under its payee and a
    second time under the member whose share it is. `balances`, `suspense`, `trial` and `periods` are the previous settlement's
    `state/balances.ndjson`, `state/suspense.ndjson` (lines), `trial_balance.csv` and `periods.csv`.
    """

    head: Head
    entries: Iterable[Entry]
    parties: Lookup
    rates: Rates = field(default_factory=Rates)
    breaches: Iterable[Breach] = ()
    balances: Iterable[bytes] = ()
    suspense: Iterable[bytes] = ()
    trial: bytes = b""
    periods: bytes = b""
    returns: Iterable[Return] = ()
    payers: Payers = Payers()  # noqa: RUF009 - a tuple
    finance: Finance = field(default_factory=Finance)
    tariffs: Mapping[str, Entity[Tariff]] = field(default_factory=dict)
    works: WorkLookup = no_works
    wholes: Wholes = field(default_factory=Wholes)
    holds: HoldLookup = tuple

    @property
    def context(self) -> Context:
        """What is the same for every statement."""
        return Context(self.head, self.finance, Backdrop(self.wholes))


ApartItem = Return | Adjustment | AgreedOpening | Breach | WaitingSum
"""What concerns a party beside its lines and its balance."""


class Emission(NamedTuple):
    """What was written, by name, the totals by currency, and what was left out."""

    files: tuple[FileEntry, ...]
    totals: tuple[CurrencyTotals, ...]
    left_out: LeftOut


def emit(inputs: Inputs, sink: Sink, later: LaterPayees | None = None) -> Emission:
    """Write every file but the manifest, and but the documents of payees that are told `later`."""
    documents = PayeeDocuments(inputs.context, Outbound(sink))
    writer = SettlementFiles(documents, inputs.payers, inputs.rates)
    by_owner, breaches = groups(writer.written(tables(inputs.entries), tells=later is None)), list(inputs.breaches)
    first = next(by_owner, None)
    waits = WaitingSums(inputs.works, inputs.head.cutoff, inputs.holds)
    waiting = writer.unplaced(first[1] if first and not first[0] else (), inputs.suspense, waits)
    rest = by_owner if first is None or not first[0] else chain((first,), by_owner)
    by_hand = chain.from_iterable(writer.bills.by_hand.values())
    apart = [*inputs.returns, *by_hand, *(breach for breach in breaches if breach.party_id), *waiting]
    for chunk, known in chunks(inputs, rest, apart):
        writer.payees([(concern, later is None or not later.takes(concern)) for concern in chunk], known)
    if later is not None:
        later.close()

    def parties(ids: Collection[str]) -> dict[str, Party]:
        known = Directory(_looked_up(sorted(ids), inputs.parties), inputs.head.cutoff)
        return {party_id: party for party_id in ids if (party := known.party(party_id))}

    files, totals = writer.finish(breaches, Books(inputs.trial, inputs.periods), parties)
    return Emission(files, totals, LeftOut(inputs.rates.unconverted(), documents.unrendered()))


def chunks(
    inputs: Inputs, by_owner: Iterable[tuple[str, Iterator[TablePart]]], beside: Iterable[ApartItem]
) -> Iterator[tuple[list[Concern], Directory]]:
    """Everybody whom lines, balances or what is `beside` them concern, lot by lot in order, with the records that they need."""
    for chunk in _chunks(_concerns(by_owner, inputs.balances, beside)):
        yield chunk, _known(chunk, inputs)


def _known(chunk: Sequence[Concern], inputs: Inputs) -> Directory:
    ids = sorted(set().union(*(concern.names() for concern in chunk if concern.touched), {inputs.finance.issuer} - {""}))
    return Directory(_looked_up(ids, inputs.parties), inputs.head.cutoff, inputs.tariffs)


def _looked_up(ids: Sequence[str], lookup: Lookup) -> dict[str, Entity[Party]]:
    known: dict[str, Entity[Party]] = {}
    for start in range(0, len(ids), LOOKUP_MAX):
        known.update(lookup(ids[start : start + LOOKUP_MAX]))
    return known


def groups(lines: Iterable[LineTable]) -> Iterator[tuple[str, Iterator[TablePart]]]:
    """Lines by owner, whose may stand in several tables; raises `InvariantBroken` where they are not sorted."""
    last = ""
    for owner, parts in groupby(chain.from_iterable(map(LineTable.by_owner, lines)), key=itemgetter(0)):
        if owner < last:
            raise InvariantBroken("pure", f"entries are not sorted: {owner!r} after {last!r}")
        last = owner
        yield owner, map(itemgetter(1), parts)


def _concerns(
    groups: Iterable[tuple[str, Iterator[TablePart]]], balances: Iterable[bytes], apart: Iterable[ApartItem]
) -> Iterator[Concern]:
    """Lines, previous balances, returned payments, adjustments, breaches and sums that wait by party, merged in the order of party ids."""
    beside: defaultdict[str, list[ApartItem]] = defaultdict(list)
    for entry in apart:
        beside[entry.party_id].append(entry)
    streams: Iterator[tuple[str, int, object]] = merge(
        ((owner, 0, lines) for owner, lines in groups),
        ((accounts.party_of(line), 1, line) for line in balances),
        ((party, 2, sorted(beside[party], key=repr)) for party in sorted(beside)),
        key=itemgetter(0, 1),
    )
    for party_id, parts in groupby(streams, key=itemgetter(0)):
        concern = Concern(party_id)
        for _, _, content in parts:
            concern.take(content)
        yield concern


def _chunks(concerns: Iterable[Concern]) -> Iterator[list[Concern]]:
    """Parties in lots for one look-up, in order; those that nothing touches only pass by."""
    chunk: list[Concern] = []
    touched = lines = 0
    for concern in concerns:
        chunk.append(concern)
        touched += concern.touched
        lines += len(concern.own) + len(concern.collected)
        if touched >= LOOKUP_MAX or lines >= LOOKUP_LINES_MAX or len(chunk) >= COPIED_MAX:
            yield chunk
            chunk, touched, lines = [], 0, 0
    yield chunk
