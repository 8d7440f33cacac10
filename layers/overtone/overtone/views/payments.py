"""The payments of a settlement, and what the bank has said of each, in the order of its `payments.csv`: by party, then currency.

A cursor is the byte at which the file goes on, so a page costs what it reads, whatever the number of payees.
"""

import csv
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from overtone.money import format_amount
from overtone.payout.acknowledgements import Ledger, Payment, State, about, payments_of
from overtone.stores import bank_answers, sealed_files
from overtone.stores.settlements import Settlement
from overtone.views.file_lines import lines_from, near_line, place_of

SCANNED_BYTES_MAX: Final = 8 * 1024 * 1024
"""Read for one page at most, some 50,000 payments; a rare state in a large file takes several pages, some of them empty."""
_NAME: Final = "payments.csv"
_PARTY, _STATE = "party_id", "state"


class _Candidates(NamedTuple):
    """Payments that fit but for their state, each with the byte behind it, and the byte at which the file goes on, "" at its end."""

    payments: dict[str, tuple[Payment, int]]
    rest: str


def listing(record: Settlement, wanted: Mapping[str, str], after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    """Payments of a sealed settlement behind the byte `after`, and the byte to go on at ("" at the end). Raises `Rejected`."""
    found = _candidates(record, wanted, after, limit)
    payments = {name: payment for name, (payment, _) in found.payments.items()}
    ledger = Ledger(payments)
    for entry in bank_answers.of(record["settlement_id"]):
        ledger.hear(about(entry.answer, payments))
    rows = [(_shown(payment, ledger.state(name)), end) for name, (payment, end) in found.payments.items()]
    fit = [(row, end) for row, end in rows if row[_STATE] == wanted.get(_STATE, row[_STATE])]
    return [row for row, _ in fit[:limit]], str(fit[limit - 1][1]) if len(fit) > limit else found.rest


def _candidates(record: Settlement, wanted: Mapping[str, str], after: str, limit: int) -> _Candidates:
    key, party = sealed_files.file_key(record, _NAME), wanted.get(_PARTY, "")
    start = place_of(after) or (_near(key, party) if party else 0)
    columns = {name: value for name, value in wanted.items() if name != _STATE}
    enough = SCANNED_BYTES_MAX if _STATE in wanted else limit  # what is said of them may leave out any number
    found: dict[str, tuple[Payment, int]] = {}
    for row, end in _rows(key, start):
        if party and row[_PARTY] > party:
            break
        for name, payment in payments_of([row], record["settlement_id"]).items():
            if all(row[column] == value for column, value in columns.items()):
                found[name] = payment, end
        if len(found) > enough or end - start > SCANNED_BYTES_MAX:
            return _Candidates(found, str(end))
    return _Candidates(found, "")


def rows_from(record: Settlement, party_id: str) -> Iterator[dict[str, str]]:
    """Rows of a settlement's `payments.csv` from a party on; none where it has no such file."""
    key = sealed_files.named(record, _NAME)
    rows = _rows(key, _near(key, party_id)) if key else ()
    yield from (row for row, _ in rows if row[_PARTY] >= party_id)


def _near(key: str, party_id: str) -> int:
    return near_line(key, lambda line: line.partition(b",")[0].decode() < party_id)


def _rows(key: str, start: int) -> Iterator[tuple[dict[str, str], int]]:
    """Rows from a byte on, each with the byte at which the next begins; the first line of the file is its head."""
    missing = f"{key} is not there"
    head, begins = next(lines_from(key, 0, missing))
    (columns,) = csv.reader([head.decode()])
    for text, end in lines_from(key, max(start, begins), missing):
        (cells,) = csv.reader([text.decode()])
        yield dict(zip(columns, cells, strict=True)), end


def _shown(payment: Payment, state: State) -> dict[str, Any]:
    named = {"payment_id": payment.payment_id, "settlement_id": payment.settlement_id, _PARTY: payment.party_id}
    figures = {"currency": payment.currency, "paid": format_amount(payment.paid), "withheld": format_amount(payment.withheld)}
    by = {"method": payment.method, "by": "file" if payment.by_file else "hand"}
    return named | figures | by | {_STATE: state.status, "reason": state.reason, "said_at": state.said_at}
