"""The tables of a what-if as CSV: every payee and every work, and by source, licensee, territory, size class and reason of suspense."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from overtone.formats.settlement_csv import safe
from overtone.money import format_amount
from overtone.scenarios.comparison import Comparison
from overtone.scenarios.outcome import BeforeAfter, rows_of, size_class, size_classes

FIGURES: Final = ("before", "after", "difference")
TABLES: Final = {
    "payees": ("payee", "name", "size_class"),
    "works": ("work_key", "work_id"),
    "sources": ("licensee", "mechanism", "model"),
    "licensees": ("licensee", "deal_id", "mechanism"),
    "spared": ("licensee", "deal_id", "mechanism"),
    "territories": ("territory",),
    "size_classes": ("size_class",),
    "suspense": ("reason",),
}
"""The columns of each table, before currency and figures."""
_DIMENSION: Final = {"licensees": "owed"}

PayeeNames = Callable[[Iterable[str]], Mapping[str, str]]


def tables(compared: Comparison, names: PayeeNames) -> Iterator[tuple[str, bytes, int]]:
    """Each table as `(file name, bytes, rows)`, its rows by currency and what moves most first."""
    currencies = sorted({name[0] for sums in compared.sums.values() for name in sums})
    for table, columns in TABLES.items():
        body = io.StringIO()
        writer = csv.writer(body, lineterminator="\n")
        writer.writerow((*columns, "currency", *FIGURES))
        count = 0
        for currency in currencies:
            for cells, row in _rows(compared, table, currency, names):
                figures = map(format_amount, (row.before, row.after, row.difference))
                writer.writerow((*map(safe, cells), currency, *figures))
                count += 1
        yield f"{table}.csv", body.getvalue().encode(), count


def _rows(compared: Comparison, table: str, currency: str, names: PayeeNames) -> Iterator[tuple[tuple[str, ...], BeforeAfter]]:
    if table == "size_classes":
        yield from ((row.name, row) for row in size_classes(rows_of(compared.sums["payees"], currency)))
    elif table == "suspense":
        rows = rows_of(compared.sums["accounts"], currency)
        yield from ((row.name[1:], row) for row in rows if row.name[0] == "suspense")
    elif table == "payees":
        yield from _payees(rows_of(compared.sums["payees"], currency), compared, names)
    else:
        yield from ((row.name, row) for row in rows_of(compared.sums[_DIMENSION.get(table, table)], currency))


def _payees(rows: list[BeforeAfter], compared: Comparison, names: PayeeNames) -> Iterator[tuple[tuple[str, ...], BeforeAfter]]:
    shown = compared.viewer.shown(row.name[0] for row in rows)
    known = names([row.name[0] for row in rows if compared.viewer.knows(row.name[0])])
    for row in rows:
        payee = row.name[0]
        yield (shown[payee], known.get(payee, ""), size_class(row.before)), row
