"""Usage records: what a platform reports of plays, downloads and generations, and what each field may hold."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import compress
from typing import Any, Final, NamedTuple, TypeAlias

from overtone import fields, identifiers, money
from overtone.errors import Rejected
from overtone.facts import cells
from overtone.facts.limits import FUTURE_DAYS_MAX, QUANTITY_MAX, RECORD_ID_LENGTH_MAX, REVISION_MAX, USED_ON_MIN
from overtone.facts.usage_kinds import KNOWN_USES, USE, USE_LENGTH_MAX, StoredUse

OUTPUT: Final = "output:"
RECORDING: Final = "isrc:"
UNLISTED: Final = "unlisted:"
"""Usage that a report sums without telling of which recordings; only readers of such reports make it, no caller can send it."""

_RECORD_ID = re.compile(rf"[!-~]{{1,{RECORD_ID_LENGTH_MAX}}}\Z", re.ASCII)
_VISIBLE: Final = bytes(range(ord("!"), ord("~") + 1))
_OUTPUT = re.compile(rf"output:{identifiers.SLUG}\Z", re.ASCII)
_UNLISTED = re.compile(rf"unlisted:[!-~]{{0,{identifiers.ID_LENGTH_MAX}}}\Z", re.ASCII)
_RECORDING = re.compile(r"isrc:[A-Z]{2}[A-Z0-9]{3}\d{7}\Z", re.ASCII)
_REVENUE = re.compile(rf"{money.UNSIGNED}\Z", re.ASCII)
_REVENUES = re.compile(rf"(?:{money.UNSIGNED}\n)*\Z", re.ASCII)

Parse: TypeAlias = Callable[[Any], object]


class FinalDays(NamedTuple):
    """Days of a reporter whose records are kept no more, and the first day of which all are."""

    first: str
    days: frozenset[str]


NONE_FINAL: Final = FinalDays("", frozenset())


class Records(NamedTuple):
    """Usage records as columns of one length. `use` is the stored one; `revenue` and `currency` are "" where none was reported."""

    record_id: Sequence[str]
    revision: Sequence[int]
    subject: Sequence[str]
    use: Sequence[str]
    used_on: Sequence[str]
    quantity: Sequence[int]
    revenue: Sequence[str]
    currency: Sequence[str]
    territory: Sequence[str]

    def part(self, start: int, end: int) -> "Records":
        """Consecutive rows."""
        columns: list[Any] = [column[start:end] for column in self]
        return Records(*columns)

    def where(self, kept: Sequence[bool]) -> "Records":
        """The rows for which `kept` is true."""
        columns: list[Any] = [list(compress(column, kept)) for column in self]
        return Records(*columns)

    def rows(self, numbers: Sequence[int]) -> "Records":
        """These rows, in this order."""
        columns: list[Any] = [[column[row] for row in numbers] for column in self]
        return Records(*columns)

    def to_json(self, row: int) -> dict[str, object]:
        """One record as the contract shows it."""
        record = {name: column[row] for name, column in zip(self._fields, self, strict=True)}
        record |= StoredUse.of(str(record["use"])).shown()
        return {name: value for name, value in record.items() if value != ""}

    def joined(self, other: "Records") -> "Records":
        """These rows, then the other's."""
        columns: list[Any] = [[*mine, *theirs] for mine, theirs in zip(self, other, strict=True)]
        return Records(*columns)


COLUMNS: Final = (*Records._fields, "reporter")
"""A record may name its reporter; it is checked and not kept."""
OPTIONAL: Final = frozenset({"revision", "revenue", "currency", "reporter"})
REQUIRED: Final = frozenset(COLUMNS) - OPTIONAL
INTEGERS: Final[Mapping[str, int]] = {"quantity": QUANTITY_MAX, "revision": REVISION_MAX}


def _record_id(value: object) -> str:
    if not isinstance(value, str) or not _RECORD_ID.match(value):
        raise Rejected(
            f"{value!r:.80} is no record_id; send a string of 1 to {RECORD_ID_LENGTH_MAX} printable ASCII characters without spaces"
        )
    return value


def are_record_ids(values: Collection[str]) -> bool:
    """Whether every text is a record id, asked of all at once; a no may be wrong, a yes never is."""
    joined, sizes = "".join(values), set(map(len, values))
    sound = joined.isascii() and not joined.encode().translate(None, _VISIBLE)
    return sound and 0 not in sizes and max(sizes, default=0) <= RECORD_ID_LENGTH_MAX


def are_revenues(values: Collection[str | None]) -> bool:
    """Whether every value is an amount or absent, asked of all at once; a no may be wrong, a yes never is."""
    texts = [value for value in values if value is not None]
    lines = "\n".join([*texts, ""])
    return lines.count("\n") == len(texts) and bool(_REVENUES.match(lines))


def _integer(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise Rejected(f"{value!r:.80}: expected a whole number from 0 to {most}, without quotes or a fraction")
    return value


def subject(value: object) -> str:
    """`output:<id>` or `isrc:<ISRC>` in normal form; raises `Rejected`."""
    if isinstance(value, str):
        if _OUTPUT.match(value):
            return value
        if value[: len(RECORDING)].lower() == RECORDING:
            return RECORDING + identifiers.isrc(value[len(RECORDING) :])
    raise Rejected(f"{value!r:.80} is no subject; send output:<id> for a generated track or isrc:<ISRC> for a recording")


def _use(value: object) -> str:
    if not isinstance(value, str) or not USE.match(value):
        raise Rejected(f"{value!r:.80} is no use; send {', '.join(KNOWN_USES)}, or another name of a-z 0-9 _ - in at most {USE_LENGTH_MAX}")
    return value


def _used_on(value: object, last: str, final: FinalDays) -> str:
    day = fields.day(value)
    if not USED_ON_MIN <= day <= last:
        where = "in the future" if day > last else "before all that is kept"
        raise Rejected(f"{day} lies {where}; the days taken now are {USED_ON_MIN} to {last}")
    if day in final.days:
        raise Rejected(
            f"{day} is final: its records are kept no more, so none can be added or corrected; days from {final.first} to {last} can"
        )
    return day


def revenue(value: object) -> object:
    """An amount in its shortest form where it is written otherwise than amounts are kept (`+0.010`); raises `Rejected`."""
    text = cells.canonical(value) if isinstance(value, str) and not _REVENUE.match(value) else value
    if text is not None and money.parse_amount(text) < 0:
        raise Rejected(f"{value} is negative; to correct a record send it again with a higher revision")
    return text


def _currency(value: object) -> object:
    return value if value is None else fields.currency(value)


def _reporter(value: object, reporter: str) -> object:
    if value is not None and value != reporter:
        raise Rejected(
            f"the record is for {value!r:.80}, the batch is {reporter}'s; leave the field out or send it with that party's token"
        )
    return value


@lru_cache(maxsize=1024)
def _issuer_known(prefix: str) -> bool:
    try:
        identifiers.isrc(f"{prefix}AAA0000000")
    except Rejected:
        return False
    return True


def is_normal_subject(value: str) -> bool:
    """Whether a subject is valid and in normal form already."""
    return bool(_OUTPUT.match(value)) or bool(_RECORDING.match(value) and _issuer_known(value[5:7]))


def reported_subject(value: object) -> str:
    """A subject, or what a report sums as `unlisted:<summary>`; raises `Rejected`."""
    if isinstance(value, str) and _UNLISTED.match(value):
        return value
    return subject(value)


def newest_day(today: str) -> str:
    """The last usage day that is taken on a day."""
    return (date.fromisoformat(today) + timedelta(days=FUTURE_DAYS_MAX)).isoformat()


def first_day(today: str, kept_days: int) -> str:
    """The first usage day of which all records are kept on a day: its own is the first of the days for which a record is kept."""
    return (date.fromisoformat(today) - timedelta(days=kept_days - 1)).isoformat()


def parsers(reporter: str, today: str, final: FinalDays = NONE_FINAL) -> dict[str, Parse]:
    """For each column what reads a value of it or raises `Rejected` with a remedy."""
    last = newest_day(today)
    return {
        "record_id": _record_id,
        "revision": lambda value: _integer(value, REVISION_MAX),
        "subject": subject,
        "use": _use,
        "used_on": lambda value: _used_on(value, last, final),
        "quantity": lambda value: _integer(value, QUANTITY_MAX),
        "revenue": revenue,
        "currency": _currency,
        "territory": fields.territory,
        "reporter": lambda value: _reporter(value, reporter),
    }


QUICK: Final[Mapping[str, Callable[[Any], object]]] = {
    "record_id": _RECORD_ID.match,
    "subject": is_normal_subject,
    "revenue": lambda value: value is None or _REVENUE.match(value),
}
"""Tests for columns of many distinct values: quicker than the parsers, and true for nothing that those refuse."""
ALL_AT_ONCE: Final[Mapping[str, Callable[[Collection[Any]], bool]]] = {"record_id": are_record_ids, "revenue": are_revenues}
"""The same for all values of a column together: where one says yes, every value is good and in normal form."""
