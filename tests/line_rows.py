"""Rows of `lines.csv`, line by line: what the package joins column by column is held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overtone.formats.settlement_csv import safe
from overtone.lines import DETAILS
from overtone.money import format_amount, format_share

if TYPE_CHECKING:
    from overtone.lines import Line


def row_of(line: Line) -> tuple[str, ...]:
    """The cells of a line, in the order of the file's columns."""
    key, posting = line.key, line.posting
    figures = format_share(posting.quantity), format_amount(posting.amount), format_amount(posting.shadow)
    about = (line.line_id, *key[:4], safe(key.model), *key[5:7], safe(line.title), *key[7:12])
    return (*about, *figures, key.currency, line.adjusts, *key[-DETAILS:])
