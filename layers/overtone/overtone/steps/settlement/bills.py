"""The money-in side of a settlement: finance's facts are heard, debtors are billed, and both stand in the journal and in the state."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from overtone.formats import invoice_files, invoice_ubl, statement_pdf
from overtone.formats.settlement_csv import INVOICES, invoice_row
from overtone.payout import journal, self_billing, suspense
from overtone.payout.accounts import Account, PartyState
from overtone.payout.adjustments import Adjustment, AgreedOpening, OpenedSuspense
from overtone.payout.directory import Directory
from overtone.payout.files import Outbound
from overtone.payout.finance import Finance
from overtone.payout.given_up import MonthMoves, Moves
from overtone.payout.invoice import Between, Document, Owed, Seat, document, interest_document
from overtone.payout.invoice_balance import INTEREST, NO_RATE, Invoice, LateRate
from overtone.payout.journal import Journal
from overtone.payout.manifest import Head
from overtone.payout.money_in import Debtor
from overtone.payout.receivables import Billing
from overtone.rights.registry import Party
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico
from overtone.stores.receivables import STATE

PDF_INVOICES_MAX: Final = 500
"""Invoices that one settlement draws; the others have JSON, CSV and UBL, from which a PDF can be made."""


Rendered = Callable[[str, Callable[[], tuple[bytes, int]]], None]
"""Writes a file that may fail to be drawn."""


class Bills:
    """Hears what came in, then bills what is owed.

    `by_hand` are adjustments and opening balances, by party; `suspense` is what of them waits, or came out of what waited.
    """

    def __init__(self, head: Head, out: Outbound, finance: Finance, rendered: Rendered) -> None:
        self._head, self._out, self._rendered = head, out, rendered
        self._finance = finance
        self.receivables = finance.receivables
        self.by_hand: defaultdict[str, list[Adjustment | AgreedOpening]] = defaultdict(list)
        self._positive: defaultdict[Debtor, Pico] = defaultdict(lambda: ZERO_PICO)
        self._moves: defaultdict[Debtor, defaultdict[str, MonthMoves]] = defaultdict(lambda: defaultdict(MonthMoves))
        self._day = head.cutoff[:10]
        self.suspense = suspense.by_hand((), ())
        self._delays: dict[Debtor, list[tuple[Invoice, Pico]]] = {}

    def hear(self, entries: Journal) -> None:
        """Take in finance's facts in their order: money, what is given up, adjustments; then what delay has cost to this day."""
        opened = [fact for fact in self._finance.facts if isinstance(fact, OpenedSuspense)]
        journal.opened(entries, opened)
        self.suspense = suspense.by_hand(opened, [fact for fact in self._finance.facts if isinstance(fact, Adjustment)])
        for fact in self._finance.facts:
            if isinstance(fact, OpenedSuspense):
                continue
            if isinstance(fact, Adjustment | AgreedOpening):
                self.by_hand[fact.party_id].append(fact)
            else:
                journal.collected(entries, self.receivables.hear(fact, self._day))
        self.receivables.heard = self._finance.heard
        self._delays = self.receivables.delays(self._day)

    @property
    def charges(self) -> dict[tuple[str, ...], Pico]:
        """The interest that is billed now, as rows of the receivables: of no deal, for the month that is settled through."""
        sums = {debtor: sum((more for _, more in new), ZERO_PICO) for debtor, new in self._delays.items()}
        return {(one.licensee, "", INTEREST, self._head.through, one.currency): amount for one, amount in sums.items()}

    def add(self, billed: Mapping[Debtor, Pico], moves: Mapping[Debtor, Moves]) -> None:
        """Note the positive amounts of one payee, or of suspense, and what their corrections take and credit."""
        for debtor, amount in billed.items():
            self._positive[debtor] += max(ZERO_PICO, amount)
        for debtor, months in moves.items():
            for month, one in months.items():
                self._moves[debtor][month].add(one)

    def self_bill(self, state: PartyState, moved: Iterable[Account], known: Directory) -> None:
        """Write the invoices of a payee that lets the payer write them."""
        party = known.party(state.party_id)
        if party is None or party.tax is None or not party.tax.self_billing:
            return
        issuer = self._finance.issuer
        payer, payee = Seat.of(issuer, known.party(issuer) if issuer else None, self._finance.issuer_name), Seat.of(state.party_id, party)
        for account in moved:
            if drawn := self_billing.document(account, state, self._head, payee, payer):
                name = f"{self_billing.FOLDER}/{state.party_id}-{account.currency}"
                self._out.put(f"{name}.json", invoice_files.as_json(drawn), 1)
                self._out.put(f"{name}.xml", invoice_ubl.build(drawn), 1)

    def issue(self, owed: Mapping[tuple[str, ...], Pico], parties: Mapping[str, Party], entries: Journal) -> None:
        """Bill every debtor; `owed` is by licensee, deal, mechanism, month and currency."""
        by_debtor: defaultdict[Debtor, dict[Owed, Pico]] = defaultdict(dict)
        for (licensee, deal_id, mechanism, month, currency), amount in owed.items():
            by_debtor[Debtor(licensee, currency)][deal_id, mechanism, month] = amount
        rates = {name: party.tax.vat_rate for name, party in parties.items() if party.tax and party.tax.vat_rate}
        days = {name: party.due_days for name, party in parties.items()}
        billing = Billing(self._head.settlement_id, self._day, days, rates)
        issued: list[Invoice] = []
        for debtor, parts in sorted(by_debtor.items()):
            rest = self.receivables.account(debtor).rest
            sums = sum(parts.values(), ZERO_PICO), self._positive[debtor]
            moves: Moves = self._moves.get(debtor, {})
            terms = replace(billing, late=self._late_rate(parts, asks_anyway=any(one.idle for one in moves.values())))
            invoice = self.receivables.bill(debtor, *sums, terms, moves)
            if invoice is not None:
                journal.billed_tax(entries, invoice)
                journal.forgone(entries, invoice)
                between = self._between(debtor, parties, rates.get(debtor.licensee, ZERO_NANO))
                drawn = document(invoice, parts, rest, self._head.through, between)
                self._write(invoice.file, drawn, draws=len(issued) < PDF_INVOICES_MAX)
                issued.append(invoice)
        issued += self._charge(replace(billing, tax_rates={}, kind=INTEREST), parties, entries)
        self._list(issued)

    def _charge(self, billing: Billing, parties: Mapping[str, Party], entries: Journal) -> list[Invoice]:
        """Bill each debtor what its delay has cost: outside the scope of VAT, and for no interest of its own."""
        issued: list[Invoice] = []
        for debtor, delays in self._delays.items():
            rest, exact = self.receivables.account(debtor).rest, sum((more for _, more in delays), ZERO_PICO)
            for late, more in delays:
                late.charged += more
            if (invoice := self.receivables.bill(debtor, exact, max(ZERO_PICO, exact), billing)) is not None:
                journal.charged_interest(entries, invoice)
                drawn = interest_document(invoice, delays, rest, self._head.through, self._between(debtor, parties, ZERO_NANO))
                self._write(invoice.file, drawn, draws=len(issued) < PDF_INVOICES_MAX)
                issued.append(invoice)
        return issued

    def _between(self, debtor: Debtor, parties: Mapping[str, Party], tax_rate: Nano) -> Between:
        seller = Seat.of(self._finance.issuer, parties.get(self._finance.issuer), self._finance.issuer_name)
        return Between(seller, Seat.of(debtor.licensee, parties.get(debtor.licensee)), tax_rate)

    def _late_rate(self, parts: Mapping[Owed, int], *, asks_anyway: bool) -> LateRate:
        """The mean of the rates of the deals that are billed, by what each bills.

        Where each takes off more than it bills, by both, if the document asks for something because that is no credit.
        """
        by_deal: defaultdict[str, int] = defaultdict(int)
        for (deal_id, _, _), amount in parts.items():
            by_deal[deal_id] += amount
        bills = {deal_id: amount for deal_id, amount in by_deal.items() if amount > 0}
        if not bills and asks_anyway:
            bills = {deal_id: sum(abs(part) for (of, _, _), part in parts.items() if of == deal_id) for deal_id in by_deal}
        weighted = sum(amount * self._finance.late_rates.get(deal_id, 0) for deal_id, amount in bills.items())
        return LateRate(weighted, sum(bills.values())) if weighted else NO_RATE

    def parties_named(self, owed: Iterable[tuple[str, ...]]) -> list[str]:
        """Whose records the documents need."""
        return sorted({licensee for licensee, *_ in owed} | {debtor.licensee for debtor in self._delays} | ({self._finance.issuer} - {""}))

    def _write(self, name: str, drawn: Document, *, draws: bool) -> None:
        self._out.put(f"{name}.json", invoice_files.as_json(drawn), len(drawn.lines))
        self._out.put(f"{name}.csv", invoice_files.as_csv(drawn), len(drawn.lines) + 2)
        self._out.put(f"{name}.xml", invoice_ubl.build(drawn), len(drawn.lines))
        if draws:
            self._rendered(f"{name}.pdf", lambda: self._pdf(drawn))

    def _pdf(self, drawn: Document) -> tuple[bytes, int]:
        foot = f"{drawn.buyer.name} ({drawn.buyer.party_id}), settlement {drawn.settlement_id}"
        about = statement_pdf.Drawing(invoice_files.title(drawn), drawn.buyer.name, foot, self._head.cutoff)
        headline = f"{drawn.currency} {drawn.total}, due {drawn.due_on}"
        return statement_pdf.draw(about, [headline], invoice_files.sections(drawn)), len(drawn.lines)

    def _list(self, issued: Iterable[Invoice]) -> None:
        with self._out.csv("invoices.csv", INVOICES) as file:
            for invoice in issued:
                file.row(invoice_row(invoice))
        with self._out.ndjson(STATE) as state:
            for line in self.receivables.encode():
                state.line(line)
