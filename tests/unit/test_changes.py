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
        "this version drops the mandate to stim (composition, training)",
    ]
    assert lost(full, full) == dropped(None, entity(empty).latest) == dropped(entity(full), None) == lost(empty, full) == []
    song = {"title": "Song", "kind": "recording"}
    said, silent = (Work.model_validate(song | {"permissions": p}) for p in ({"training": {"licensees": {"fox": "deny"}}}, {}))
    assert len(lost(said, silent)) == 1
    assert lost(silent, said) == []


def lost(before: Model, after: Model) -> list[str]:
    return dropped(entity(before), entity(after).latest)


def _party(*mandates: dict[str, Any], **more: Any) -> Party:
    listed = [{"society": "stim", "rights": ["composition"], "uses": ["training"]} | mandate for mandate in mandates]
    return Party.model_validate({"name": "Ann", "kind": "creator", "country": "SE", "mandates": listed} | more)


def _mandates_dropped(before: Party, after: Party) -> list[str]:
    return [warning.split(":")[0].removeprefix("this version drops the mandate to ") for warning in lost(before, after)]


def test_each_mandate_that_is_left_out_is_warned_of() -> None:
    """One of two that was left out ended without a word: only a record without any was warned of."""
    before = _party({}, {"society": "sami", "rights": ["recording"]}, {"uses": ["play", "levy"]})
    both, other = "sami (recording, training)", "stim (composition, play, levy)"
    assert _mandates_dropped(before, _party({}, {"uses": ["play", "levy"]})) == [both]
    assert _mandates_dropped(before, _party({})) == [both, other]
    assert _mandates_dropped(before, _party({"uses": ["training", "play"]}, {"society": "sami", "rights": ["recording"]})) == [other]
    assert (
        _mandates_dropped(before, _party({"uses": ["levy", "play", "training"], "admin_fee": "0.2"}, before.mandates[1].model_dump())) == []
    )
    assert _mandates_dropped(_party({}), _party({"territories": ["SE"]})) == ["stim (composition, training)"]
    assert _mandates_dropped(_party({"territories": ["SE", "NO"]}), _party({"territories": ["NO"]}, {"territories": ["SE", "DK"]})) == []
    assert _mandates_dropped(_party({"territories": ["SE"]}), _party({})) == []


@pytest.mark.parametrize("account", [{"iban": "SE4550000000058398257466"}, {"account_number": "123", "routing_number": "021000021"}])
def test_an_account_that_is_left_out_is_warned_of_where_the_rest_of_the_payout_stays(account: dict[str, str]) -> None:
    """Its payee is not paid from then on, which nobody said as long as the currency stood there."""
    before, after = _party(payout={"currency": "SEK", **account}), _party(payout={"currency": "SEK"})
    assert [warning.split(":")[0] for warning in lost(before, after)] == ["this version drops bank details (payout)"]
    assert lost(after, after) == lost(after, before) == lost(before, before) == []
    moved = _party(payout={"currency": "SEK", "iban": "SE3550000000054910000003"})
    assert lost(before, moved) == []


def test_a_word_to_one_licensee_that_is_left_out_is_warned_of() -> None:
    """A licensee whom the owners had denied the work was allowed it without a word, by a version that repeated the rest."""

    def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
        said, now = (Work.model_validate({"title": "S", "kind": "recording", "permissions": {"training": p}}) for p in (before, after))
        return [warning.split(":")[0].removeprefix("this version drops what its owners said of ") for warning in lost(said, now)]

    deny = {"fox": "deny", "gnu": "deny"}
    assert told({"default": "allow", "licensees": deny}, {"default": "allow"}) == ["training to fox, gnu (permissions.training.licensees)"]
    assert told({"licensees": deny}, {"licensees": {"gnu": "allow"}}) == ["training to fox (permissions.training.licensees)"]
    assert told({"default": "deny", "licensees": deny}, {"licensees": deny}) == ["training (permissions.training)"]
    assert told({"default": "deny", "licensees": deny}, {}) == ["training (permissions.training)"]
    assert told({"default": "allow"}, {"default": "deny", "licensees": deny}) == []
    many = {f"l{number}": "deny" for number in range(12)}
    assert told({"licensees": many}, {"default": "deny"}) == [
        "training to l0, l1, l10, l11, l2, l3, l4, l5, l6, l7 and 2 more (permissions.training.licensees)"
    ]
