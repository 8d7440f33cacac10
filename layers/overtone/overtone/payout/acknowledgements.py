"""What a bank answers to a payment file, and what follows: a payment sent back reopens the payee's balance.

Banks answer with ISO 20022 pain.002 (per file, per batch or per payment); where all there is is a
list, finance uploads a CSV `payment_id,status,reason`. A payment is sent back with the tax that was
withheld on it, so that it is not taxed twice.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from overtone.errors import Fault, Malformed, TooLarge
from overtone.money import stored_amount

BYTES_MAX: Final = 6_000_000
EXECUTED: Final = "executed"
RETURNED: Final = "returned"
COLUMNS: Final = ("payment_id", "status", "reason")
PAYMENT_STATUSES: Final = frozenset({"paid", "manual"})
"""Statuses of `payments.csv` rows that money left with."""


class Outcome(NamedTuple):
    """What the bank says of one payment, or with a `currency` and no `payment_id` of that currency's whole file."""

    payment_id: str
    status: str
    reason: str
    currency: str = ""


class Return(NamedTuple):
    """A payment that came back: what was paid, and the tax that had been withheld on it; pico."""

    payment_id: str
    settlement_id: str
    party_id: str
    currency: str
    paid: int
    withheld: int
    reason: str

    def encode(self) -> str:
        """As one JSON text."""
        return orjson.dumps([str(value) for value in self]).decode()

    @classmethod
    def decode(cls, text: str) -> "Return":
        """The inverse of `encode`."""
        payment_id, settlement_id, party_id, currency, paid, withheld, reason = orjson.loads(text)
        return cls(payment_id, settlement_id, party_id, currency, int(paid), int(withheld), reason)


def read_csv(body: bytes) -> list[Outcome]:
    """A CSV with the header `payment_id,status,reason`; raises `Malformed` or `TooLarge`."""
    if len(body) > BYTES_MAX:
        raise TooLarge(f"an acknowledgement is at most {BYTES_MAX} bytes; send it in parts")
    try:
        rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig")), strict=True)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise Malformed(f"the first line must be {','.join(COLUMNS)}")
        outcomes = [Outcome(row["payment_id"] or "", row["status"] or "", row["reason"] or "") for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed(f"not a CSV in UTF-8: {error}") from error
    if wrong := [o for o in outcomes if o.status not in {EXECUTED, RETURNED}]:
        raise Malformed(f"status {wrong[0].status!r} of {wrong[0].payment_id} is neither {EXECUTED} nor {RETURNED}")
    return outcomes


def match(outcomes: Iterable[Outcome], payments: bytes, settlement_id: str) -> tuple[list[Return], list[Fault]]:
    """Find the payments that came back in a settlement's `payments.csv`; outcomes that name none are faults."""
    rows = list(csv.DictReader(io.StringIO(payments.decode())))
    known = {row["payment_id"]: row for row in rows if row["status"] in PAYMENT_STATUSES}
    found: dict[str, Return] = {}
    faults = []
    for index, outcome in enumerate(outcomes):
        hits = _named(outcome, known)
        if not hits:
            message = f"settlement {settlement_id} made no such payment; send the payment_id of its payments.csv"
            faults.append(Fault(message, field="payment_id", record_id=outcome.payment_id or None, index=index))
        if outcome.status == RETURNED:
            found.update({row["payment_id"]: _return(row, settlement_id, outcome.reason) for row in hits})
    return [found[key] for key in sorted(found)], faults


def _named(outcome: Outcome, known: Mapping[str, Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    if outcome.currency:
        return [row for row in known.values() if row["currency"] == outcome.currency and row["status"] == "paid"]
    row = known.get(outcome.payment_id)
    return [row] if row else []


def _return(row: Mapping[str, str], settlement_id: str, reason: str) -> Return:
    amounts = stored_amount(row["paid"]), stored_amount(row["withheld"])
    return Return(row["payment_id"], settlement_id, row["party_id"], row["currency"], *amounts, reason)
