"""Reads works as CSV: one a row, columns in any order, several values in a cell separated by `|`.

`work_id` and `title` are needed; a column that is not there leaves what is registered as it is, an empty cell
empties it. Shares are written `ann:0.5|bob:0.5`, permissions `allow`, `deny` or `limit:0.1`.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from overtone.errors import Fault, Malformed, Rejected, TooLarge
from overtone.formats.cwr.fields import Refusal
from overtone.formats.works.drafts import Draft
from overtone.identifiers import slug

ROWS_MAX: Final = 1_000
CELL_CHARACTERS_MAX: Final = 32_768
NEEDED: Final = ("work_id", "title")


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _shares(cell: str) -> list[dict[str, str]]:
    return [{"party": party.strip(), "share": share.strip()} for party, _, share in (part.rpartition(":") for part in _list(cell))]


def _permission(cell: str) -> dict[str, str]:
    default, _, share = cell.strip().lower().partition(":")
    return {"default": default or "deny"} | ({"max_share": share} if share else {})


def _flag(cell: str) -> bool:
    text = cell.strip().lower()
    if text not in {"", "true", "false", "yes", "no", "1", "0"}:
        raise ValueError(f"{cell!r} is neither yes nor no")
    return text in {"true", "yes", "1"}


def _optional(cell: str) -> str | None:
    return cell.strip() or None


COLUMNS: Final[Mapping[str, Callable[[str], object]]] = {
    "work_id": str.strip,
    "title": str.strip,
    "kind": str.strip,
    "identifiers": _list,
    "composition": _optional,
    "shares": _shares,
    "training": _permission,
    "generation": _permission,
    "disputed": _flag,
    "effective_from": _optional,
}


def read(raw: bytes) -> list[Draft]:
    """The rows as drafts, a bad cell as a refusal of its row; raises `Rejected` where the table itself cannot be read."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start} is not UTF-8; save the file as CSV UTF-8") from error
    if "\0" in text:
        raise Malformed(f"there is a NUL at character {text.index(chr(0))}; save the file as CSV UTF-8")
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _header(next(rows, []))
        drafts = [_draft(rows.line_num, header, cells) for cells in rows if any(cells)]
    except csv.Error as error:
        raise Malformed(f"line {rows.line_num}: {error}") from error
    if len(drafts) > ROWS_MAX:
        raise TooLarge(f"{len(drafts)} rows exceed the {ROWS_MAX} of one file; send it in parts")
    return drafts


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    faults = [Fault(f"there is no such column; use {', '.join(COLUMNS)}", name) for name in names if name not in COLUMNS]
    faults += [Fault("this column is needed", name) for name in NEEDED if name not in names]
    faults += [Fault("this column stands twice", name) for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise Rejected(f"the header cannot be read: {faults[0].field}: {faults[0].message}", faults)
    return names


def _draft(line: int, header: Sequence[str], cells: Sequence[str]) -> Draft:
    refusals, values = [], dict[str, Any]()
    if len(cells) != len(header):
        refusals.append(Refusal("transaction", line, "row", "", f"{len(cells)} cells under {len(header)} columns"))
    for name, cell in zip(header, cells, strict=False):
        try:
            values[name] = COLUMNS[name](cell)
            if name == "work_id":
                slug(values[name])
        except (ValueError, Rejected) as error:
            refusals.append(Refusal("transaction", line, "row", name, str(error)))
    work_id = values.pop("work_id", "")
    permissions = {use: values.pop(use) for use in ("training", "generation") if use in values}
    body = values | ({"permissions": permissions} if permissions else {})
    return Draft(line, "row", work_id, body, tuple(refusals))
