"""Certificates of tax in bulk: for each authority (the payee's country) one file of all its payees, and one for each payee.

The sums are those that each payee's state carries through the year, as its last settlement left them; a stack that was upgraded within a
year to one that keeps them has the whole of that year in `annual` alone. Who was taxed in several countries has a certificate for each, by
its statements. Payees are looked at in the order
of their ids, so many at a time; a cursor goes on behind the last.
"""

import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from typing import Final, NamedTuple

from overtone.aws import object_keys
from overtone.errors import NotFound
from overtone.formats.certificate_csv import CertificateRow, written
from overtone.payout.accounts import PartyState, party_of
from overtone.rights.registry import Party
from overtone.stores import registry
from overtone.stores.settlements import Settlement
from overtone.territories import WORLD
from overtone.views import annual, payments
from overtone.views.file_lines import lines_from, near_line

PAYEES_MAX: Final = 2_000
"""Payees that one answer looks at."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BALANCES: Final = "state/balances.ndjson"


class Certificates(NamedTuple):
    """The rows of some payees, and the payee behind which the next ones are; empty where there are no more."""

    rows: list[CertificateRow]
    following: str


def of_year(year: str, authority: str, after: str) -> Certificates:
    """The certificates of a year's payees behind the one named `after`, of one authority or all. Raises `Rejected`, `NotFound`."""
    sealed = annual.sealed_in(annual.year_of(year))
    if not sealed:
        raise NotFound(f"no settlement was sealed in {year}")
    states = list(islice(_states(sealed[-1], year, after), PAYEES_MAX + 1))
    looked_at = states[:PAYEES_MAX]
    ids = {state.party_id for state in looked_at}
    counts, known = _payments(sealed, ids), registry.parties(ids)
    rows: list[CertificateRow] = []
    for state in looked_at:
        homes = annual.residences(known.get(state.party_id), sealed)
        if len(homes) > 1:
            told = annual.certified(year, state.party_id, homes, sealed)
        else:
            told = ((homes[0].party, row) for row in _rows(year, state, homes[0].party, counts))
        rows += (row for party, row in told if not authority or (party is not None and party.country == authority))
    return Certificates(rows, looked_at[-1].party_id if len(states) > PAYEES_MAX else "")


def _states(record: Settlement, year: str, after: str) -> Iterator[PartyState]:
    """The states of the payees in which the year moved something, behind a party."""
    key = object_keys.settlement_file(record["settlement_id"], _BALANCES, preview=False)
    for text, _ in lines_from(key, near_line(key, lambda line: party_of(line) <= after), f"{key} is not there"):
        if party_of(text) > after:
            state = PartyState.decode(text)
            if state.year is not None and state.year.year == year:
                yield state


def _payments(sealed: list[Settlement], ids: set[str]) -> Mapping[tuple[str, str], int]:
    """How many payments each payee had in each currency."""
    found: Counter[tuple[str, str]] = Counter()
    last = max(ids, default="")
    for record in sealed if ids else ():
        for row in takewhile(lambda row: row["party_id"] <= last, payments.rows_from(record, min(ids))):
            if row["party_id"] in ids and row["payment_id"]:
                found[row["party_id"], row["currency"]] += 1
    return found


def _rows(year: str, state: PartyState, party: Party | None, counts: Mapping[tuple[str, str], int]) -> Iterator[CertificateRow]:
    """A row for each currency in which something was paid."""
    for currency, own in sorted(state.year.sums.items()) if state.year else ():
        if own.paid or own.withheld:
            yield CertificateRow.of(year, state.party_id, party, currency, own, counts.get((state.party_id, currency), 0))


def as_zip(year: str, rows: list[CertificateRow]) -> bytes:
    """A file for each authority, and one for each payee in the authority's folder; the same rows are the same bytes."""
    files: defaultdict[str, list[CertificateRow]] = defaultdict(list)
    for row in rows:
        authority = row.authority if row.authority not in {"", WORLD} else "--"
        files[f"{year}/{authority}.csv"].append(row)
        files[f"{year}/{authority}/{row.party_id}.csv"].append(row)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), written(files[name]), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
