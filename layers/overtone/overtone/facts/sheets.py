"""Checking a batch of usage column by column, whatever format it came in.

A batch is turned into columns once and each *distinct* value is checked once, so that checking costs about what parsing does. Only the
records at fault are looked at one by one, to say what is wrong with each.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import lru_cache
from itertools import chain, compress
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from overtone.errors import Fault, Rejected
from overtone.facts import cells, corrections, pairs, usage
from overtone.facts.cells import Unread
from overtone.facts.corrections import EXTRAS
from overtone.facts.limits import FAULTS_LISTED_MAX
from overtone.facts.pairs import has_gaps, is_absent
from overtone.facts.usage import ALL_AT_ONCE, COLUMNS, INTEGERS, NONE_FINAL, OPTIONAL, QUICK, REQUIRED, FinalDays, Parse, Records

FIELDS: Final = (*COLUMNS, *EXTRAS)
NORMALISED: Final = ("subject", "revenue", "territory")
"""Columns of which a value may be written otherwise than it is kept."""


class Sheet(NamedTuple):
    """What a reader made of a body: raw columns (`None` where absent) and the rows that have no columns.

    `places` are the positions of the columns' rows among all received; `misfits` are the other positions, with what stood there.
    `rounded` says by row what rounding added to the revenue that was sent.
    """

    columns: Mapping[str, Sequence[Any]]
    places: Sequence[int]
    misfits: Mapping[int, object]
    rounded: Mapping[int, Decimal] = {}

    @property
    def received(self) -> int:
        """How many records were sent."""
        return len(self.places) + len(self.misfits)

    def digest(self) -> str:
        """SHA-256 (hex) of the content, whatever format carried it and whatever is wrong with it."""
        whole = hashlib.sha256(orjson.dumps([self.columns[name] for name in COLUMNS]))
        for name in EXTRAS:  # few records have them, and batches without have the digest that they always had
            if not is_absent(self.columns[name]):
                whole.update(orjson.dumps([name, self.columns[name]], option=orjson.OPT_SORT_KEYS))
        whole.update(orjson.dumps(sorted(self.misfits.items()), option=orjson.OPT_SORT_KEYS))
        return whole.hexdigest()


class Checked(NamedTuple):
    """The good records, and what is wrong with the others (described up to `FAULTS_LISTED_MAX` of them)."""

    records: Records
    received: int
    faults: Sequence[Fault]
    rounded: Mapping[str, tuple[int, Decimal]] = {}
    """By currency, how many good records' revenue was rounded, and what that added."""
    voids: Records | None = None
    """Voids of the records that good ones replace."""
    places: Sequence[int] = ()
    """The positions of the good records among all received."""

    @property
    def accepted(self) -> int:
        """How many records are good."""
        return len(self.records.record_id)


@lru_cache(maxsize=256)
def _fits(names: tuple[str, ...]) -> bool:
    return frozenset(FIELDS) >= frozenset(names) >= REQUIRED


def read_rows(rows: Sequence[Any]) -> Sheet:
    """A list of JSON values as a sheet; what is no object, or has other fields, is a misfit."""
    misfits: dict[int, object] = {}
    places: Sequence[int] = range(len(rows))
    columns = _alike(rows)
    if columns is None:
        misfits = {i: row for i, row in enumerate(rows) if type(row) is not dict or not _fits(tuple(row))}
        places = [i for i in places if i not in misfits]
        columns = _columns([rows[i] for i in places])
    if has_gaps(columns["revision"]):
        columns["revision"] = [0 if value is None else value for value in columns["revision"]]
    return Sheet(columns, places, misfits)


def _alike(rows: Sequence[Any]) -> dict[str, Sequence[Any]] | None:
    """The columns of rows that have the first one's fields and no others, asked of all at once; `None` where one has not."""
    names = tuple(rows[0]) if rows and type(rows[0]) is dict else ()
    if not _fits(names):
        return None
    try:
        if set(map(len, rows)) != {len(names)}:
            return None
        values = list(chain.from_iterable(map(itemgetter(*names), rows)))
    except (KeyError, TypeError):  # a row without one of the fields, or that is no object
        return None
    found = {name: values[number :: len(names)] for number, name in enumerate(names)}
    return {name: found[name] if name in found else [None] * len(rows) for name in FIELDS}


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, Sequence[Any]]:
    """The columns of rows whose fields differ."""
    shapes = set(map(tuple, rows))
    everywhere, anywhere = frozenset(FIELDS).intersection(*shapes), frozenset(chain(*shapes))
    columns: dict[str, Sequence[Any]] = {}
    for name in FIELDS:
        if name in everywhere:
            columns[name] = [row[name] for row in rows]
        else:
            columns[name] = [row.get(name) for row in rows] if name in anywhere else [None] * len(rows)
    return columns


def _accepted(parse: Parse, value: object) -> bool:
    try:
        parse(value)
    except Rejected:
        return False
    return True


class _Judged(NamedTuple):
    """What was found of a column: its wrong rows, its distinct values of sound types, and those that a quick test does not settle."""

    wrong: Sequence[int]
    values: AbstractSet[Any]
    doubtful: AbstractSet[Any]


def _judged(name: str, column: Sequence[Any], parse: Parse) -> _Judged:
    """Rows of a wrong type, and rows whose value the parser refuses; each distinct value is tried once."""
    sound = {int if name in INTEGERS else str} | ({type(None)} if name in OPTIONAL else set())
    values = _distinct(column, exactly=name in INTEGERS)
    strange: list[int] = []
    if values is None or not set(map(type, values)) <= sound:
        strange = [row for row, value in enumerate(column) if type(value) not in sound]
        values = {value for value in column if type(value) in sound}
    doubtful = _doubtful(name, values)
    refused = {value for value in doubtful if not _accepted(parse, value)}
    if refused:
        strange += [row for row, value in enumerate(column) if type(value) in sound and value in refused]
    return _Judged(strange, values, doubtful)


def _distinct(column: Sequence[Any], *, exactly: bool) -> set[Any] | None:
    """The distinct values of a column; `None` where they cannot be told apart, or `exactly` not: 1, 1.0 and True are equal."""
    if exactly and len(set(map(type, column))) > 1:
        return None
    try:
        return set(column)
    except TypeError:  # a list or an object stands in for one somewhere
        return None


def _doubtful(name: str, values: AbstractSet[Any]) -> AbstractSet[Any]:
    """The values that may be wrong or not in normal form, asked of all at once where that can be."""
    if name in INTEGERS and values and min(values) >= 0 and max(values) <= INTEGERS[name]:
        return frozenset()
    if name in ALL_AT_ONCE and ALL_AT_ONCE[name](values):
        return frozenset()
    quick = QUICK.get(name)
    return {value for value in values if not quick(value)} if quick else values


def _repeated_rows(columns: Mapping[str, Sequence[Any]], wrong: set[int]) -> set[int]:
    """Rows that repeat an earlier one's identity and revision, in a batch of which not every row has an id of its own."""
    ids = columns["record_id"]
    seen: set[tuple[object, ...]] = set()
    repeated = set()
    identities = zip(columns["used_on"], columns["subject"], ids, columns["revision"], strict=True)
    for row, identity in enumerate(identities):
        if row in wrong:
            continue
        if identity in seen:
            repeated.add(row)
        seen.add(identity)
    return repeated


def _normal(column: Sequence[Any], judged: _Judged, wrong: set[int], parse: Parse) -> Sequence[Any]:
    """A column with each good value in its normal form."""
    other = {text: normal for text in judged.doubtful - {None} if (normal := _parsed(parse, text)) != text}
    if not other:
        return column
    return [other.get(value, value) if type(value) is str and row not in wrong else value for row, value in enumerate(column)]


def _parsed(parse: Parse, text: str) -> object:
    try:
        return parse(text)
    except Rejected:
        return text


def _misfit(place: int, row: object) -> list[Fault]:
    if isinstance(row, tuple):
        message = f"the line has {len(row)} values, which is not the header's number; quote a value that holds the separator"
        return [Fault(message, index=place)]
    if not isinstance(row, dict):
        return [Fault("a record is a JSON object with the fields of the contract; send {…}", index=place)]
    named = _named(row.get("record_id"))
    unknown = [Fault("unknown field; remove it or correct its name", str(name), named, place) for name in row if name not in FIELDS]
    missing = [Fault("missing; send this field", name, named, place) for name in COLUMNS if name in REQUIRED and name not in row]
    return unknown + missing


def _named(record_id: object) -> str | None:
    return record_id if isinstance(record_id, str) else None


def _row_faults(sheet: Sheet, row: int, parsers: Mapping[str, Parse]) -> list[Fault]:
    record = {name: sheet.columns[name][row] for name in FIELDS}
    named, place = _named(record["record_id"]), sheet.places[row]
    faults = []
    for name, parse in parsers.items():
        value = record[name]
        if isinstance(value, Unread):
            faults.append(Fault(value.reason, name, named, place))
            continue
        try:
            parse(value)
        except Rejected as error:
            faults.append(Fault(error.detail, name, named, place))
    if not faults:
        crossed = chain(pairs.faults(record), corrections.faults(record, parsers))
        faults += [Fault(message, name, named, place) for name, message in crossed]
    if not faults:  # what is wrong with the row alone is nothing, so it repeats another
        message = "the same record_id, subject, day and revision stands earlier in this batch; send it once"
        faults.append(Fault(message, "record_id", named, place))
    return faults


def _faults(sheet: Sheet, wrong: Iterable[int], parsers: Mapping[str, Parse]) -> list[Fault]:
    listed = [(place, None) for place in sheet.misfits] + [(sheet.places[row], row) for row in wrong]
    found: list[Fault] = []
    for place, row in sorted(listed, key=lambda pair: pair[0])[:FAULTS_LISTED_MAX]:
        found += _misfit(place, sheet.misfits[place]) if row is None else _row_faults(sheet, row, parsers)
    return found


def check(sheet: Sheet, reporter: str, today: str, *, final: FinalDays = NONE_FINAL, summed: bool = False) -> Checked:
    """The good records of a sheet in normal form, and the faults of the others.

    With `summed`, usage that a report sums without listing it is taken too (`usage.UNLISTED`).
    """
    parsers, columns = usage.parsers(reporter, today, final), dict(sheet.columns)
    if summed:
        parsers["subject"] = usage.reported_subject
    judged = {name: _judged(name, columns[name], parse) for name, parse in parsers.items()}
    wrong = {row for found in judged.values() for row in found.wrong}
    gaps = frozenset(name for name in pairs.PAIRED if None in judged[name].values)
    wrong |= pairs.wrong_rows(columns, wrong, gaps)
    wrong |= corrections.wrong_rows(columns, wrong, parsers)
    for name in NORMALISED:
        columns[name] = _normal(columns[name], judged[name], wrong, parsers[name])
    if len(judged["record_id"].values) < len(columns["record_id"]):
        wrong |= _repeated_rows(columns, wrong)
    faults = _faults(sheet, wrong, parsers) if wrong or sheet.misfits else []
    for name in gaps:
        columns[name] = ["" if value is None else value for value in columns[name]]
    columns["use"] = corrections.stored_uses(columns)
    records = Records(**{name: columns[name] for name in Records._fields})
    voids, places = corrections.voids(columns, wrong, parsers), sheet.places
    rounded = _rounded(sheet.rounded, columns["currency"], wrong) if sheet.rounded else {}
    if wrong:
        kept = [True] * len(sheet.places)
        for row in wrong:
            kept[row] = False
        records, places = records.where(kept), list(compress(places, kept))
    return Checked(records, sheet.received, faults, rounded, voids, places)


def _rounded(added: Mapping[int, Decimal], currency: Sequence[str], wrong: set[int]) -> dict[str, tuple[int, Decimal]]:
    of: dict[str, list[Decimal]] = {}
    for row, difference in added.items():
        if row not in wrong:
            of.setdefault(currency[row], []).append(difference)
    return {code: (len(differences), cells.total(differences)) for code, differences in sorted(of.items())}
