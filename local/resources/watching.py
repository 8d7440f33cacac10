"""Log groups, alarms, and the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT, REGION, STACK, client
from local.resources import makes

if TYPE_CHECKING:
    from local.deployment import Deployment
    from local.properties import Properties


@makes("AWS::Logs::LogGroup")
def log_group(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    name = properties.take("LogGroupName")
    client("logs").create_log_group(logGroupName=name)
    client("logs").put_retention_policy(logGroupName=name, retentionInDays=int(properties.take("RetentionInDays")))
    return {"Ref": name, "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"}


@makes("AWS::CloudWatch::Alarm")
def alarm(site: Deployment, name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    site.alarms[name] = dict(values)
    values["Threshold"] = float(values["Threshold"])
    client("cloudwatch").put_metric_alarm(AlarmName=f"{STACK}-{name}", **values)
    return {"Ref": f"{STACK}-{name}", "Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{STACK}-{name}"}


@makes("AWS::CloudWatch::Dashboard")
def dashboard(_site: Deployment, _name: str, properties: Properties) -> dict[str, Any]:
    values = properties.rest()
    client("cloudwatch").put_dashboard(**values)
    return {"Ref": values["DashboardName"]}
