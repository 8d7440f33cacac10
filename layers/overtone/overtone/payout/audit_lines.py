"""What an auditor checks of what lines are about: each line's id says it again, and what waits stands the same in both its files."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from overtone.lines import LineKey, line_id
from overtone.money import stored_amount
from overtone.payout.audit_folder import Finding, Folder, same
from overtone.payout.suspense import SuspenseStanding
from overtone.scales import ZERO_PICO, Pico

_WAITING: Final = tuple(name for name in LineKey._fields if name not in {"account", "party_id", "member_id"})
_MARKS: Final = frozenset("=+-@\t\r\n")
"""Before what begins with one of these a spreadsheet's file has an apostrophe."""


def about(folder: Folder) -> Iterator[Finding]:
    """An id is made of the settlement and of all that a line is about: deal, work, side, payee, reason, service and so on."""
    settlement_id, wrong, ids, count = str(folder.manifest["settlement_id"]), list[str](), set[str](), 0
    for row in folder.rows("lines.csv"):
        count += 1
        ids.add(row["line_id"])
        key = LineKey.of([_plain(row.get(name) or "") for name in LineKey._fields])
        if row["line_id"] != line_id(settlement_id, key):
            wrong.append(row["line_id"])
    text = f"{count} lines, each with an id of its own, which says again what it is about"
    yield Finding(len(ids) == count and not wrong, text + (f": not {', '.join(wrong[:5])} ({len(wrong)} in all)" if wrong else ""))


def _plain(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] in _MARKS else text


def standing(folder: Folder) -> Iterator[Finding]:
    """What the next settlement starts from is what `suspense.csv` tells, line by line."""
    told: dict[tuple[str, ...], Pico] = defaultdict(lambda: ZERO_PICO)
    for row in folder.rows("suspense.csv"):
        told[_named(row)] += stored_amount(row["amount"])
    kept: dict[tuple[str, ...], Pico] = defaultdict(lambda: ZERO_PICO)
    for record in folder.records("state/suspense.ndjson"):
        entry = SuspenseStanding.decode(orjson.dumps(record))
        kept[_named(entry.key._asdict())] += entry.posting.amount
    yield same("what waits is kept as suspense.csv has it, by reason, work, deal and service", kept, told)


def _named(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_plain(row.get(name) or "") for name in _WAITING)
