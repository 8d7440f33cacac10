"""Statements as the rows that their files are written of, for tests that start from a statement."""

from dataclasses import replace

from overtone.payout.earnings import LineEarnings, SourceEarnings, StatementDraft, WorkEarnings
from overtone.payout.statement import IncomeLine, Source, Statement, WorkIncome


def draft_of(statement: Statement) -> StatementDraft:
    """The statement as it was before it was sealed."""
    return StatementDraft(replace(statement, sources=[]), [_source(source) for source in statement.sources], statement.rows)


def _source(source: Source) -> SourceEarnings:
    works = [_work(work) for work in source.works]
    of_works = [text for work in source.works for text in (work.work_id, work.work_key, work.title, *work.identifiers)]
    free = "".join([*of_works, *(line.words for work in source.works for line in work.lines)])
    about = source.heading, source.mechanism, source.licensee, source.model, source.deal_id, source.currency, source.amount
    return SourceEarnings(*about, works, source.licensee_name, source.whole, source.works_in_all, free)


def _work(work: WorkIncome) -> WorkEarnings:
    return 0, work.work_id, work.work_key, work.title, work.amount, work.identifiers, list(map(_line, work.lines))


def _line(line: IncomeLine) -> LineEarnings:
    return line.line_id, line.usage_month, line.side, line.quantity, line.amount, line.shadow, line.words, line.apart
