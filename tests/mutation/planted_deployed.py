"""What shows only on AWS: quotas that no stand-in has, and alarms."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

_TEMPLATE: Final = "template.yaml"

DEPLOYED: Final[tuple[Bug, ...]] = (
    Bug(
        "a stack of a long name cannot be deployed: its schedules' names are too long",
        _TEMPLATE,
        (("            OmitName: true # one with", "            Name: !Sub '${AWS::StackName}-export' # one with"),),
        ("tests/infra/test_quotas.py",),
    ),
    Bug(
        "many addresses to sign in at are more than a function's environment holds",
        _TEMPLATE,
        (("    MaxLength: 1024\n", ""),),
        ("tests/infra/test_quotas.py",),
    ),
    Bug(
        "accrual that does not run at all rings nothing",
        _TEMPLATE,
        (("TreatMissingData: breaching", "TreatMissingData: notBreaching"),),
        ("tests/infra/test_alarms.py",),
    ),
    bug(
        "facts that nobody takes out of the outbox ring nothing",
        "steps/overdue.py",
        "    return max(longest, _since(oldest)) if oldest else longest",
        "    return longest if oldest else longest",
        "infra/test_accrual_alarms",
    ),
    bug(
        "a stack that accrues once a day rings once a day",
        "steps/overdue.py",
        " - settings().accrue_every_minutes * _MINUTE_SECONDS",
        "",
        "infra/test_accrual_alarms",
    ),
)
