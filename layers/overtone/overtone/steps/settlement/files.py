"""The files of one settlement, each opened once, filled payee by payee.

`emission` brings the payees in order; this module settles each, writes it to every file that it belongs to, and keeps
the sums that the manifest, the receivables and the trial balance are made of.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.formats import journal_csv, ledger_exports, settlement_csv, statement_lines
from overtone.lines import PARTY, SUSPENSE, Line
from overtone.money import format_amount
from overtone.payout import chart, collecting, invoice, journal, periods, suspense
from overtone.payout.accounts import Account
from overtone.payout.directory import Directory
from overtone.payout.files import FileEntry
from overtone.payout.fx import Rates
from overtone.payout.journal import Journal, Movement
from overtone.payout.manifest import CurrencyTotals
from overtone.payout.money_in import Debtor
from overtone.payout.movements import Movements, Settled
from overtone.payout.periods import Calendar
from overtone.payout.runs import LineTable, TablePart
from overtone.payout.suspense_claims import WaitingSum, WaitingSums
from overtone.rights.registry import Party
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement.breaches import Breach
from overtone.steps.settlement.bank_files import BankFiles, Payers
from overtone.steps.settlement.bills import Bills
from overtone.steps.settlement.concerns import Concern
from overtone.steps.settlement.documents import PayeeDocuments
from overtone.steps.settlement.payee_account import is_told, payout_rules, settled_of

BALANCES: Final = "state/balances.ndjson"
STANDING: Final = "state/suspense.ndjson"
TOGETHER: Final = 25
"""Payees that go through the steps of a settlement side by side."""
UNTOLD: Final = "not all that waits of this payee is in it; GET /v1/suspense lists it"


class Books(NamedTuple):
    """What the settlement before left of the books: `trial_balance.csv`, and `periods.csv` where it had one."""

    trial: bytes = b""
    periods: bytes = b""


class SettlementFiles:
    """Fills the files of a settlement; `finish` closes them and returns what the manifest says of them."""

    def __init__(self, documents: PayeeDocuments, payers: Payers, rates: Rates) -> None:
        head, out, finance = documents.head, documents.out, documents.finance
        self._head, self._out, self._finance, self._documents = head, out, finance, documents
        self._bank = BankFiles(head, payers, out)
        self.bills = Bills(head, out, finance, documents.rendered)
        self._terms = payout_rules(head, payers, rates, finance)
        self._lines = out.csv("lines.csv", settlement_csv.LINES)
        self._payments = out.csv("payments.csv", settlement_csv.PAYMENTS)
        self._balances = out.ndjson(BALANCES)
        self._journal_file = journal_csv.JournalFile(out)
        self._journal = Journal(self._journal_file.entry, head.settlement_id, Calendar(head.cutoff[:10], finance.locked_through))
        self._owed: defaultdict[tuple[str, ...], Pico] = defaultdict(lambda: ZERO_PICO)
        self._receivables: defaultdict[tuple[str, ...], Pico] = defaultdict(lambda: ZERO_PICO)
        self._totals: defaultdict[str, defaultdict[str, Pico]] = defaultdict(lambda: defaultdict(lambda: ZERO_PICO))
        self.bills.hear(self._journal)

    def written(self, lines: Iterable[LineTable], *, tells: bool) -> Iterator[LineTable]:
        """The same tables, each written to `lines.csv` as it passes, with what statements show of it where they are written too."""
        for table in lines:
            own = table.under_payees
            self._lines.texts(settlement_csv.rows_of(own), len(own.entries))
            yield statement_lines.with_texts(table) if tells else table

    def _sum_up(self) -> None:
        """What all lines come to, as receivables and in the totals."""
        for (*of, currency, account), amount in self._owed.items():
            self._receivables[*of, currency] += amount
            totals = self._totals[currency]
            totals["owed"] += amount
            totals["parties" if account == PARTY else account] += amount

    def unplaced(self, lines: Iterable[TablePart], standing: Iterable[bytes], waits: WaitingSums) -> list[WaitingSum]:
        """Write the suspense that stands after the lines that belong to no party; what of it would be whose."""
        sums: defaultdict[tuple[str, str, str], Pico] = defaultdict(lambda: ZERO_PICO)
        movements = Movements()

        def waiting() -> Iterator[Line]:
            for run in chain.from_iterable(part.runs for part in lines):
                movements.sum_up((run,))
                for reason, amount in zip(run.reasons, run.amounts, strict=True):
                    account = f"{run.account}:{reason}" if run.account == SUSPENSE else run.account
                    sums[account, run.licensee, run.currency] += amount
                if run.account == SUSPENSE:
                    yield from run.lines

        with self._out.csv("suspense.csv", settlement_csv.SUSPENSE) as file, self._out.ndjson(STANDING) as state:
            together = merge(waiting(), self.bills.suspense, key=attrgetter("key"))
            for entry in suspense.merge(standing, together, self._head.settlement_id):
                file.row(settlement_csv.suspense(*entry))
                state.line(entry.encode())
                waits.add(entry)
        journal.unplaced(self._journal, sums)
        for name, (amount, _) in movements.owed.items():
            self._owed[name] += amount
        positive: defaultdict[Debtor, Pico] = defaultdict(lambda: ZERO_PICO)
        for (_, licensee, currency), amount in sums.items():
            positive[Debtor(licensee, currency)] += max(ZERO_PICO, amount)
        self.bills.add(positive, collecting.unplaced(movements.corrected, positive, self.bills.receivables))
        found = waits.sums()
        for party_id in sorted(waits.left_out):
            self._documents.leave_out(f"statements/{party_id}.json", UNTOLD)
        return found

    def payees(self, concerns: Sequence[tuple[Concern, bool]], known: Directory) -> None:
        """Settle payees and write them to every file; each with whether its own documents are written too.

        All of a few go through one step before any goes through the next: the same work takes half as long where its code stays at hand.
        """
        for start in range(0, len(concerns), TOGETHER):
            lot = concerns[start : start + TOGETHER]
            encoded = self._settled([(concern, tells) for concern, tells in lot if concern.touched], known)
            for concern, _ in lot:
                kept = encoded.get(concern.party_id) if concern.touched else concern.before
                if kept is not None:
                    self._balances.line(kept.rstrip(b"\n"))

    def _settled(self, concerns: Sequence[tuple[Concern, bool]], known: Directory) -> dict[str, bytes]:
        """Settle some payees step by step; the states that are left of them, by party."""
        done = [(concern, tells, *settled_of(concern, known, self._terms, self._finance)) for concern, tells in concerns]
        for _, _, settled, movements in done:
            for name, (amount, _) in movements.owed.items():
                self._owed[name] += amount
            self.bills.add(settled.billed, settled.moves)
        told = [one for one in done if is_told(one[0], one[2])]
        for concern, _, settled, _ in told:
            self._pay(concern, settled, known)
        for _, _, settled, movements in told:
            journal.payee(self._journal, settled, movements)
        for concern, tells, settled, _ in told:
            if not tells:
                self._documents.remember(concern, settled, known)
        self._documents.tell([(concern, settled) for concern, tells, settled, _ in told if tells], known)
        states = [settled.state for _, _, settled, _ in done]
        return {state.party_id: state.encode() for state in states if not state.is_empty}

    def _pay(self, concern: Concern, settled: Settled, known: Directory) -> None:
        """What of a payee's accounts moved, and what it is billed for."""
        moved = [account for account in settled.accounts if account.moved]
        for account in moved:
            self._account(account, known.party(concern.party_id))
        for entry in settled.recouped:
            self._receivables[entry.licensee, entry.deal_id, invoice.RECOUPMENT, self._head.through, entry.currency] -= entry.amount
        self.bills.self_bill(settled.state, moved, known)

    def _account(self, account: Account, party: Party | None) -> None:
        self._bank.add(account, party)
        self._payments.row(settlement_csv.payment(account))
        totals = self._totals[account.currency]
        for name in ("recouped", "withheld", "paid", "converted", "held", "adjusted", "written_off"):
            totals[name] += getattr(account, name)
        totals["returned"] += account.returned + account.returned_tax

    def finish(
        self, breaches: Iterable[Breach], books: Books, parties: Callable[[Collection[str]], Mapping[str, Party]]
    ) -> tuple[tuple[FileEntry, ...], tuple[CurrencyTotals, ...]]:
        """Write what only the whole knows, close every file; raises `InvariantBroken` where it does not add up."""
        self._sum_up()
        with self._out.csv("breaches.csv", settlement_csv.BREACHES) as file:
            for breach in breaches:
                file.row(settlement_csv.breach(breach))
        with self._out.csv("receivables.csv", settlement_csv.RECEIVABLES) as file:
            for (*names, currency), amount in sorted((self._receivables | self.bills.charges).items()):
                file.row((*names, format_amount(amount), currency))
        self.bills.issue(self._receivables, parties(self.bills.parties_named(self._receivables)), self._journal)
        self._bank.write()
        self._documents.draw()
        for closing in (self._lines, self._payments, self._balances, self._journal_file):
            closing.close()
        opening = journal_csv.read_trial(books.trial)
        rows = journal.trial_balance(opening, self._journal)
        journal_csv.write_trial(self._out, rows)
        before = journal_csv.read_periods(books.periods) if books.periods else periods.beginning(opening)
        months = periods.together(before, self._journal.months)
        periods.require_tied(months, {name: row.closing for name, row in rows.items()})
        journal_csv.write_periods(self._out, months)
        ledger_exports.write_chart(self._out)
        bookings = chart.bookings(rows, self._head.cutoff[:10], self._journal.days)
        ledger_exports.write_bookings(self._out, self._head.settlement_id, bookings)
        return self._out.listed(), self._tied(rows)

    def _tied(self, trial: Mapping[tuple[str, str], Movement]) -> tuple[CurrencyTotals, ...]:
        """The totals by currency, checked against the trial balance."""
        found = []
        for currency in sorted({*self._totals, *(currency for _, currency in trial)}):
            controlled = [trial[name, currency] for name in journal.CONTROLLED if (name, currency) in trial]
            opening = -sum((row.opening for row in controlled), ZERO_PICO)
            carried = -sum((row.closing for row in controlled), ZERO_PICO)
            total = CurrencyTotals(currency, **self._totals[currency], opening=opening, carried=carried)
            came = total.parties + total.converted + total.returned + total.adjusted - total.written_off
            went = total.recouped + total.withheld + total.paid
            if total.owed != total.parties + total.suspense + total.residue or opening + came - went != carried:
                raise InvariantBroken("conserved", f"totals do not tie: {total}")
            found.append(total)
        return tuple(found)
