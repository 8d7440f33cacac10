"""What AWS itself knows of the stack: how much is in a queue and since when, and which alarms ring.

A function may read these and change none of them. CloudWatch names an alarm of the template `{stack}-{logical id}-{suffix}`.
"""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from overtone import clock
from overtone.aws import clients

LOOKED_BACK: Final = timedelta(minutes=15)
"""CloudWatch has a queue's figures each minute, of one that nothing happened in for hours each five."""
PERIOD_SECONDS: Final = 300
ALARMS_AT_ONCE: Final = 100
_COUNTS: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class QueueDepth(NamedTuple):
    """How many messages of a queue wait, are being worked on, and wait for their time. SQS counts approximately."""

    waiting: int
    in_flight: int
    delayed: int


class AlarmState(NamedTuple):
    """An alarm by its logical id: `ok`, `alarm` or `insufficient_data`, since when (ISO 8601), and what its description says."""

    alarm: str
    state: str
    since: str
    description: str


def depth(queue_url: str) -> QueueDepth:
    """How much is in a queue now."""
    said = clients.sqs().get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(_COUNTS))["Attributes"]
    return QueueDepth(*(int(said[name]) for name in _COUNTS))


def ages_seconds(queue_names: Collection[str]) -> dict[str, int]:
    """How old the oldest message of each queue is, where CloudWatch has a figure of the last minutes. No queue, no call."""
    if not queue_names:
        return {}
    named = {f"q{number}": name for number, name in enumerate(sorted(queue_names))}
    now = clock.now()
    found = clients.cloudwatch().get_metric_data(
        MetricDataQueries=[_age_of(key, name) for key, name in named.items()],
        StartTime=now - LOOKED_BACK,
        EndTime=now,
        ScanBy="TimestampDescending",
    )
    return {named[one["Id"]]: int(one["Values"][0]) for one in found["MetricDataResults"] if one["Values"]}


def _age_of(key: str, queue_name: str) -> Any:  # noqa: ANN401 - a query as the SDK types it
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": queue_name}],
    }
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Maximum"}}


def alarms(stack: str) -> list[AlarmState]:
    """Every alarm of a stack, those that ring first, then by id."""
    found: list[AlarmState] = []
    asked: dict[str, Any] = {"AlarmNamePrefix": f"{stack}-", "AlarmTypes": ["MetricAlarm"], "MaxRecords": ALARMS_AT_ONCE}
    ours = re.compile(rf"{re.escape(stack)}-(\w+Alarm)(-\w+)?\Z", re.ASCII)
    while True:
        answer: Mapping[str, Any] = clients.cloudwatch().describe_alarms(**asked)
        for one in answer["MetricAlarms"]:
            if match := ours.match(one["AlarmName"]):
                since = (one.get("StateTransitionedTimestamp") or one["StateUpdatedTimestamp"]).strftime("%Y-%m-%dT%H:%M:%SZ")
                found.append(AlarmState(match[1], one["StateValue"].lower(), since, one.get("AlarmDescription", "")))
        if not answer.get("NextToken"):
            return sorted(found, key=lambda alarm: (alarm.state != "alarm", alarm.alarm))
        asked["NextToken"] = answer["NextToken"]
