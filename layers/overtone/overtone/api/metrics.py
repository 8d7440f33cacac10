"""The figures that alarms watch, as log lines in CloudWatch's embedded metric format.

Each carries one dimension, the stack's name, and so does its alarm: an alarm sees a metric only under exactly the dimensions that it
was emitted with, and two stacks of one account must not ring for each other.
"""

from collections.abc import Callable
from typing import Any, Final, Literal

import orjson

from overtone import clock
from overtone.config import settings

NAMESPACE: Final = "Overtone"
DIMENSION: Final = "service"

_sink: Callable[[str], None] = print


def set_sink(sink: Callable[[str], None] | None) -> None:
    """Replace where lines go (`None`: standard output, which Lambda passes on). For the local runner."""
    global _sink  # noqa: PLW0603 - as with the clock, one replaceable sink is the purpose
    _sink = sink or print


def put(name: str, value: float = 1, unit: Literal["Count", "Seconds"] = "Count") -> None:
    """One value of a metric."""
    described = {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": [{"Name": name, "Unit": unit}]}
    line: dict[str, Any] = {
        "_aws": {"Timestamp": int(clock.now().timestamp() * 1000), "CloudWatchMetrics": [described]},
        DIMENSION: settings().powertools_service_name,
        name: value,
    }
    _sink(orjson.dumps(line).decode())
