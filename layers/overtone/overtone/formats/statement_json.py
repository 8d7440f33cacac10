"""A statement as it is sealed: canonical JSON, of which `Statement.parse` is the inverse."""

import orjson

from overtone.formats.statement_lines import IncomeTexts
from overtone.payout.statement import Statement


def encode(rest: Statement, income: IncomeTexts) -> bytes:
    """All of a statement but its sources, and these as they were written."""
    return orjson.dumps({**vars(rest), "sources": orjson.Fragment(income.json)})
