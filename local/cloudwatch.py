"""CloudWatch as handlers ask it, whatever the stand-in is: the template's alarms and the figures behind them, as the stack measured them.

An alarm says since when it is as it is; here that is when somebody first looked and saw it so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.alarms import Measured, metric
from local.aws import STACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.deployment import Deployment

PAGE_MAX = 10
"""Alarms of one answer, however many are asked for: who reads them has to go on."""


class CloudWatch:
    """The client."""

    def __init__(self, deployment: Deployment, measured: Measured) -> None:
        self._deployment = deployment
        self._measured = measured
        self._since: dict[str, tuple[str, datetime]] = {}

    def describe_alarms(self, **params: Any) -> dict[str, Any]:
        """Alarms by the beginning of their names, in order."""
        return self._call("DescribeAlarms", params, self._alarms)

    def get_metric_data(self, **params: Any) -> dict[str, Any]:
        """The figure that each query asks for; none where there is none."""
        return self._call("GetMetricData", params, self._figures)

    def _call(self, operation: str, params: Mapping[str, Any], answer: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        hooks = self._deployment.engine
        hooks.before_call("cloudwatch", operation, params)
        with self._deployment.runtime.nobody_runs():
            found = answer(params)
        hooks.after_call()
        return found

    def _alarms(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        ringing = self._measured.ringing() if asked["AlarmTypes"] == ["MetricAlarm"] else set()
        behind = asked.get("NextToken", "")
        known = sorted(self._deployment.alarms)
        names = [name for name in known if f"{STACK}-{name}".startswith(asked["AlarmNamePrefix"]) and name > behind]
        page = names[: min(asked["MaxRecords"], PAGE_MAX)]
        more = {"NextToken": page[-1]} if len(names) > len(page) else {}
        return {"MetricAlarms": [self._alarm(name, "ALARM" if name in ringing else "OK") for name in page], **more}

    def _alarm(self, name: str, state: str) -> dict[str, Any]:
        now = datetime.fromtimestamp(self._deployment.engine.epoch(), UTC)
        known, since = self._since.get(name, ("", now))
        self._since[name] = (state, since if known == state and since <= now else now)
        about = {"AlarmDescription": self._deployment.alarms[name]["AlarmDescription"], "StateTransitionedTimestamp": self._since[name][1]}
        return {"AlarmName": f"{STACK}-{name}", "StateValue": state, "StateUpdatedTimestamp": now, **about}

    def _figures(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        queries = asked["MetricDataQueries"]
        return {"MetricDataResults": [{"Id": query["Id"], "Values": self._values(query["MetricStat"])} for query in queries]}

    def _values(self, asked: Mapping[str, Any]) -> list[float]:
        named = asked["Metric"]
        places = {str(one["Name"]): str(one["Value"]) for one in named["Dimensions"]}
        value = self._measured.value(metric(named["Namespace"], named["MetricName"], **places), asked["Stat"])
        return [] if value is None else [value]
