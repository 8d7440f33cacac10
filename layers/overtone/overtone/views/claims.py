"""The claims behind what a licensee owes by a settlement, as DDEX Claim Detail Messages, a page of the settlement's lines each."""

import csv
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from overtone import clock
from overtone.formats import cdm
from overtone.formats.cdm import CdmMessage, Claimed, ShareByRight
from overtone.formats.settlement_csv import line_of
from overtone.months import last_day
from overtone.rights.registry import Work
from overtone.rights.shares import RIGHTS, held
from overtone.stores import registry
from overtone.stores.settlements import Settlement
from overtone.territories import WORLD
from overtone.views import file_lines, suspense

CLAIMS_MAX: Final = 10_000
"""Claims of one message; `Next-Cursor` leads to the next."""


def of_licensee(settlement: Settlement, licensee: str, cursor: str) -> tuple[bytes, str]:
    """One message of the licensee's claims, and where the next begins ("": there is none)."""
    settlement_id, start = settlement["settlement_id"], file_lines.place_of(cursor)
    found: list[dict[str, str]] = []
    following, before = "", start
    for text, end in suspense.lines_of(settlement_id, "lines.csv", start):
        row = line_of(next(csv.reader([text.decode()])))
        if row["licensee"] == licensee and row["line_id"] != "line_id":  # that is the header
            if len(found) == CLAIMS_MAX:
                following = str(before)
                break
            found.append(row)
        before = end
    about = CdmMessage(f"{settlement_id}-{licensee}-{start}", clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), settlement_id, licensee)
    return cdm.message(about, found, _shares(found, settlement["cutoff"])), following


def _shares(rows: Iterable[Mapping[str, str]], cutoff: str) -> dict[Claimed, ShareByRight]:
    """What parties hold of the works of some lines, as it was settled: on the last day of the month, as far as was known."""
    wanted = {(row["work_id"], row["usage_month"]) for row in rows if row["work_id"]}
    works, found = registry.works({name for name, _ in wanted}), dict[Claimed, ShareByRight]()
    for name, month in wanted:
        if name in works and (version := works[name].in_force(last_day(month), cutoff)):
            found |= {Claimed(party, name, month): share for party, share in _by_right(version.content).items()}
    return found


def _by_right(work: Work) -> dict[str, ShareByRight]:
    performance, mechanical = (held(work.shares, WORLD, right) for right in RIGHTS)
    return {party: ShareByRight(performance.get(party, 0), mechanical.get(party, 0)) for party in performance.keys() | mechanical.keys()}


def lines_by_id(settlement: Settlement, licensee: str, wanted: Collection[str]) -> dict[str, dict[str, str]]:
    """Those of the wanted lines that the licensee owes, by id."""
    found: dict[str, dict[str, str]] = {}
    starts = {f"{line_id},".encode() for line_id in wanted}
    for text, _ in suspense.lines_of(settlement["settlement_id"], "lines.csv", 0):
        if text[: text.find(b",") + 1] in starts:
            row = line_of(next(csv.reader([text.decode()])))
            if row["licensee"] == licensee:
                found[row["line_id"]] = row
    return found
