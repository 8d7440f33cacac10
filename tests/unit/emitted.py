"""Settlements as they lie in a folder, and what the verifier finds wrong with them."""

from pathlib import Path

from overtone.payout.acknowledgements import RETURNED, BankDocument, PaymentOutcome, Return, payments_of, returns_between
from overtone.payout.audit import audit
from overtone.payout.audit_folder import Folder
from tests.unit.settled import CUTOFF, Settlement


def stored(settlement: Settlement, folder: Path) -> Folder:
    for name, content in (settlement.files | {"manifest.json": settlement.manifest}).items():
        path = folder / settlement.head.settlement_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Folder(folder / settlement.head.settlement_id)


def faults(settlement: Settlement, folder: Path, before: Settlement | None = None) -> list[str]:
    previous = stored(before, folder) if before else None
    return [text for holds, text in audit(stored(settlement, folder), previous) if not holds]


def came_back(settlement: Settlement, *payment_ids: str, reason: str = "MS03") -> list[Return]:
    answer = BankDocument(CUTOFF, tuple(PaymentOutcome(payment_id, RETURNED, reason) for payment_id in payment_ids))
    return returns_between(payments_of(settlement.rows("payments.csv"), settlement.head.settlement_id), (), [answer])
