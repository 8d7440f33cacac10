"""A settlement's lines as emission passes them on: each a row of bare cells under its owner, sorted, from many parts at once.

A line by itself (`lines.Line`) is four objects. Of the hundred thousands that are written most are looked at by column and only once, so
that a line is made of a row where somebody asks for one.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heapreplace
from itertools import chain
from operator import itemgetter
from typing import Final, cast

from overtone.lines import Line, LineKey, Posting
from overtone.scales import Nano, Pico

_Texts = tuple[str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str]
Entry = tuple[*_Texts, Nano, Pico, Pico, str, str]
"""An owner, a line's key field by field, its id, title, quantity, amount, shadow and what it adjusts: rows are sorted in this order. Then
the names of its work, spaces between them."""
FIELDS: Final = ("owner", *LineKey._fields, "line_id", "title", "quantity", "amount", "shadow", "adjusts", "called")
KEY: Final = slice(1, 1 + len(LineKey._fields))
USAGE_MONTH: Final = 1
WORK_ID: Final = 7
PARTY_ID: Final = 10
LINE_ID: Final = 17
TITLE: Final = 18
QUANTITY: Final = 19
AMOUNT: Final = 20
SHADOW: Final = 21
ADJUSTS: Final = 22
CALLED: Final = 23
"""Where the rest of a line stands in its row."""
READ_ON: Final = 4
"""One in so many parts is read on before what was read is sorted again: the more at a time, the more rows wait in memory."""
SEPARATOR: Final = " "  # no identifier has one
whose: Final[Callable[[Entry], tuple[str, str, str]]] = itemgetter(*map(FIELDS.index, ("licensee", "party_id", "member_id")))
"""The parties that a row names: licensee, payee, and member."""


def entry_of(owner: str, line: Line, called: str = "") -> Entry:
    """A line under an owner as a row."""
    return cast("Entry", (owner, *line.key, line.line_id, line.title, *line.posting, line.adjusts, called))


def line_of(entry: Entry) -> Line:
    """The line that a row is of."""
    posting = Posting(entry[QUANTITY], entry[AMOUNT], entry[SHADOW])
    return Line(entry[LINE_ID], LineKey._make(cast("tuple[str, ...]", entry[KEY])), entry[TITLE], posting, entry[ADJUSTS])


def names_in(called: str) -> list[str]:
    """What the work of a row is called elsewhere."""
    return called.split(SEPARATOR) if called else []


def other_names(called: str, key: str) -> list[str]:
    """What it is called beside its key."""
    return [name for name in names_in(called) if name != key]


def merged(parts: Iterable[Iterator[list[Entry]]]) -> Iterator[Entry]:
    """The rows of several parts, each given in sorted blocks, in order, a few blocks of each in memory."""
    return chain.from_iterable(_lots(parts))


def _lots(parts: Iterable[Iterator[list[Entry]]]) -> Iterator[list[Entry]]:
    """Those parts are read on of which the least is left; what no part can still come before is handed on."""
    reads, left, ends = list[Iterator[list[Entry]]](), list[list[Entry]](), list[tuple[Entry, int]]()
    for part in parts:
        if block := next(part, None):
            ends.append((block[-1], len(reads)))
            reads.append(part)
            left.append(block)
    heapify(ends)
    while ends:
        yield _up_to(ends[0][0], left)
        for _ in range(1 + len(ends) // READ_ON):
            number = ends[0][1]
            if block := next(reads[number], None):
                left[number] = left[number] + block
                heapreplace(ends, (block[-1], number))
            else:
                heappop(ends)
                if not ends:
                    break
    yield sorted(chain.from_iterable(left))


def _up_to(last: Entry, left: list[list[Entry]]) -> list[Entry]:
    """The rows up to one, in order, taken out of what is left of each part, which is sorted."""
    found = list[Entry]()
    for number, rows in enumerate(left):
        end = bisect_right(rows, last)
        found += rows[:end]
        left[number] = rows[end:]
    found.sort()  # which merges sorted pieces that follow each other
    return found
