"""Once a day: account for every record that got a receipt, and prove that the rows hold what was reported."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone import clock
from overtone.api import metrics
from overtone.api.log import logger, ring
from overtone.errors import InvariantBroken
from overtone.steps import reconciliation
from overtone.steps.elsewhere import UsageReads


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """`event` is `{"now": "<when the schedule fired>"}`; without it, the clock's now."""
    now = str(event.get("now") or clock.timestamp())
    days = reconciliation.days_before(now)
    reports, broken, reads = 0, 0, UsageReads()
    for day in days:
        for party, unbalanced in reconciliation.write_reports(day, reads):
            reports += 1
            broken += len(unbalanced)
            for batch in unbalanced:
                ring(InvariantBroken("committed_once", f"{party}: the records of {batch} do not add up"))
    for month in reconciliation.months_accrued_since(days[1]):
        for partition, difference in reconciliation.not_conserved(month).items():
            broken += 1
            ring(InvariantBroken("conserved", f"{partition}: {difference}"))
    month = reconciliation.late_month(now)
    if month:
        logger.error("the month before is not sealed", month=month)
    metrics.put("MonthNotSealed", int(bool(month)))
    silent = reconciliation.fallen_silent(days)
    if silent:
        logger.warning("reporters that report nearly every day sent nothing", day=days[0], reporters=silent)
    metrics.put("SilentReporters", len(silent))
    logger.info("reconciled", reports=reports, broken=broken)
    return {"reports": reports, "broken": broken}
