"""The claims behind what a licensee owes by a settlement, as DDEX Claim Detail Messages, a page of the settlement's lines each."""

import csv
from typing import Final

from overtone import clock
from overtone.errors import Fault, Rejected
from overtone.formats import cdm
from overtone.formats.cdm import CdmMessage
from overtone.formats.settlement_csv import line_of
from overtone.rights.shares import greatest
from overtone.stores import registry
from overtone.views import suspense

CLAIMS_MAX: Final = 10_000
"""Claims of one message; `Next-Cursor` leads to the next."""


def of_licensee(settlement_id: str, licensee: str, cursor: str) -> tuple[bytes, str]:
    """One message of the licensee's claims, and where the next begins ("": there is none)."""
    start = _start(cursor)
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
    shares = {(party, name): share for name, entity in works.items() for party, share in greatest(entity.latest.content.shares).items()}
    about = CdmMessage(f"{settlement_id}-{licensee}-{start}", clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), settlement_id, licensee)
    return cdm.message(about, found, shares), following


def _start(cursor: str) -> int:
    if cursor and not (cursor.isascii() and cursor.isdigit()):
        message = "no such page; send the `Next-Cursor` of the message before, or none for the first"
        raise Rejected(f"cursor: {message}", [Fault(message, "cursor")])
    return int(cursor or "0")
