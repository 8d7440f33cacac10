"""What shows only on AWS: quotas that no stand-in has, and alarms."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug

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
)
