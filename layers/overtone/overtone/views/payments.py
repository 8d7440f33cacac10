"""The payments of a settlement, and what the bank has said of each."""

from typing import Any

from overtone.money import format_amount
from overtone.payout.acknowledgements import Ledger, Payment, State
from overtone.stores import bank_answers
from overtone.stores import settlements as settlement_store


def listing(settlement_id: str, wanted: dict[str, str], after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    """Payments of a sealed settlement by payment id, behind the one named `after`; and where to go on."""
    ledger = Ledger(bank_answers.sent_payments(settlement_store.get(settlement_id)))
    for entry in bank_answers.of(settlement_id):
        ledger.hear(entry.answer)
    rows = (_shown(ledger.payments[name], ledger.state(name)) for name in sorted(ledger.payments) if name > after)
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return found[:limit], found[limit - 1]["payment_id"] if len(found) > limit else ""


def _shown(payment: Payment, state: State) -> dict[str, Any]:
    about = {"payment_id": payment.payment_id, "settlement_id": payment.settlement_id, "party_id": payment.party_id}
    figures = {"currency": payment.currency, "paid": format_amount(payment.paid), "withheld": format_amount(payment.withheld)}
    by = {"method": payment.method, "by": "file" if payment.by_file else "hand"}
    return about | figures | by | {"state": state.status, "reason": state.reason, "said_at": state.said_at}
