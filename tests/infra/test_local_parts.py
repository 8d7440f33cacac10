"""The pure parts of the local stack."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.gateway import route_pattern
from local.intrinsics import Resolver, UnknownIntrinsic
from local.properties import Properties, UnknownProperty
from local.schedules import UnknownSchedule, interval, occurrences

RESOLVER = Resolver(
    {"Name": "x", "Days": 0},
    {"Off": {"Fn::Equals": [{"Ref": "Days"}, 0]}, "On": {"Fn::Not": [{"Condition": "Off"}]}},
    {"Bucket": {"Ref": "the-bucket", "Arn": "arn:the-bucket"}}.__getitem__,
)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Ref": "Name"}, "x"),
        ({"Ref": "Bucket"}, "the-bucket"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:the-bucket"),
        ({"Fn::Sub": "${AWS::Region}/${Bucket}/${Bucket.Arn}/${!Kept}"}, "eu-west-1/the-bucket/arn:the-bucket/${Kept}"),
        ({"Fn::Sub": ["${Other}-${Name}", {"Other": {"Ref": "Bucket"}}]}, "the-bucket-x"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-x"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b"]}]}, "b"),
        ({"Fn::If": ["Off", 1, 2]}, 1),
        ({"Fn::If": ["On", 1, 2]}, 2),
        ({"kept": 1, "gone": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        ([1, {"Fn::If": ["On", 2, {"Ref": "AWS::NoValue"}]}], [1]),
    ],
)
def test_an_intrinsic_function_becomes_its_value(node: Any, expected: Any) -> None:
    assert RESOLVER.value(node) == expected


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownIntrinsic):
        RESOLVER.value({"Fn::Base64": "x"})
    with pytest.raises(UnknownIntrinsic):
        RESOLVER.value({"Fn::GetAtt": ["Bucket", "Nothing"]})
    properties = Properties("Bucket", {"Known": 1, "New": 2})
    properties.take("Known")
    with pytest.raises(UnknownProperty, match="Bucket: New"):
        properties.done()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 6 10 * ? *)", ["2026-10-10T06:00", "2026-11-10T06:00"]),
        ("cron(0/30 6 1 NOV ? 2026)", ["2026-11-01T06:00", "2026-11-01T06:30"]),
        (
            "cron(0 0 ? * SUN *)",
            ["2026-10-04T00:00", "2026-10-11T00:00", "2026-10-18T00:00", "2026-10-25T00:00", "2026-11-01T00:00", "2026-11-08T00:00"],
        ),
        ("cron(15 8-9 31 10,12 ? *)", ["2026-10-31T08:15", "2026-10-31T09:15"]),
        ("cron(0 0 1 1 ? 2020)", []),
    ],
)
def test_a_schedule_fires_when_its_expression_says(expression: str, expected: list[str]) -> None:
    after, until = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 10, 6, tzinfo=UTC)
    assert [time.strftime("%Y-%m-%dT%H:%M") for time in occurrences(expression, after, until)] == expected


@pytest.mark.parametrize(
    "expression", ["rate(5 fortnights)", "cron(0 6 L * ? *)", "cron(0 6 10 * ?)", "cron(0 24 * * ? *)", "at(2026-01-01T00:00:00)"]
)
def test_schedules_that_cannot_be_followed_are_refused(expression: str) -> None:
    with pytest.raises(UnknownSchedule):
        interval(expression)


def test_routes_match_whole_paths() -> None:
    assert route_pattern("/v1/works:import").match("/v1/works:import")
    assert not route_pattern("/v1/works/{id}").match("/v1/works/a/b")
    greedy = route_pattern("/v1/files/{name+}").match("/v1/files/statements/a.pdf")
    assert greedy is not None
    assert greedy["name"] == "statements/a.pdf"
    assert not route_pattern("/v1/works").match("/v1/works\n")
