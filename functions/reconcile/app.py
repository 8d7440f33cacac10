"""Once a day: account for every record that got a receipt, and prove that the rows hold what was reported."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone import clock
from overtone.api import metrics
from overtone.api.log import logger, ring
from overtone.errors import InvariantBroken
from overtone.steps import daily_look, reconciliation, reminders
from overtone.steps.reconciliation import CheckResult


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """`event` is `{"now": "<when the schedule fired>"}`; without it, the clock's now."""
    now = str(event.get("now") or clock.timestamp())
    active = reconciliation.active_before(now)
    found = list(map(_told, daily_look.checks(active)))  # at once: what is found before the time is up is told
    found.append(_told(reconciliation.attempted("reminders", lambda: reminders.remind(now[:10]))))
    month = reconciliation.late_month(now)
    if month:
        logger.error("the month before is not sealed", month=month)
    metrics.put("MonthNotSealed", int(bool(month)))
    silent = reconciliation.fallen_silent(list(active.values()))
    if silent:
        logger.warning("reporters that report nearly every day sent nothing", day=next(iter(active)), reporters=silent)
    metrics.put("SilentReporters", len(silent))
    broken, failed = sum(len(finding.broken) for finding in found), sum(bool(finding.failed) for finding in found)
    metrics.put("ChecksFailed", failed)
    reports = sum(finding.is_report for finding in found)
    logger.info("reconciled", reports=reports, broken=broken, failed=failed)
    return {"reports": reports, "broken": broken, "failed": failed}


def _told(finding: CheckResult) -> CheckResult:
    """Ring for what is broken, and name what could not be checked."""
    for invariant, detail in finding.broken:
        ring(InvariantBroken(invariant, detail))
    if finding.failed:
        logger.error("a check failed", what=finding.what, detail=finding.failed)
    return finding
