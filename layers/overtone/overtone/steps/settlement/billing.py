"""The money-in side of a settlement: finance's facts are heard, debtors are billed, and both stand in the journal and in the state."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from overtone.formats import invoice_files, invoice_ubl, statement_pdf
from overtone.formats.settlement_csv import INVOICES, invoice_row
from overtone.payout import journal
from overtone.payout.files import Outbound
from overtone.payout.finance import Adjustment, AgreedOpening, Finance
from overtone.payout.invoice import Between, Document, Owed, Seat, document
from overtone.payout.journal import Journal
from overtone.payout.manifest import Head
from overtone.payout.receivables import Billing, Collection, Debtor, Invoice, WriteOff
from overtone.rights.registry import Party
from overtone.scales import ZERO_NANO, ZERO_PICO, Pico
from overtone.stores.receivables import STATE

PDF_INVOICES_MAX: Final = 500
"""Invoices that one settlement draws; the others have JSON, CSV and UBL, from which a PDF can be made."""


Rendered = Callable[[str, Callable[[], tuple[bytes, int]]], None]
"""Writes a file that may fail to be drawn."""


class Bills:
    """Hears what came in, then bills what is owed. `by_hand` are adjustments and opening balances, by party."""

    def __init__(self, head: Head, out: Outbound, finance: Finance, rendered: Rendered) -> None:
        self._head, self._out, self._rendered = head, out, rendered
        self._finance = finance
        self.receivables = finance.receivables
        self.by_hand: defaultdict[str, list[Adjustment | AgreedOpening]] = defaultdict(list)
        self._positive: defaultdict[Debtor, Pico] = defaultdict(lambda: ZERO_PICO)

    def hear(self, entries: Journal) -> None:
        """Take in finance's facts in their order: money, what is given up, adjustments."""
        for fact in self._finance.facts:
            if isinstance(fact, Collection):
                journal.collected(entries, self.receivables.collect(fact))
            elif isinstance(fact, WriteOff):
                given_up = self.receivables.write_off(fact)
                journal.collected(entries, [given_up] if given_up else [])
            else:
                self.by_hand[fact.party_id].append(fact)
        self.receivables.heard = self._finance.heard

    def add(self, billed: Mapping[Debtor, Pico]) -> None:
        """Note the positive amounts of one payee, or of suspense."""
        for debtor, amount in billed.items():
            self._positive[debtor] += max(ZERO_PICO, amount)

    def issue(self, owed: Mapping[tuple[str, ...], Pico], parties: Mapping[str, Party], entries: Journal) -> None:
        """Bill every debtor; `owed` is by licensee, deal, mechanism, month and currency."""
        by_debtor: defaultdict[Debtor, dict[Owed, Pico]] = defaultdict(dict)
        for (licensee, deal_id, mechanism, month, currency), amount in owed.items():
            by_debtor[Debtor(licensee, currency)][deal_id, mechanism, month] = amount
        rates = {name: party.tax.vat_rate for name, party in parties.items() if party.tax and party.tax.vat_rate}
        days = {name: party.due_days for name, party in parties.items()}
        billing = Billing(self._head.settlement_id, self._head.cutoff[:10], days, rates)
        issued: list[Invoice] = []
        for debtor, parts in sorted(by_debtor.items()):
            rest = self.receivables.account(debtor).rest
            invoice = self.receivables.bill(debtor, sum(parts.values(), ZERO_PICO), self._positive[debtor], billing)
            if invoice is not None:
                journal.billed_tax(entries, invoice)
                seller = Seat.of(self._finance.issuer, parties.get(self._finance.issuer), self._finance.issuer_name)
                buyer = Seat.of(debtor.licensee, parties.get(debtor.licensee))
                between = Between(seller, buyer, rates.get(debtor.licensee, ZERO_NANO))
                drawn = document(invoice, parts, rest, self._head.through, between)
                self._write(drawn, draws=len(issued) < PDF_INVOICES_MAX)
                issued.append(invoice)
        self._list(issued)

    def parties_named(self, owed: Iterable[tuple[str, ...]]) -> list[str]:
        """Whose records the documents need."""
        return sorted({licensee for licensee, *_ in owed} | ({self._finance.issuer} - {""}))

    def _write(self, drawn: Document, *, draws: bool) -> None:
        name = f"invoices/{drawn.buyer.party_id}-{drawn.currency}"
        self._out.put(f"{name}.json", invoice_files.as_json(drawn), len(drawn.lines))
        self._out.put(f"{name}.csv", invoice_files.as_csv(drawn), len(drawn.lines) + 2)
        self._out.put(f"{name}.xml", invoice_ubl.build(drawn), len(drawn.lines))
        if draws:
            self._rendered(f"{name}.pdf", lambda: self._pdf(drawn))

    def _pdf(self, drawn: Document) -> tuple[bytes, int]:
        text = invoice_files.as_json(drawn).decode()
        foot = f"{drawn.buyer.name} ({drawn.buyer.party_id}), settlement {drawn.settlement_id}"
        about = statement_pdf.Drawing(invoice_files.title(drawn), drawn.buyer.name, foot, self._head.cutoff, text)
        headline = f"{drawn.currency} {drawn.total}, due {drawn.due_on}"
        return statement_pdf.draw(about, [headline], invoice_files.sections(drawn)), len(drawn.lines)

    def _list(self, issued: Iterable[Invoice]) -> None:
        with self._out.csv("invoices.csv", INVOICES) as file:
            for invoice in issued:
                file.row(invoice_row(invoice))
        with self._out.ndjson(STATE) as state:
            for line in self.receivables.encode():
                state.line(line)
