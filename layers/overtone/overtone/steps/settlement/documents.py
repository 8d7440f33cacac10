"""What each party is given of a settlement: its statement, its members' file, its reports as a licensor.

They say what was settled and change none of it, so those of many payees are written by functions of their own (`range_documents`).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from overtone.formats import licensor_reports, settlement_csv, statement_csv, statement_html, statement_json, statement_lines, statement_pdf
from overtone.payout import societies, statement_builder
from overtone.payout.directory import Directory
from overtone.payout.earnings import StatementDraft
from overtone.payout.files import Outbound
from overtone.payout.manifest import Unrendered
from overtone.payout.movements import Settled
from overtone.payout.statement import Statement
from overtone.payout.statement_builder import Context
from overtone.steps.settlement.concerns import Concern

UNRENDERED_MAX: Final = 1_000
"""Files that the manifest names as not drawn."""
UNRENDERED_REASON_MAX: Final = 300
PDF_STATEMENTS_MAX: Final = 100
"""PDF takes a hundred times as long as HTML: a settlement of more statements leaves it to whoever asks for one."""
PDF_ROWS_MAX: Final = 10_000
"""Rows of all those PDFs: one takes a thousandth of a second to draw, and up to ten where letters join or have no spaces between them."""
HTML_STATEMENTS_MAX: Final = 100
"""Of so many payees, the first by id, the page is written with the settlement: one takes as long as all else that ten payees are given.
Another's is drawn from its JSON when asked for."""


class PayeeDocuments:
    """Writes them payee by payee; `pages` is false where others come before, and pages are theirs."""

    def __init__(self, context: Context, out: Outbound, *, pages: bool = True) -> None:
        self.head, self.out, self.finance, self._context = context.head, out, context.finance, context
        self._pages = pages
        self._statements = 0
        self._for_pdf: list[tuple[str, bytes]] = []
        self._pdf_rows = 0
        self._unrendered: list[Unrendered] = []

    def tell(self, payees: Sequence[tuple[Concern, Settled]], known: Directory) -> None:
        """All that parties are given."""
        for concern, _ in payees:
            self._society(concern, known)
        built = [statement_builder.build(self._context, settled, concern, known) for concern, settled in payees]
        income = [statement_lines.written(draft.sources) for draft in built]
        for (concern, _), draft, texts in zip(payees, built, income, strict=True):
            content = statement_json.encode(draft.rest, texts)
            self.out.put(f"statements/{concern.party_id}.json", content, draft.rows)
            self.rendered(f"statements/{concern.party_id}.csv", partial(statement_csv.render, draft.rest, texts))
            self._drawn(concern.party_id, content, _pdf_rows(draft))
            self._reports(concern, known)

    def remember(self, concern: Concern, settled: Settled, known: Directory) -> None:
        """Let the state of a party that is told apart keep what its statement says."""
        statement_builder.remember(self._context, settled, concern, known)

    def _society(self, concern: Concern, known: Directory) -> None:
        members = concern.members - {"", concern.party_id}
        if not members:
            return
        shared = [line for line in concern.lines if line.key.member_id in members]
        with self.out.csv(f"societies/{concern.party_id}.csv", settlement_csv.SOCIETY) as file:
            for share in societies.shares(concern.party_id, shared, known):
                file.row(settlement_csv.society(share))

    def _reports(self, concern: Concern, known: Directory) -> None:
        """To a licensor, what each licensee used of its works and what it brought."""
        party = known.party(concern.party_id)
        if party is None or party.kind not in licensor_reports.READERS:
            return
        lines = concern.lines
        for licensee in licensor_reports.licensees(lines):
            name = licensor_reports.name_of(concern.party_id, licensee)
            parties = ((licensee, known.name(licensee)), (concern.party_id, party.name))
            self.rendered(name, partial(licensor_reports.render, self.head, parties, lines))

    def _drawn(self, party_id: str, sealed: bytes, pdf_rows: int) -> None:
        """The page of one of the first, from the sealed JSON as whoever asks for another's; its PDF waits until their number is known."""
        self._statements += 1
        if self._pages and self._statements <= HTML_STATEMENTS_MAX:
            self.rendered(f"statements/{party_id}.html", partial(_page, sealed))
        if self._statements > PDF_STATEMENTS_MAX:
            self._for_pdf.clear()
        elif self._pdf_rows + pdf_rows <= PDF_ROWS_MAX:
            self._for_pdf.append((party_id, sealed))
            self._pdf_rows += pdf_rows

    def draw(self) -> None:
        """The PDFs, where there are few, as far as they are short; the others are drawn for whoever asks."""
        for party_id, sealed in self._for_pdf:
            self.rendered(f"statements/{party_id}.pdf", partial(_pdf, sealed))

    def rendered(self, name: str, render: Callable[[], tuple[bytes, int]]) -> None:
        """Write one party's file. Where it cannot be drawn it is left out and named: nobody's pay waits for a picture of it."""
        try:
            content, rows = render()
        except Exception as error:  # noqa: BLE001 - whatever a library makes of one party's name or title
            self.leave_out(name, f"{type(error).__name__}: {error}"[:UNRENDERED_REASON_MAX])
        else:
            self.out.put(name, content, rows)

    def leave_out(self, name: str, reason: str) -> None:
        """Name a file that is not whole, or not there."""
        if len(self._unrendered) < UNRENDERED_MAX:
            self._unrendered.append(Unrendered(name, reason))

    def unrendered(self) -> tuple[Unrendered, ...]:
        """The files that could not be drawn; all are made anew from the JSON statement by whoever asks for one."""
        return tuple(self._unrendered)


def _pdf_rows(draft: StatementDraft) -> int:
    """The rows that a statement's PDF has at most: of income in one currency, by far the longest table, no more than are drawn of it."""
    others = len(draft.rest.adjustments) + len(draft.rest.collected)
    return min(draft.rows - others, statement_pdf.ROWS_MAX) + others


def _page(sealed: bytes) -> tuple[bytes, int]:
    statement = Statement.parse(sealed)
    return statement_html.render(statement).encode(), statement.rows


def _pdf(sealed: bytes) -> tuple[bytes, int]:
    statement = Statement.parse(sealed)
    return statement_pdf.render(statement), statement.rows
