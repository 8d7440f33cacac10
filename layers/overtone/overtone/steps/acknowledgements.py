"""What the bank answered to a settlement's payments: a payment that came back is kept once, and the next settlement reopens the balance."""

from typing import Any, Final

from overtone import clock
from overtone.aws import buckets, keys, tables
from overtone.aws.attributes import Item
from overtone.aws.tables import ABSENT, ConditionFailed
from overtone.errors import Unsupported
from overtone.formats import pain002
from overtone.money import format_amount
from overtone.payout import acknowledgements
from overtone.payout.acknowledgements import EXECUTED, Outcome, Return
from overtone.stores import sealed_files

XML: Final = frozenset({"application/xml", "text/xml"})
CSV: Final = frozenset({"text/csv"})
_BANK_FILE: Final = "pain001-"
FAULTS_LISTED_MAX: Final = 1_000


def accept(record: Item, media_type: str, body: bytes) -> dict[str, Any]:
    """Read an acknowledgement and keep the payments that came back; the same again keeps nothing new."""
    settlement_id = record["settlement_id"]
    outcomes = _read(record, media_type, body)
    payments = buckets.settlement().get(sealed_files.file_key(record, "payments.csv"))
    returned, faults = acknowledgements.match(outcomes, payments, settlement_id)
    new = {entry.payment_id for entry in returned if _kept(entry)}
    return {
        "settlement_id": settlement_id,
        "outcomes": len(outcomes),
        "executed": sum(1 for outcome in outcomes if outcome.status == EXECUTED),
        "returned": [_shown(entry) | {"known": entry.payment_id not in new} for entry in returned],
        "faults_total": len(faults),
        "errors": [fault.to_json() for fault in faults[:FAULTS_LISTED_MAX]],
    }


def _read(record: Item, media_type: str, body: bytes) -> list[Outcome]:
    if media_type in CSV:
        return acknowledgements.read_csv(body)
    if media_type in XML:
        names = [entry["name"] for entry in sealed_files.manifest_of(record)["files"]]
        labels = [name[len(_BANK_FILE) : -len(".xml")] for name in names if name.startswith(_BANK_FILE)]
        return pain002.read(body, record["settlement_id"], labels)
    message = f"{media_type} is not read here; send pain.002 as {' or '.join(sorted(XML))}, or text/csv"
    raise Unsupported(message)


def _kept(entry: Return) -> bool:
    """Whether it was kept now, and not before."""
    item = {**keys.returned_payment(entry.payment_id)._asdict(), "returned": entry.encode(), "accepted_at": clock.timestamp()}
    try:
        tables.ledger().put(item, ABSENT)
    except ConditionFailed:
        return False
    return True


def _shown(entry: Return) -> dict[str, Any]:
    return entry._asdict() | {"paid": format_amount(entry.paid), "withheld": format_amount(entry.withheld)}
