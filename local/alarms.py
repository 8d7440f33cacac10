"""Which alarms ring: the template's own, over what happened since the stack was emptied.

Metrics are found by namespace, name and exactly the dimensions that they were emitted with, as CloudWatch finds them. Time is one
period: whatever was measured counts. Only an alarm that silence rings looks at the clock, as far as the stack lived through it: a clock
that was set, with no schedule fired, says nothing.
"""

from __future__ import annotations

import json
import operator
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from local.aws import STACK, client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from local.deployment import Deployment

STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max, "SampleCount": len}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {"GreaterThanThreshold": operator.gt, "LessThanThreshold": operator.lt}


class UnknownAlarm(Exception):
    """An alarm that the local stack could not tell when to ring."""


class Metric(NamedTuple):
    """What CloudWatch tells metrics apart by."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


def metric(namespace: str, name: str, **dimensions: str) -> Metric:
    return Metric(namespace, name, frozenset(dimensions.items()))


class Measured:
    """Metrics that functions emitted, and those that AWS would emit of what the stack did."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._emitted: dict[Metric, list[float]] = {}
        self._told: dict[Metric, float] = {}

    def take(self, line: str) -> None:
        """A log line in the embedded metric format."""
        said = json.loads(line)
        for described in said["_aws"]["CloudWatchMetrics"]:
            for dimensions in described["Dimensions"]:
                places = frozenset((name, str(said[name])) for name in dimensions)
                for one in described["Metrics"]:
                    named = Metric(described["Namespace"], one["Name"], places)
                    self._emitted.setdefault(named, []).append(float(said[one["Name"]]))
                    self._told[named] = said["_aws"]["Timestamp"] / 1000

    def reset(self) -> None:
        """Nothing was measured."""
        self._emitted.clear()
        self._told.clear()

    def ringing(self) -> set[str]:
        """The logical ids of the alarms that ring."""
        values = self._values()
        return {name for name, properties in self._deployment.alarms.items() if self._rings(name, properties, values)}

    def value(self, sought: Metric, statistic: str) -> float | None:
        """What a metric comes to; `None` where nothing was measured of it."""
        measured = self._values().get(sought)
        return STATISTICS[statistic](measured) if measured else None

    def _values(self) -> dict[Metric, list[float]]:
        values = {key: list(emitted) for key, emitted in self._emitted.items()}
        for key, value in (*self._queues(), *self._executions(), *self._counted()):
            values.setdefault(key, []).append(value)
        return values

    def _queues(self) -> Iterator[tuple[Metric, float]]:
        now = self._deployment.engine.epoch()
        for name, waiting in self._deployment.cloud.queues():
            yield metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName=name), sum(one.visible for one in waiting)
            oldest = max((now - one.sent_at for one in waiting), default=0)
            yield metric("AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName=name), oldest

    def _executions(self) -> Iterator[tuple[Metric, float]]:
        states, names = client("stepfunctions"), {"FAILED": "ExecutionsFailed", "TIMED_OUT": "ExecutionsTimedOut"}
        for machine in states.list_state_machines()["stateMachines"]:
            arn = machine["stateMachineArn"]
            for entry in states.list_executions(stateMachineArn=arn)["executions"]:
                if entry["status"] in names:
                    yield metric("AWS/States", names[entry["status"]], StateMachineArn=arn), 1

    def _counted(self) -> Iterator[tuple[Metric, float]]:
        runtime, gateway = self._deployment.runtime, self._deployment.gateway
        for logical_id, number in Counter(name for name, _ in runtime.errors).items():
            yield metric("AWS/Lambda", "Errors", FunctionName=f"{STACK}-{logical_id}"), number
        yield metric("AWS/ApiGateway", "5xx", ApiId=self._deployment.made["Api"]["Ref"]), gateway.failures
        for (name, table), number in runtime.weather.by_table.items():
            yield metric("AWS/DynamoDB", name, TableName=table), number

    def _rings(self, name: str, properties: Mapping[str, Any], values: Mapping[Metric, Iterable[float]]) -> bool:
        compare = COMPARISONS.get(properties["ComparisonOperator"])
        if compare is None or int(properties["EvaluationPeriods"]) != 1:
            raise UnknownAlarm(name)
        dimensions = frozenset((one["Name"], str(one["Value"])) for one in properties.get("Dimensions", []))
        named = Metric(properties["Namespace"], properties["MetricName"], dimensions)
        if properties["TreatMissingData"] == "breaching" and self._silent_seconds(named) >= float(properties["Period"]):
            return True
        measured = list(values.get(named, []))
        return bool(measured) and compare(STATISTICS[properties["Statistic"]](measured), float(properties["Threshold"]))

    def _silent_seconds(self, named: Metric) -> float:
        """For how long the stack has lived without a word of a metric."""
        lived = self._deployment.engine.lived
        since = max(self._told.get(named, 0), lived.began.timestamp())
        return max(0, lived.until.timestamp() - since)
