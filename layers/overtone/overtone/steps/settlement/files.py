"""The files of one settlement, each opened once, filled payee by payee.

`emission` brings the payees in order; this module settles each, writes it to every file that it belongs to, and keeps
the sums that the manifest, the receivables and the trial balance are made of.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from heapq import merge
from operator import attrgetter
from typing import Final, NamedTuple

from overtone.errors import InvariantBroken
from overtone.formats import journal_csv, ledger_exports, licensor_reports, settlement_csv, statement_csv, statement_html, statement_pdf
from overtone.lines import PARTY, SUSPENSE, Line
from overtone.money import format_amount
from overtone.payout import chart, invoice, journal, periods, societies, statement_building, suspense
from overtone.payout.accounts import Account, PartyState
from overtone.payout.directory import Directory
from overtone.payout.files import FileEntry, Outbound
from overtone.payout.finance import Finance
from overtone.payout.fx import Rates
from overtone.payout.journal import Journal, Movement
from overtone.payout.manifest import CurrencyTotals, Head, Unrendered
from overtone.payout.money_in import Debtor
from overtone.payout.movements import BankDetails, Movements, PayoutRules
from overtone.payout.payees import settle
from overtone.payout.periods import Calendar
from overtone.payout.recoupment import Period
from overtone.payout.statement import Statement
from overtone.payout.waiting import WaitingSum, WaitingSums
from overtone.rights.registry import Party
from overtone.scales import ZERO_PICO, Pico
from overtone.settlement.breaches import Breach
from overtone.steps.settlement.bank_files import BankFiles, Payers
from overtone.steps.settlement.billing import Bills
from overtone.steps.settlement.concerns import Concern

BALANCES: Final = "state/balances.ndjson"
STANDING: Final = "state/suspense.ndjson"
UNRENDERED_MAX: Final = 1_000
"""Files that the manifest names as not drawn."""
UNRENDERED_REASON_MAX: Final = 300
UNTOLD: Final = "not all that waits of this payee is in it; GET /v1/suspense lists it"
PDF_STATEMENTS_MAX: Final = 100
HTML_STATEMENTS_MAX: Final = 1_000
"""Of so many payees, the first by id, the page is written with the settlement; another's is drawn from its JSON when asked for."""
"""PDF takes a hundred times as long as HTML: a settlement of more statements leaves it to whoever asks for one."""


class Books(NamedTuple):
    """What the settlement before left of the books: `trial_balance.csv`, and `periods.csv` where it had one."""

    trial: bytes = b""
    periods: bytes = b""


class SettlementFiles:
    """Fills the files of a settlement; `finish` closes them and returns what the manifest says of them."""

    def __init__(self, head: Head, out: Outbound, payers: Payers, rates: Rates, finance: Finance) -> None:
        self._head, self._out, self._finance = head, out, finance
        self._bank = BankFiles(head, payers)
        self.bills = Bills(head, out, finance, self._rendered)
        self._terms = PayoutRules(
            period=Period(head.settlement_id, head.through),
            rates=rates,
            methods=payers.methods,
            taxes=finance.taxes,
            pays_on=finance.pays_on,
            recoup_groups=finance.recoup_groups,
            receivables=finance.receivables,
            previous_through=finance.previous_through,
            day=head.cutoff[:10],
        )
        self._lines = out.csv("lines.csv", settlement_csv.LINES)
        self._payments = out.csv("payments.csv", settlement_csv.PAYMENTS)
        self._balances = out.ndjson(BALANCES)
        self._journal_file = journal_csv.JournalFile(out)
        self._journal = Journal(self._journal_file.entry, head.settlement_id, Calendar(head.cutoff[:10], finance.locked_through))
        self._owed: defaultdict[tuple[str, ...], Pico] = defaultdict(lambda: ZERO_PICO)
        self._receivables: defaultdict[tuple[str, ...], Pico] = defaultdict(lambda: ZERO_PICO)
        self._totals: defaultdict[str, defaultdict[str, Pico]] = defaultdict(lambda: defaultdict(lambda: ZERO_PICO))
        self._statements = 0
        self._for_pdf: list[Statement] = []
        self._unrendered: list[Unrendered] = []
        self.bills.hear(self._journal)

    def _line(self, line: Line) -> None:
        self._lines.text(settlement_csv.line_row(line))
        key, amount = line.key, line.posting.amount
        if amount:
            self._owed[key.licensee, key.deal_id, key.mechanism, key.usage_month, key.currency, key.account] += amount

    def _sum_up(self) -> None:
        """What all lines come to, as receivables and in the totals."""
        for (*of, currency, account), amount in self._owed.items():
            self._receivables[*of, currency] += amount
            totals = self._totals[currency]
            totals["owed"] += amount
            totals["parties" if account == PARTY else account] += amount

    def unplaced(self, lines: Iterable[Line], standing: Iterable[bytes], waits: WaitingSums) -> list[WaitingSum]:
        """Write the lines that belong to no party, and the suspense that stands after them; what of it would be whose."""
        sums: defaultdict[tuple[str, str, str], Pico] = defaultdict(lambda: ZERO_PICO)

        def waiting() -> Iterator[Line]:
            for line in lines:
                self._line(line)
                key = line.key
                name = f"{key.account}:{key.reason}" if key.account == SUSPENSE else key.account
                sums[name, key.licensee, key.currency] += line.posting.amount
                if key.account == SUSPENSE:
                    yield line

        with self._out.csv("suspense.csv", settlement_csv.SUSPENSE) as file, self._out.ndjson(STANDING) as state:
            together = merge(waiting(), self.bills.suspense, key=attrgetter("key"))
            for entry in suspense.merge(standing, together, self._head.settlement_id):
                file.row(settlement_csv.suspense(*entry))
                state.line(entry.encode())
                waits.add(entry)
        journal.unplaced(self._journal, sums)
        for (_, licensee, currency), amount in sums.items():
            self.bills.add({Debtor(licensee, currency): amount})
        found = waits.sums()
        for party_id in sorted(waits.left_out):
            self._left_out(f"statements/{party_id}.json", UNTOLD)
        return found

    def payee(self, concern: Concern, known: Directory) -> None:
        """Settle one payee and write it to every file, or copy its balance where nothing moved."""
        if not concern.touched:
            self._keep(concern.before)
            return
        movements = Movements(returns=concern.returns, adjustments=concern.adjustments, openings=concern.openings)
        for line in concern.own:
            self._line(line)
            movements.add(line.key, line.posting)
        state = PartyState.decode(concern.before) if concern.before else PartyState(concern.party_id)
        changed = known.bank_change_waits(concern.party_id, self._finance.hold_days, self._finance.confirmed)
        settled = settle(state, movements, known.party(concern.party_id), self._terms, BankDetails(waits=changed))
        self.bills.add(settled.billed)
        moved = [account for account in settled.accounts if account.moved]
        if not (moved or concern.own or concern.collected or concern.tells):
            self._keep(None if settled.state.is_empty else settled.state.encode())
            return
        for account in moved:
            self._account(account, known.party(concern.party_id))
        for entry in settled.recouped:
            self._receivables[entry.licensee, entry.deal_id, invoice.RECOUPMENT, self._head.through, entry.currency] -= entry.amount
        self.bills.self_bill(settled.state, moved, known)
        journal.payee(self._journal, settled, movements)
        self._society(concern, known)
        self._statement(statement_building.build(self._head, settled, concern, known, self._finance))
        self._reports(concern, known)
        self._keep(None if settled.state.is_empty else settled.state.encode())

    def _keep(self, encoded: bytes | None) -> None:
        if encoded is not None:
            self._balances.line(encoded.rstrip(b"\n"))

    def _account(self, account: Account, party: Party | None) -> None:
        self._bank.add(account, party)
        self._payments.row(settlement_csv.payment(account))
        totals = self._totals[account.currency]
        for name in ("recouped", "withheld", "paid", "converted", "held", "adjusted", "written_off"):
            totals[name] += getattr(account, name)
        totals["returned"] += account.returned + account.returned_tax

    def _society(self, concern: Concern, known: Directory) -> None:
        shared = [line for line in concern.own if line.key.member_id not in {"", concern.party_id}]
        if not shared:
            return
        with self._out.csv(f"societies/{concern.party_id}.csv", settlement_csv.SOCIETY) as file:
            for share in societies.shares(concern.party_id, shared, known):
                file.row(settlement_csv.society(share))

    def _reports(self, concern: Concern, known: Directory) -> None:
        """To a licensor, what each licensee used of its works and what it brought."""
        party = known.party(concern.party_id)
        if party is None or party.kind not in licensor_reports.READERS:
            return
        for licensee in licensor_reports.licensees(concern.own):
            name = licensor_reports.name_of(concern.party_id, licensee)
            parties = ((licensee, known.name(licensee)), (concern.party_id, party.name))
            self._rendered(name, partial(licensor_reports.render, self._head, parties, concern.own))

    def _statement(self, told: Statement) -> None:
        self._statements += 1
        name, rows = f"statements/{told.party_id}", told.rows
        self._out.put(f"{name}.json", told.encode(), rows)
        self._rendered(f"{name}.csv", lambda: statement_csv.render(told))
        if self._statements <= HTML_STATEMENTS_MAX:
            self._rendered(f"{name}.html", lambda: (statement_html.render(told).encode(), rows))
        if self._statements <= PDF_STATEMENTS_MAX:
            self._for_pdf.append(told)
        else:
            self._for_pdf.clear()

    def _rendered(self, name: str, render: Callable[[], tuple[bytes, int]]) -> None:
        """Write one party's file. Where it cannot be drawn it is left out and named: nobody's pay waits for a picture of it."""
        try:
            content, rows = render()
        except Exception as error:  # noqa: BLE001 - whatever a library makes of one party's name or title
            self._left_out(name, f"{type(error).__name__}: {error}"[:UNRENDERED_REASON_MAX])
        else:
            self._out.put(name, content, rows)

    def _left_out(self, name: str, reason: str) -> None:
        if len(self._unrendered) < UNRENDERED_MAX:
            self._unrendered.append(Unrendered(name, reason))

    def unrendered(self) -> tuple[Unrendered, ...]:
        """The files that could not be drawn; all are made anew from the JSON statement by whoever asks for one."""
        return tuple(self._unrendered)

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
        self._bank.write(self._out)
        for told in self._for_pdf:
            self._rendered(f"statements/{told.party_id}.pdf", partial(_pdf, told))
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


def _pdf(told: Statement) -> tuple[bytes, int]:
    return statement_pdf.render(told), told.rows
