"""What a part of a settlement leaves for `emit`: its lines by owner, its breaches, what its pools paid.

One JSON value per line. The first says what the pools paid, and the breaches; then come the lines sorted by (owner, key), in blocks
of columns: each line under its payee, and once more under the member whose share a society collects, with what its work is called
elsewhere. A column whose cells are all the same is that cell.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from sys import intern
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from overtone.errors import InvariantBroken
from overtone.lines import Line, LineKey, Posting
from overtone.mechanisms.totals import TotalKey, numbers_to_json, picos_from_json
from overtone.scales import Nano, Pico
from overtone.settlement.breaches import Breach
from overtone.settlement.entries import KEY, LINE_ID, SEPARATOR, TITLE, Entry, entry_of, line_of
from overtone.settlement.line_columns import Cells, PostedLines, folded

FORMAT: Final = 4
"""Of a part's first line. In format 3 the names of works stood there and not beside their lines; in format 2 each line was an array
by itself; in format 1 the first line was an array too, with the names of pools glued together."""
_READ: Final = frozenset({2, 3, FORMAT})
BLOCK_LINES: Final = 100
"""So many lines of each part are in memory while parts are merged, of a settlement of many months thousands of them."""
_NUMBERS: Final = Breach._fields.index("quantity")
_FIELDS: Final = len(LineKey._fields)
_FIGURES: Final = len(Posting._fields)
_WORK_ID: Final = LineKey._fields.index("work_id")

NamesById = Mapping[str, Sequence[str]]
"""By work id, the identifiers of a work, and of the composition that a recording is of."""


class PartFile(NamedTuple):
    """A decoded part; `blocks` are its lines, sorted, the owner empty for suspense and residue."""

    pools_paid: dict[TotalKey, Pico]
    breaches: list[Breach]
    blocks: Iterator[list[Entry]]


def encode(
    pools_paid: Mapping[TotalKey, int], breaches: Iterable[Breach], lines: PostedLines, names: NamesById | None = None
) -> Iterator[bytes]:
    """The part as text lines."""
    found = [breach_fields(breach) for breach in breaches]
    called = {work_id: SEPARATOR.join(own) for work_id, own in (names or {}).items()}
    yield orjson.dumps({"format": FORMAT, "pools_paid": numbers_to_json(pools_paid), "breaches": found}) + b"\n"
    count, columns = lines.by_owner(called)
    for start in range(0, count, BLOCK_LINES):
        size = min(count - start, BLOCK_LINES)
        yield _columns(size, (column if isinstance(column, str) else column[start : start + size] for column in columns))


def blocks_of(entries: Sequence[Entry]) -> Iterator[bytes]:
    """Sorted lines as text, block by block."""
    for start in range(0, len(entries), BLOCK_LINES):
        block = entries[start : start + BLOCK_LINES]
        cells = list(zip(*block, strict=True))
        numbers = (list(map(str, column)) for column in cells[TITLE + 1 : -2])
        yield _columns(len(block), (cells[0], cells[LINE_ID], *cells[KEY], cells[TITLE], *numbers, *cells[-2:]))


def blocks(texts: Iterator[bytes]) -> Iterator[list[Entry]]:
    """The inverse of `blocks_of`, lazily."""
    return map(_block, texts)


def _columns(size: int, columns: Iterable[Cells]) -> bytes:
    return orjson.dumps([size, *map(folded, columns)], option=orjson.OPT_APPEND_NEWLINE)


def decode(texts: Iterator[bytes]) -> PartFile:
    """The inverse of `encode`, lazily; also of a part of formats 2 and 3."""
    head = orjson.loads(next(texts))
    if head["format"] not in _READ:
        raise InvariantBroken("pure", f"a part has format {head['format']}; this version reads {', '.join(map(str, sorted(_READ)))}")
    found = [breach_of(fields) for fields in head["breaches"]]
    return PartFile(picos_from_json(head["pools_paid"]), found, map(partial(_block, names=head.get("names", {})), texts))


def find(line_id: str, texts: Iterator[bytes]) -> Line | None:
    """The line of a part with this id; of a part of any format."""
    next(texts, None)
    for text in texts:
        if line_id.encode() in text:
            for entry in _block(text):
                if entry[LINE_ID] == line_id:
                    return line_of(entry)
    return None


def breach_fields(breach: Breach) -> list[str]:
    """A breach as texts."""
    return [str(value) for value in breach]


def breach_of(fields: list[str]) -> Breach:
    """The inverse of `breach_fields`."""
    texts: dict[str, Any] = dict(zip(Breach._fields, fields[:_NUMBERS], strict=False))
    quantity, limit, amount = map(int, fields[_NUMBERS : _NUMBERS + 3])
    currency, *cleared = fields[_NUMBERS + 3 :]
    told = cleared[0] if cleared else ""
    return Breach(**texts, quantity=Nano(quantity), limit=Nano(limit), amount=Pico(amount), currency=currency, cleared=told)


def _block(text: bytes, names: NamesById = MappingProxyType({})) -> list[Entry]:
    """The lines of a block; `names` are those of the part's works in format 3."""
    fields = orjson.loads(text)
    if not isinstance(fields[0], int):
        return [_of_format_2(fields)]
    size, owners, *columns = fields
    owners, ids, *rest = [_cells(column, size, owners) for column in (owners, *columns)]
    titles, *numbers, adjusts = rest[_FIELDS : _FIELDS + _FIGURES + 2]
    called = rest[_FIELDS + _FIGURES + 2 :] or [[SEPARATOR.join(names.get(work_id, ())) for work_id in rest[_WORK_ID]]]
    figures = (map(int, column) for column in numbers)
    return list(zip(owners, *rest[:_FIELDS], ids, titles, *figures, adjusts, *called, strict=True))


def _cells(column: Cells, size: int, owners: Cells) -> Sequence[str]:
    """The cells of a column; those that say the same again are the same texts: the fewer there are, the less waits for memory."""
    if isinstance(column, str):
        return [intern(column)] * size
    return owners if column == owners else column


def _of_format_2(fields: Sequence[Any]) -> Entry:
    """A line as an array of its own, as before format 3."""
    line = Line(fields[1], LineKey.of(fields[2:-5]), fields[-5], Posting.of(fields[-4:-1]), fields[-1])
    return entry_of(fields[0], line)
