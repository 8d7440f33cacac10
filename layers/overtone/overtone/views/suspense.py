"""What waits in suspense and what was used without permission, from the last sealed settlement, in pages.

A cursor names the settlement that it pages through, so a page that follows tells of the same state even
when another settlement was sealed meanwhile.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from overtone.aws import object_keys
from overtone.formats.settlement_csv import SUSPENSE
from overtone.formats.settlement_csv import suspense as suspense_row
from overtone.identifiers import SLUG
from overtone.lines import FRAUD_HOLD, reason_of
from overtone.money import NANO, format_amount, format_share, parse_amount, split
from overtone.months import last_day
from overtone.payout import suspense_claims
from overtone.payout.suspense import SuspenseStanding
from overtone.scales import ZERO_PICO, Nano
from overtone.stores import chain as chain_store
from overtone.stores import holds, registry
from overtone.stores import settlements as settlement_store
from overtone.stores.entities import FOREVER
from overtone.views import file_lines

SCANNED_BYTES_MAX: Final = 64 * 1024 * 1024
"""Read for one page at most; a rare reason in a large file takes several pages, some of them empty."""
SUSPENSE_FILTERS: Final = {
    "reason": "reason",
    "month": "usage_month",
    "deal_id": "deal_id",
    "licensee": "licensee",
    "mechanism": "mechanism",
    "work_id": "work_id",
    "work_key": "work_key",
    "currency": "currency",
}
BREACH_FILTERS: Final = {
    "kind": "kind",
    "licensee": "licensee",
    "month": "usage_month",
    "model": "model",
    "work_id": "work_id",
    "work_key": "work_key",
    "party_id": "party_id",
}
_CURSOR: Final = re.compile(rf"({SLUG})@(\d{{1,{file_lines.PLACE_DIGITS_MAX}}})\Z", re.ASCII)

FileRow = dict[str, str]


class SuspenseQuery(NamedTuple):
    """What is asked for: equal values by column, from where, how many, as of which settlement (the last one sealed)."""

    wanted: Mapping[str, str]
    cursor: str = ""
    limit: int = 100
    settlement_id: str = ""


def suspense(page: SuspenseQuery, party: str = "") -> dict[str, Any]:
    """The standing suspense; with a `party` what waits of its own works, with its part by the shares of the month's last day."""
    settlement_id, start = _begin(page)
    lines = ((_suspense(text), end) for text, end in lines_of(settlement_id, "state/suspense.ndjson", start))
    if not party:
        return _answer(settlement_id, _with_holds(_collect(lines, page, start, lambda _row: True), settlement_id))
    parts = _Parts(party)
    found = _with_holds(_collect(lines, page, start, parts.has), settlement_id)
    return _answer(settlement_id, found._replace(rows=[row | parts.of(row) for row in found.rows]))


class _Parts:
    """Which of the waiting money would be a party's own, as the works stand now."""

    def __init__(self, party: str) -> None:
        self._party = party
        self._works = registry.works(registry.works_of(party))

    def has(self, row: FileRow) -> bool:
        """Whether the party has a share in what waits; what nobody has claimed is nobody's yet."""
        return self._weights(row).get(self._party, 0) > 0

    def of(self, row: FileRow) -> FileRow:
        """The party's share of what waits, and its part of the amount: what its statement sums up."""
        weights = self._weights(row)
        share, amount = split(Nano(NANO), weights)[self._party], split(parse_amount(row["amount"]), weights)[self._party]
        return {"share": format_share(share), "own_amount": format_amount(amount)}

    def _weights(self, row: FileRow) -> dict[str, int]:
        entity = self._works.get(row["work_id"])
        version = entity.in_force(last_day(row["usage_month"]), FOREVER) if entity else None
        return suspense_claims.holders_of(version.content, reason_of(row["reason"]), row["territory"]) if version else {}


def breaches(page: SuspenseQuery, visible: Callable[[FileRow], bool]) -> dict[str, Any]:
    """What the settlement found of denied, excessive and unlicensed use, as far as it is `visible`."""
    settlement_id, start = _begin(page)
    texts = (text.decode() for text, _ in lines_of(settlement_id, "breaches.csv", 0))
    rows = ((row, number) for number, row in enumerate(csv.DictReader(texts), 1) if number > start)
    found = _collect(rows, page, start, visible)
    return _answer(settlement_id, found)


def _begin(page: SuspenseQuery) -> tuple[str, int]:
    """The settlement that is paged through, and how far it was."""
    if not page.cursor:
        return page.settlement_id or chain_store.head()["sealed_id"], 0
    match = _CURSOR.match(page.cursor)
    record = settlement_store.find(match[1]) if match else None
    if not match or record is None or record["status"] != settlement_store.SEALED:
        raise file_lines.no_such_page()
    return match[1], int(match[2])


def lines_of(settlement_id: str, name: str, start: int) -> Iterator[tuple[bytes, int]]:
    """Lines of a settlement's file from a byte on, each with the byte at which the next begins; none where nothing was sealed yet."""
    if settlement_id:
        key = object_keys.settlement_file(settlement_id, name, preview=False)
        yield from file_lines.lines_from(key, start, f"settlement {settlement_id} has no {name}")


def _suspense(text: bytes) -> FileRow:
    standing = SuspenseStanding.decode(text)
    values = suspense_row(standing.key, standing.title, standing.posting, standing.since, ZERO_PICO)
    row = dict(zip(SUSPENSE, values, strict=True))
    del row["change"]
    return row | {"title": standing.title}


class _Matches(NamedTuple):
    rows: list[FileRow]
    next_start: int | None


def _with_holds(found: _Matches, settlement_id: str) -> _Matches:
    """The rows, those that wait under holds with the holds' ids."""
    if not any(row["reason"] == FRAUD_HOLD for row in found.rows):
        return found
    standing = holds.standing(settlement_store.get(settlement_id)["cutoff"])

    def ids(row: FileRow) -> str:
        about = row["usage_month"], row["licensee"], row["work_key"], row["work_id"]
        return " ".join(hold.hold_id for hold in standing if hold.holds(*about))

    return found._replace(rows=[row | {"holds": ids(row)} if row["reason"] == FRAUD_HOLD else row for row in found.rows])


def _collect(rows: Iterator[tuple[FileRow, int]], page: SuspenseQuery, start: int, visible: Callable[[FileRow], bool]) -> _Matches:
    found: list[FileRow] = []
    before = start
    for row, end in rows:
        wanted = all(row[column] == value for column, value in page.wanted.items()) and visible(row)
        if wanted and len(found) == page.limit:
            return _Matches(found, before)
        if wanted:
            found.append(row)
        before = end
        if end - start > SCANNED_BYTES_MAX:
            return _Matches(found, before)
    return _Matches(found, None)


def _answer(settlement_id: str, found: _Matches) -> dict[str, Any]:
    following = None if found.next_start is None else f"{settlement_id}@{found.next_start}"
    return {"settlement_id": settlement_id or None, "items": found.rows, "next_cursor": following}
