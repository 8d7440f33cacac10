"""The lines of a settlement, found in its `lines.csv`: in pages, by column or by words of a title.

A cursor is the byte at which the file goes on, so a page costs what it reads, and no more of a large file than a bound is read at once.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from overtone.formats.settlement_csv import line_of
from overtone.mechanisms import MECHANISMS
from overtone.payout.adjustments import OPENED
from overtone.rights import titles
from overtone.stores import sealed_files
from overtone.stores.settlements import Settlement
from overtone.views.file_lines import lines_from, near_line, place_of

FILTERS: Final = {
    "party_id": "party_id",
    "member_id": "member_id",
    "work_id": "work_id",
    "work_key": "work_key",
    "deal_id": "deal_id",
    "licensee": "licensee",
    "mechanism": "mechanism",
    "month": "usage_month",
    "account": "account",
    "reason": "reason",
    "currency": "currency",
}
MECHANISMS_OF_LINES: Final = (*MECHANISMS, OPENED)
"""Of all lines that there are; why money waits is not among what can be listed: another system's money has reasons of its own."""
SCANNED_BYTES_MAX: Final = 64 * 1024 * 1024
"""Read for one page at most; a rare value in a large file takes several pages, some of them empty."""
_NAME: Final = "lines.csv"
_PARTY: Final = "party_id"

FileRow = dict[str, str]


def listing(record: Settlement, wanted: Mapping[str, str], title: str, after: str, limit: int) -> tuple[list[FileRow], str]:
    """Lines of a written settlement behind the byte `after`, and the byte to go on at ("" at the end). Raises `Rejected`.

    Those of no party stand first, then each party's by its id: one party's are found without reading the others'.
    """
    words, party = titles.plain(title).split(), wanted.get(_PARTY, "")
    key = sealed_files.file_key(record, _NAME)
    start = place_of(after) or (near_line(key, lambda line: _row(line)[_PARTY] < party) if party else 0)
    found: list[FileRow] = []
    before = start
    for row, end in _rows(key, start):
        if party and row[_PARTY] > party:
            break
        fits = all(row[column] == value for column, value in wanted.items()) and _holds(row["title"], words)
        if fits and len(found) == limit:
            return found, str(before)
        if fits:
            found.append(row)
        before = end
        if end - start > SCANNED_BYTES_MAX:
            return found, str(before)
    return found, ""


def _holds(title: str, words: Sequence[str]) -> bool:
    if not words:
        return True
    plain = titles.plain(title)
    return all(word in plain for word in words)


def _rows(key: str, start: int) -> Iterator[tuple[FileRow, int]]:
    """Rows from a byte on, each with the byte at which the next begins; the first line of the file is its head."""
    for text, end in lines_from(key, start, f"{key} is not there"):
        if end > len(text):
            yield _row(text), end


def _row(text: bytes) -> FileRow:
    (cells,) = csv.reader([text.decode()])
    return line_of(cells)
