"""What CWR's faults are, and its identifiers: a bad one is left out and told."""

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

from overtone import identifiers
from overtone.errors import Rejected
from overtone.formats.cwr.layout import Record

Level = Literal["field", "transaction"]


class Refusal(NamedTuple):
    """What was not taken, and why: the field of a record, or with it the whole transaction."""

    level: Level
    line: int
    record: str
    field: str
    message: str


_PARSERS: Final[Mapping[str, Callable[[str], str]]] = {
    "iswc": identifiers.iswc,
    "isrc": identifiers.isrc,
    "ipi": identifiers.ipi,
    "ipi_behind_tax_id": identifiers.ipi,
}


def identifier(record: Record, name: str, refusals: list[Refusal]) -> str:
    """An identifier in its normal form, "" where the field is empty or wrong; a wrong one is added to `refusals`."""
    text = record.field(name)
    if not text.strip("0"):
        return ""
    try:
        return _PARSERS[name](text)
    except Rejected as error:
        refusals.append(Refusal("field", record.line, record.kind, name, error.detail))
        return ""


def number(record: Record, name: str, refusals: list[Refusal], level: Level = "transaction") -> int:
    """A number, 0 where the field is empty or wrong; a wrong one is added to `refusals`."""
    try:
        return record.number(name)
    except ValueError as error:
        refusals.append(Refusal(level, record.line, record.kind, name, str(error)))
        return 0
