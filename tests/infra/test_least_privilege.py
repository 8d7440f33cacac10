"""What the roles of functions are granted, and that it is told which of it nobody needed (see `tests/least_privilege.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from local import permissions
from local.permissions import ACTION, KEYS, RESOURCE, Grants, Permit, permits
from tests.least_privilege import granted, told

if TYPE_CHECKING:
    from local.template import Template

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/T"
POLICIES = [
    {
        "PolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["dynamodb:GetItem", "dynamodb:Query"],
                    "Resource": [TABLE, f"{TABLE}2"],
                    "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["A#*", "B"]}},
                },
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
            ]
        }
    }
]


def test_what_a_call_needs_is_used_and_all_else_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "USED", used := set[Permit]())
    grants = Grants("R", POLICIES)
    grants.check("dynamodb", "GetItem", {"TableName": TABLE, "Key": {"pk": "A#1", "sk": "x"}})
    assert used == {Permit("R", 0, ACTION, "dynamodb:GetItem"), Permit("R", 0, RESOURCE, "0"), Permit("R", 0, KEYS, "A#*")}
    with pytest.raises(ClientError, match="does not allow"):
        grants.check("dynamodb", "GetItem", {"TableName": TABLE, "Key": {"pk": "C", "sk": "x"}})
    grants.check("s3", "GetObject", {"Bucket": "b", "Key": "k"})
    assert set(permits("R", POLICIES)) - used == {
        Permit("R", 0, ACTION, "dynamodb:Query"),
        Permit("R", 0, RESOURCE, "1"),
        Permit("R", 0, KEYS, "B"),
    }


def test_what_nobody_needed_is_told_with_its_statement(template: Template) -> None:
    every = granted(template)
    assert len({permit.role for permit in every}) > 10
    assert sum(permit.kind == ACTION for permit in every) > 100
    one = min(every)
    (line,) = told(template, [one])
    assert line.startswith(f"{one.role} never needs {one.kind} {one.what} of {{")
