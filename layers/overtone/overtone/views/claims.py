"""The claims behind what a licensee owes by a settlement, as DDEX Claim Detail Messages, a page of the settlement's lines each."""

import csv
from collections.abc import Collection
from typing import Final

from overtone import clock
from overtone.formats import cdm
from overtone.formats.cdm import CdmMessage, ShareByRight
from overtone.formats.settlement_csv import line_of
from overtone.rights.registry import Work
from overtone.rights.shares import RIGHTS, held
from overtone.stores import registry
from overtone.stores.settlements import Settlement
from overtone.territories import WORLD
from overtone.views import file_lines, suspense

CLAIMS_MAX: Final = 10_000
"""Claims of one message; `Next-Cursor` leads to the next."""


def of_licensee(settlement_id: str, licensee: str, cursor: str) -> tuple[bytes, str]:
    """One message of the licensee's claims, and where the next begins ("": there is none)."""
    start = file_lines.place_of(cursor)
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
    works = registry.works({row["work_id"] for row in found if row["work_id"]})
    shares = {(party, name): share for name, entity in works.items() for party, share in _by_right(entity.latest.content).items()}
    about = CdmMessage(f"{settlement_id}-{licensee}-{start}", clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), settlement_id, licensee)
    return cdm.message(about, found, shares), following


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
