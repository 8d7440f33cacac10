"""Columns and cells of a settlement's CSV files.

RFC 4180 in UTF-8 with LF. Amounts, quantities and shares are exact decimal strings. A spreadsheet runs a cell that
starts with `=`, `+`, `-`, `@`, a tab or a line break as a formula: such a free text (title, name, memo, reason from a
bank, a model's name from before models were named like ids) is written with an apostrophe before it. Numbers and ids are
never changed; an id cannot start that way.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from overtone.lines import DETAILS, LineKey, Posting
from overtone.money import format_amount, format_share
from overtone.payout.accounts import Account
from overtone.payout.files import csv_cell, is_plain_csv
from overtone.payout.invoice_balance import Invoice
from overtone.payout.runs import LineTable
from overtone.payout.societies import MemberShare
from overtone.scales import Pico
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import FIELDS
from overtone.settlement.line_columns import Cells, folded, joined

_FREE: Final = ("model", "title")
"""The columns of `lines.csv` that hold free text."""
DETAIL: Final = ("territory", "use", "service")
"""What a deal may keep its lines apart by; the columns are empty unless it does, and missing in files from before there were any."""
LINES: Final = (
    *("line_id", "usage_month", "deal_id", "mechanism", "licensee", "model", "work_key", "work_id", "title", "side"),
    *("account", "party_id", "member_id", "reason", "quantity", "amount", "shadow", "currency", "adjusts"),
    *DETAIL,
)
PAYMENTS: Final = (
    *("party_id", "name", "currency", "opening", "credited", "recouped", "withheld", "held", "paid", "closing", "status"),
    *("converted", "returned", "reserve", "payment_id", "adjusted", "written_off", "uncollected", "method", "account", "bank_file"),
)
RECEIVABLES: Final = ("licensee", "deal_id", "mechanism", "usage_month", "amount", "currency")
SUSPENSE: Final = (
    *("reason", "usage_month", "deal_id", "mechanism", "licensee", "model", "work_key", "work_id", "title", "side"),
    *("quantity", "amount", "currency", "since", "change"),
    *DETAIL,
)
INVOICES: Final = ("number", "licensee", "currency", "settlement_id", "issued_on", "due_on", "exact", "net", "tax", "total", "kind")
SOCIETY: Final = (
    *("member_id", "work_id", "usage_month", "deal_id", "mechanism", "gross"),
    *("admin_fee", "cultural_deduction", "net", "currency"),
    *DETAIL,
)
BREACHES: Final = tuple(Breach._fields)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
MARKS: Final = frozenset(_FORMULA)
"""With what a formula starts."""


def safe(text: str) -> str:
    """A free text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def rows_of(table: LineTable) -> str:
    """The rows of `lines.csv` of a table, joined column by column."""
    quantities, amounts, shadows = table.figures
    named = dict(zip(FIELDS, table.columns, strict=True)) | {"quantity": quantities, "amount": amounts, "shadow": shadows}
    columns, count = {name: folded(named[name]) for name in LINES}, len(table.entries)
    text = "\n".join([*joined(columns.values(), count, ","), ""])
    if is_plain_csv(text, count, len(LINES)) and not any(map(_has_formulas, (columns[name] for name in _FREE))):
        return text
    careful = {name: _careful(column, free=name in _FREE) for name, column in columns.items()}
    return "\n".join([*joined(careful.values(), count, ","), ""])


def _has_formulas(column: Cells) -> bool:
    return not MARKS.isdisjoint([column[:1]] if isinstance(column, str) else [cell[:1] for cell in column])


def _careful(column: Cells, *, free: bool) -> Cells:
    """The cells of a column as they stand in a row, where some cell of the row needs care."""
    if isinstance(column, str):
        return csv_cell(safe(column) if free else column)
    return [csv_cell(safe(cell) if free else cell) for cell in column]


def line_of(cells: Sequence[str]) -> dict[str, str]:
    """A row of `lines.csv` by its columns; of a file of any age."""
    return dict(zip_longest(LINES, cells, fillvalue=""))


def payment(row: Account) -> tuple[str, ...]:
    """A row of `payments.csv`."""
    figures = (row.opening, row.credited, row.recouped, row.withheld, row.held, row.paid, row.closing)
    extra = (row.converted, row.returned + row.returned_tax, row.reserve)
    return (
        *(row.party_id, safe(row.name), row.currency),
        *map(format_amount, figures),
        row.status,
        *map(format_amount, extra),
        row.payment_id,
        *map(format_amount, (row.adjusted, row.written_off, row.uncollected)),
        row.method,
        row.account,
        row.bank_file,
    )


def suspense(key: LineKey, title: str, standing: Posting, since: str, change: Pico) -> tuple[str, ...]:
    """A row of `suspense.csv`: what stands there now, since which settlement, and this settlement's part of it."""
    return (
        *(key.reason, key.usage_month, key.deal_id, key.mechanism, key.licensee, safe(key.model), key.work_key, key.work_id),
        *(safe(title), key.side, format_share(standing.quantity), format_amount(standing.amount), key.currency),
        *(since, format_amount(change), *key[-DETAILS:]),
    )


def invoice_row(invoice: Invoice) -> tuple[str, ...]:
    """A row of `invoices.csv`."""
    about = invoice.name, invoice.licensee, invoice.currency, invoice.settlement_id, invoice.issued_on, invoice.due_on
    return (*about, *map(format_amount, (invoice.exact, invoice.net, invoice.tax, invoice.gross)), invoice.kind)


def society(share: MemberShare) -> tuple[str, ...]:
    """A row of `societies/<party_id>.csv`."""
    figures = share.gross, share.admin_fee, share.cultural_deduction, share.net
    about = share.member_id, share.work_id, share.usage_month, share.deal_id, share.mechanism
    return (*about, *map(format_amount, figures), share.currency, *share.detail)


def breach(row: Breach) -> tuple[str, ...]:
    """A row of `breaches.csv`."""
    figures = (format_share(row.quantity), format_share(row.limit), format_amount(row.amount))
    return (*row._replace(model=safe(row.model), title=safe(row.title))[:12], *figures, row.currency, row.cleared)
