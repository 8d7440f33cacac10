"""A statement's CSV written anew from the statement, row by row by the `csv` module."""

import csv
import io

from overtone.formats import statement_csv
from overtone.formats.settlement_csv import safe
from overtone.formats.statement_lines import IncomeTexts, isrcs_and_iswcs
from overtone.payout.statement import Source, Statement


def rows_of(source: Source) -> str:
    """The rows of a source."""
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\n")
    for work in source.works:
        names = isrcs_and_iswcs((work.work_key, *work.identifiers))
        for one in work.lines:
            about = "income", safe(source.heading), one.usage_month, work.work_id, safe(work.title), one.side, one.quantity
            out.writerow((*about, one.amount, one.shadow, source.currency, one.line_id, "", one.words, *names))
    return buffer.getvalue()


def csv_of(statement: Statement) -> tuple[bytes, int]:
    """The file, and how many rows it has."""
    count = sum(len(work.lines) for source in statement.sources for work in source.works)
    return statement_csv.render(statement, IncomeTexts("", "".join(map(rows_of, statement.sources)), count))
