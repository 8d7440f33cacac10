"""Statements as the texts that their files are made of, for tests that start from a statement."""

from collections.abc import Iterator
from dataclasses import replace

from overtone.formats import statement_csv, statement_json, statement_lines
from overtone.formats.statement_lines import IncomeTexts
from overtone.payout.earnings import EarningsRow, SourceEarnings, SourceHead
from overtone.payout.statement import Source, Statement, WorkIncome


def sealed(statement: Statement) -> bytes:
    """The statement's JSON, as a settlement writes it."""
    return statement_json.encode(*_apart(statement))


def csv_of(statement: Statement) -> tuple[bytes, int]:
    """Its CSV, and how many rows that has."""
    return statement_csv.render(*_apart(statement))


def _apart(statement: Statement) -> tuple[Statement, IncomeTexts]:
    return replace(statement, sources=[]), statement_lines.written(map(_source, statement.sources))


def _source(source: Source) -> SourceEarnings:
    of_works = [text for work in source.works for text in (work.work_id, work.work_key, work.title, *work.identifiers)]
    free = "".join([*of_works, *(line.words for work in source.works for line in work.lines)])
    about = source.heading, source.mechanism, source.licensee, source.model, source.deal_id, source.currency
    head = SourceHead(*about, source.licensee_name, source.whole, source.works_in_all)
    return SourceEarnings(head, source.amount, [row for work in source.works for row in _rows(work)], free)


def _rows(work: WorkIncome) -> Iterator[EarningsRow]:
    called = " ".join(work.identifiers)
    for place, line in enumerate(work.lines):
        about = line.line_id, line.usage_month, line.side, line.quantity, line.amount, line.shadow, line.words, line.apart
        yield 0, work.work_id, work.work_key, work.title, place, work.amount, called, *about
