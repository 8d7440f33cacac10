"""Telling a sender of what was not kept: whoever posts is answered anyway, whoever drops files or runs a queue may not look.

Nothing is written of a refused batch, so its event is a write of its own, before the refusal is answered.
"""

from collections.abc import Mapping
from typing import Any

from overtone import clock
from overtone.errors import OvertoneError
from overtone.facts.drops import Drop
from overtone.facts.events import DETAIL_LENGTH_MAX, FAULTS_TOLD_MAX, events_for
from overtone.stores import events


def batch(kind: str, party: str, batch_id: str, error: OvertoneError) -> None:
    """Tell a sender that nothing of a batch was kept, and why."""
    faults = [fault.to_json() for fault in error.faults[:FAULTS_TOLD_MAX]]
    _tell(party, {"kind": kind, "batch_id": batch_id, "detail": error.detail[:DETAIL_LENGTH_MAX], "errors": faults})


def dropped(drop: Drop, receipt: Mapping[str, Any]) -> None:
    """Tell a sender of a dropped file of which nothing was kept."""
    if receipt["status"] not in {"refused", "rejected"}:
        return
    faults = receipt.get("errors") or receipt.get("rejected") or []
    detail = str(receipt.get("detail") or "no record of the file could be kept")[:DETAIL_LENGTH_MAX]
    _tell(drop.party, {"kind": drop.kind, "key": drop.key, "receipt": drop.receipt, "detail": detail, "errors": faults[:FAULTS_TOLD_MAX]})


def _tell(party: str, about: Mapping[str, Any]) -> None:
    events.put(events_for("batch.rejected", clock.timestamp(), [party], **about))
