"""Merge patches as RFC 7396 writes them, differences field by field, and what a whole replacement would drop."""

from typing import Any

import pytest

from overtone.fields import Model
from overtone.rights.changes import DEPTH_MAX, differences, dropped, merged
from overtone.rights.registry import Party, Work
from tests.unit.registered import entity

RFC_7396: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""The test cases of the RFC's appendix A."""


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7396)
def test_patches_are_applied_as_the_standard_says(target: object, patch: object, result: object) -> None:
    assert merged(target, patch) == result


def test_a_patch_of_any_depth_ends() -> None:
    deep: Any = {}
    for _ in range(DEPTH_MAX * 40):
        deep = {"a": deep}
    assert merged({}, deep)


def test_differences_are_named_by_their_path() -> None:
    before = {"title": "A", "permissions": {"training": {"default": "deny"}}, "shares": [1]}
    after = {"title": "A", "permissions": {"training": {"default": "allow"}}, "shares": [1, 2], "ai": "none"}
    assert list(differences(before, after)) == [
        {"field": "ai", "before": None, "after": "none"},
        {"field": "permissions.training.default", "before": "deny", "after": "allow"},
        {"field": "shares", "before": [1], "after": [1, 2]},
    ]


def test_what_is_left_out_is_warned_of_once() -> None:
    plain = {"name": "Ann", "kind": "creator", "country": "SE"}
    mandates = [{"society": "stim", "rights": ["composition"], "uses": ["training"]}]
    full = Party.model_validate(plain | {"payout": {"currency": "SEK"}, "withholding_rate": "0.1", "mandates": mandates})
    empty = Party.model_validate(plain)
    assert [warning.split(":")[0] for warning in lost(full, empty)] == [
        "this version drops bank details (payout)",
        "this version drops the withholding rate",
        "this version drops 1 mandates",
    ]
    assert lost(full, full) == dropped(None, entity(empty).latest) == dropped(entity(full), None) == lost(empty, full) == []
    song = {"title": "Song", "kind": "recording"}
    said, silent = (Work.model_validate(song | {"permissions": p}) for p in ({"training": {"licensees": {"fox": "deny"}}}, {}))
    assert len(lost(said, silent)) == 1
    assert lost(silent, said) == []


def lost(before: Model, after: Model) -> list[str]:
    return dropped(entity(before), entity(after).latest)
