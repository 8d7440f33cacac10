"""The bodies of `POST /v1/usage`: whatever the format, a batch's columns come out."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from overtone.errors import Fault, Rejected, TooLarge, Unsupported
from overtone.facts.intake import Submission, check_size
from overtone.facts.limits import BATCH_RECORDS_MAX
from overtone.facts.mapping import Mapping as ColumnNames
from overtone.facts.sheets import Sheet, read_rows
from overtone.formats import cloudevents, ndjson, tabular
from overtone.formats.jsonbody import JSON, parse_object
from overtone.identifiers import slug

NDJSON: Final = "application/x-ndjson"
_TABLES: Final = {"text/csv": ",", "text/tab-separated-values": "\t"}
MEDIA_TYPES: Final = (JSON, NDJSON, *_TABLES, cloudevents.BATCH, cloudevents.EVENT)
LINES_PER_RECORD_MAX: Final = 2
"""Of a table or of NDJSON: a value may have a line break in it, and a line may be blank."""
MARKS_PER_RECORD_MAX: Final = 40
"""Commas and colons of a record in JSON, which has two for each field that there is, and some in its texts."""
_ROW: Final = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_FIELDS: Final = frozenset({"batch_id", "atomic", "records", "reporter"})


def _refused(message: str, field: str) -> Rejected:
    return Rejected(f"{field}: {message}", [Fault(message, field)])


def batch_id(value: object) -> str:
    """The id of a batch; raises `Rejected` naming the field."""
    if value is None or value == "":
        raise _refused("missing; send an id of your own for this batch, the same whenever you send it again", "batch_id")
    try:
        return slug(value)
    except Rejected as error:
        raise _refused(error.detail, "batch_id") from error


def from_json(content: Mapping[str, Any]) -> Submission:
    """A batch from a JSON object `{batch_id, atomic?, reporter?, records}`."""
    for name in content:
        if name not in _FIELDS:
            raise _refused("unknown field; remove it or correct its name", name)
    atomic, records, reporter = content.get("atomic", False), content.get("records"), content.get("reporter")
    if not isinstance(atomic, bool):
        raise _refused("expected true or false", "atomic")
    if not isinstance(records, list):
        raise _refused("expected a list of records", "records")
    check_size(len(records))
    return Submission(batch_id(content.get("batch_id")), read_rows(records), atomic, reporter)


def _from_lines(sheet: Sheet, query: Mapping[str, str]) -> Submission:
    """A batch whose id and options stand in the query: `?batch_id=…&atomic=true&reporter=…`."""
    atomic = query.get("atomic", "false")
    if atomic not in {"true", "false"}:
        raise _refused("expected true or false", "atomic")
    check_size(sheet.received)
    return Submission(batch_id(query.get("batch_id")), sheet, atomic == "true", query.get("reporter"))


def _numbered(query: Mapping[str, str]) -> tuple[str, int]:
    """Under which name and from which number on rows are numbered (0: of the batch); raises `Rejected` naming the parameter."""
    name, first = query.get("rows_of"), query.get("first_row")
    if name is None and first is None:
        return query.get("batch_id", ""), 0
    if name is None or first is None:
        missing, said = ("rows_of", "first_row") if name is None else ("first_row", "rows_of")
        raise _refused(f"missing beside {said}; send the name of the file and the number in it of the body's first row", missing)
    if not _ROW.fullmatch(first):
        raise _refused("expected the number in the file of the body's first row, from 1, of at most 12 digits", "first_row")
    try:
        return slug(name), int(first)
    except Rejected as error:
        raise _refused(error.detail, "rows_of") from error


def _check_extent(media_type: str, raw: bytes) -> None:
    """Refuse what holds far more than a batch may before anything is made of it: a few bytes of it, packed, are gigabytes once read."""
    lines = max(raw.count(b"\n"), raw.count(b"\r"))
    if (media_type == NDJSON or media_type in _TABLES) and lines > LINES_PER_RECORD_MAX * BATCH_RECORDS_MAX:
        raise TooLarge(
            f"{lines} lines are far more than {BATCH_RECORDS_MAX} records have; send several batches, or one file to the S3 drop"
        )
    if media_type in {JSON, NDJSON} and raw.count(b",") + raw.count(b":") > MARKS_PER_RECORD_MAX * BATCH_RECORDS_MAX:
        raise TooLarge(f"the fields are more than {BATCH_RECORDS_MAX} records have; send several batches, or one file to the S3 drop")


def read(media_type: str, raw: bytes, query: Mapping[str, str], names: Callable[[], ColumnNames]) -> Submission:
    """A batch from a body of this media type; `names` tells how the reporter's tables name our columns.

    Raises `Malformed`, `Unsupported`, `Rejected`, `TooLarge`.
    """
    _check_extent(media_type, raw)
    if media_type == JSON:
        return from_json({"batch_id": query.get("batch_id"), **parse_object(raw)})
    if media_type == NDJSON:
        return _from_lines(ndjson.read_whole(raw), query)
    if media_type in {cloudevents.BATCH, cloudevents.EVENT}:
        return _from_lines(cloudevents.read_whole(raw, media_type), query)
    if separator := _TABLES.get(media_type):
        return _from_lines(tabular.read_whole(raw, separator, names(), *_numbered(query)), query)
    raise Unsupported(f"{media_type} is not read here; send one of {', '.join(MEDIA_TYPES)}")
