"""What a part of a settlement leaves for `emit`: its lines by owner, its breaches, what its pools paid.

One JSON value per line. The first says what the pools paid, and the breaches; then come the lines sorted by (owner, key):
each under its payee, and once more under the member whose share a society collects.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from overtone.lines import PARTY, Line, LineKey, Posting
from overtone.mechanisms.totals import TotalKey, numbers_to_json, picos_from_json
from overtone.scales import Nano, Pico
from overtone.settlement.breaches import Breach

FORMAT: Final = 2
"""Of a part's first line. In format 1 it was an array, with the names of pools glued together."""
_NUMBERS: Final = Breach._fields.index("quantity")


class PartFile(NamedTuple):
    """A decoded part; `entries` are `(owner, line)`, the owner empty for suspense and residue."""

    pools_paid: dict[TotalKey, Pico]
    breaches: list[Breach]
    entries: Iterator[tuple[str, Line]]


def encode(pools_paid: Mapping[TotalKey, int], breaches: Iterable[Breach], lines: Iterable[Line]) -> Iterator[bytes]:
    """The part as text lines."""
    found = [[str(value) for value in breach] for breach in breaches]
    yield orjson.dumps({"format": FORMAT, "pools_paid": numbers_to_json(pools_paid), "breaches": found}) + b"\n"
    for owner, line in sorted(_owned(lines), key=lambda entry: (entry[0], entry[1].key)):
        numbers = [str(number) for number in line.posting]
        fields = [owner, line.line_id, *line.key.stored, line.title, *numbers, line.adjusts]
        yield orjson.dumps(fields) + b"\n"


def decode(texts: Iterator[bytes]) -> PartFile:
    """The inverse of `encode`, lazily."""
    head = orjson.loads(next(texts))
    found = [_breach(fields) for fields in head["breaches"]]
    return PartFile(picos_from_json(head["pools_paid"]), found, map(_entry, texts))


def find(line_id: str, texts: Iterator[bytes]) -> Line | None:
    """The line of a part with this id; of a part of any format, for the lines of all are alike."""
    for text in texts:
        if line_id.encode() in text and text.startswith(b'["') and (line := _entry(text)[1]).line_id == line_id:
            return line
    return None


def _breach(fields: list[str]) -> Breach:
    texts: dict[str, Any] = dict(zip(Breach._fields, fields[:_NUMBERS], strict=False))
    quantity, limit, amount = map(int, fields[_NUMBERS : _NUMBERS + 3])
    return Breach(**texts, quantity=Nano(quantity), limit=Nano(limit), amount=Pico(amount), currency=fields[_NUMBERS + 3])


def _entry(text: bytes) -> tuple[str, Line]:
    fields = orjson.loads(text)
    key = LineKey.of(fields[2:-5])
    posting = Posting.of(fields[-4:-1])
    return fields[0], Line(fields[1], key, fields[-5], posting, fields[-1])


def _owned(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    for line in lines:
        yield line.key.party_id, line
        if line.key.account == PARTY and line.key.member_id not in {"", line.key.party_id}:
            yield line.key.member_id, line
