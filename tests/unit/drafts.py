"""Statements as the rows that their files are written of, for tests that start from a statement."""

from collections.abc import Iterator
from dataclasses import replace

from overtone.payout.earnings import EarningsRow, SourceEarnings, StatementDraft
from overtone.payout.statement import Source, Statement, WorkIncome


def draft_of(statement: Statement) -> StatementDraft:
    """The statement as it was before it was sealed."""
    return StatementDraft(replace(statement, sources=[]), [_source(source) for source in statement.sources], statement.rows)


def _source(source: Source) -> SourceEarnings:
    of_works = [text for work in source.works for text in (work.work_id, work.work_key, work.title, *work.identifiers)]
    free = "".join([*of_works, *(line.words for work in source.works for line in work.lines)])
    about = source.heading, source.mechanism, source.licensee, source.model, source.deal_id, source.currency, source.amount
    rows = [row for work in source.works for row in _rows(work)]
    return SourceEarnings(*about, rows, source.licensee_name, source.whole, source.works_in_all, free)


def _rows(work: WorkIncome) -> Iterator[EarningsRow]:
    called = " ".join(work.identifiers)
    for place, line in enumerate(work.lines):
        about = line.line_id, line.usage_month, line.side, line.quantity, line.amount, line.shadow, line.words, line.apart
        yield 0, work.work_id, work.work_key, work.title, place, work.amount, called, *about
