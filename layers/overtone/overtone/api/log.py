"""Structured logs, and what in them wakes somebody: a broken invariant, a partition that is set aside."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from overtone.errors import InvariantBroken
from overtone.stores import quarantine

logger = Logger()


def ring(error: InvariantBroken) -> None:
    """Log a broken invariant and count it; the alarm watches the metric `InvariantBroken`."""
    logger.error("invariant broken", invariant=error.invariant, detail=error.detail)
    with single_metric(name="InvariantBroken", unit=MetricUnit.Count, value=1) as metric:
        metric.add_metadata(key="invariant", value=error.invariant)


def ring_quarantine(aside: Mapping[str, Any]) -> None:
    """Log that a partition was set aside (`Aside.to_json`); the alarm watches the logs for the message `PartitionSetAside`."""
    logger.error("PartitionSetAside", **aside)
    if aside["reason"] == quarantine.INVARIANT_BROKEN:
        invariant, _, detail = str(aside["detail"]).partition(": ")
        ring(InvariantBroken(invariant, detail))
