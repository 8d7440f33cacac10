"""Structured logs, and what in them wakes somebody: a broken invariant, a partition that is set aside."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from overtone.api import metrics
from overtone.errors import InvariantBroken
from overtone.stores import quarantine

logger = Logger()


def ring(error: InvariantBroken) -> None:
    """Log a broken invariant and count it; the alarm watches the metric `InvariantBroken`."""
    _ring(error.invariant, error.detail)


def _ring(invariant: str, detail: str) -> None:
    logger.error("invariant broken", invariant=invariant, detail=detail)
    metrics.put("InvariantBroken")


def ring_quarantine(aside: Mapping[str, Any]) -> None:
    """Log that a partition was set aside (`Aside.to_json`); and count it; the alarm watches the metric `PartitionSetAside`."""
    logger.error("partition set aside", **aside)
    metrics.put("PartitionSetAside")
    if aside["reason"] == quarantine.INVARIANT_BROKEN:
        invariant, _, detail = str(aside["detail"]).partition(": ")
        _ring(invariant, detail)
