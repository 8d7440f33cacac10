"""Log groups, metric filters and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT, REGION, STACK, client
from local.resources import makes, uncapitalised

if TYPE_CHECKING:
    from local.deployment import Deployment
    from local.properties import Properties


@makes("AWS::Logs::LogGroup")
def log_group(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    name = properties.take("LogGroupName")
    client("logs").create_log_group(logGroupName=name)
    client("logs").put_retention_policy(logGroupName=name, retentionInDays=int(properties.take("RetentionInDays")))
    return {"Ref": name, "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"}


@makes("AWS::Logs::MetricFilter")
def metric_filter(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    for transformation in values["MetricTransformations"]:
        transformation["DefaultValue"] = float(transformation.get("DefaultValue", 0))
    client("logs").put_metric_filter(filterName=f"{STACK}-{name}", **uncapitalised(values))
    return {"Ref": f"{STACK}-{name}"}


@makes("AWS::CloudWatch::Alarm")
def alarm(_site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    values["Threshold"] = float(values["Threshold"])
    client("cloudwatch").put_metric_alarm(AlarmName=f"{STACK}-{name}", **values)
    return {"Ref": f"{STACK}-{name}", "Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{STACK}-{name}"}
