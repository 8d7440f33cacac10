"""Structured logs and the one metric that wakes somebody: a broken invariant."""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from overtone.errors import InvariantBroken

logger = Logger()


def ring(error: InvariantBroken) -> None:
    """Log a broken invariant and count it; the alarm watches the metric `InvariantBroken`."""
    logger.error("invariant broken", invariant=error.invariant, detail=error.detail)
    with single_metric(name="InvariantBroken", unit=MetricUnit.Count, value=1) as metric:
        metric.add_metadata(key="invariant", value=error.invariant)
