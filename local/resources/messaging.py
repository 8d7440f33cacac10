"""Queues, topics, schedules: what carries events from one part to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT, REGION, STACK, client
from local.queues import QueueMapping
from local.resources import makes
from local.schedules import interval
from local.scheduling import Schedule
from local.streams import StreamMapping, prefix_of

if TYPE_CHECKING:
    from local.deployment import Deployment
    from local.properties import Properties


@makes("AWS::SQS::Queue")
def queue(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    physical = values.pop("QueueName", f"{STACK}-{name}" + (".fifo" if values.get("FifoQueue") else ""))
    attributes = {key: _text(value) for key, value in values.items()}
    url = client("sqs").create_queue(QueueName=physical, Attributes=attributes)["QueueUrl"]
    return {"Ref": url, "QueueUrl": url, "QueueName": physical, "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{physical}"}


@makes("AWS::SQS::QueuePolicy")
def queue_policy(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    policy = json.dumps(properties.take("PolicyDocument"))
    for url in properties.take("Queues"):
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return {"Ref": name}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


@makes("AWS::SNS::Topic")
def topic(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    attributes = {key: str(value) for key, value in properties.rest().items()}
    arn = client("sns").create_topic(Name=f"{STACK}-{name}", Attributes=attributes)["TopicArn"]
    return {"Ref": arn, "TopicArn": arn, "TopicName": f"{STACK}-{name}"}


@makes("AWS::SNS::Subscription")
def subscription(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    arn = client("sns").subscribe(ReturnSubscriptionArn=True, **properties.rest())["SubscriptionArn"]
    return {"Ref": arn}


@makes("AWS::Lambda::EventSourceMapping")
def event_source(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    """Kept by the runner and not by moto, whose mapping ignores partial failures."""
    arn = properties.take("EventSourceArn")
    if "/stream/" in arn:
        return _stream_source(site, name, arn, properties)
    properties.take("ScalingConfig", None)  # how many pollers; here there is one
    mapping = QueueMapping(
        queue_url=client("sqs").get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"],
        queue_arn=arn,
        function=site.runtime.of_arn(properties.take("FunctionName")),
        batch_size=int(properties.take("BatchSize", 10)),
        reports_failures="ReportBatchItemFailures" in properties.take("FunctionResponseTypes", []),
    )
    site.engine.mappings.append(mapping)
    return {"Ref": name}


def _stream_source(site: Deployment, name: str, arn: str, properties: Properties) -> dict[str, Any]:
    for without_meaning in ("StartingPosition", "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds"):
        properties.take(without_meaning, None)  # here what is written is delivered, and retried, at once
    properties.take("BisectBatchOnFunctionError")
    mapping = StreamMapping(
        stream=site.cloud.stream(arn.split("/")[1]),
        function=site.runtime.of_arn(properties.take("FunctionName")),
        prefix=prefix_of(properties.take("FilterCriteria")),
        batch_size=int(properties.take("BatchSize", 100)),
        dead_letters=properties.take("DestinationConfig")["OnFailure"]["Destination"],
    )
    site.engine.mappings.append(mapping)
    return {"Ref": name}


@makes("AWS::Scheduler::Schedule")
def schedule(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    physical = values.pop("Name", f"{STACK}-{name}")
    interval(values["ScheduleExpression"])  # refuses here what the runner could not fire later
    arn = client("scheduler").create_schedule(Name=physical, **values)["ScheduleArn"]
    target = values["Target"]
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    site.engine.timetable.schedules.append(
        Schedule(name, values["ScheduleExpression"], target["Arn"], target.get("Input", "{}"), dead_letters, site.grants[target["RoleArn"]])
    )
    return {"Ref": physical, "Arn": arn}
