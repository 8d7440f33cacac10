"""Levies: each formula by figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.stories import Story, mandate


def month() -> Story:
    """`one` has influence 81 in outputs of both labs, `two` 9, `six` only a play; two models know `one`, one knows `old`."""
    story = Story().work("one", {"ann": "1"}).work("two", {"ann": "0.5", "bo": "0.5"}).work("old", {"cy": "1"})
    story.work("six", {"bo": "1"}, identifiers=["isrc:SEABC2600006"])
    story.output("o", {"one": "0.9", "two": "0.1"}).used("o", 80).used("o", 10, reporter="gnu").used("isrc:SEABC2600006", 1000)
    story.trained("r1", {"one": "1"}, on="2026-01-01").trained("r2", {"one": "1", "old": "1"}, model="m2", on="2026-05-01")
    return story


@pytest.mark.parametrize(
    ("leaf", "one", "two", "six", "old"),
    [
        ({"formula": "equal"}, "25", "25", "25", "25"),
        ({"formula": "influence"}, "90", "10", None, None),
        ({"formula": "training"}, "66.666666666666", None, None, "33.333333333333"),
        ({"formula": "sqrt_influence"}, "75", "25", None, None),  # 9 and 3
        ({"formula": "capped_influence", "cap": "27"}, "75", "25", None, None),  # 27 and 9
        ({"formula": "capped_influence", "cap": "0.000000001"}, "50", "50", None, None),
        ({"formula": "capped_influence", "cap": "027.0"}, "75", "25", None, None),  # as the door takes it
        ({"formula": "capped_influence", "cap": "000"}, None, None, None, None),
        # Three parties, 33.333... each; Ann's over 1.5 works, Bo's over 1.5.
        ({"formula": "equal_per_party"}, "22.222222222222", "22.222222222222", "22.222222222222", "33.333333333333"),
    ],
)
def test_each_formula_shares_a_levy_as_it_says(
    leaf: dict[str, Any], one: str | None, two: str | None, six: str | None, old: str | None
) -> None:
    told = month().levy("100", leaf).settled()
    by_work: dict[str, int] = {}
    for key, posting in told.lines():
        if key.account == "party":
            by_work[key.work_id] = by_work.get(key.work_id, 0) + posting.amount
    expected = {"one": one, "two": two, "six": six, "old": old}
    for work, amount in expected.items():
        shown = by_work.get(work, 0)
        owed = int(amount.replace(".", "").ljust(len(amount.partition(".")[0]) + 12, "0")) if amount else 0
        assert abs(shown - owed) <= 2, work  # two parties' parts are rounded down apart
    assert sum(posting.amount for _, posting in told.lines()) == 100 * 10**12


def test_a_leaf_pays_the_side_it_names() -> None:
    story = Story().work("tune", {"bo": "1"}, "composition").work("song", {"ann": "1"}, composition="tune")
    story.output("o", {"song": "1"}).used("o", 1)
    halves = [{"fraction": "1/2", "formula": "influence", "side": side} for side in ("recording", "composition")]
    assert story.levy("9", {"children": halves}).settled().paid() == {("ann", "song"): "4.5", ("bo", "song"): "4.5"}


def test_a_lines_quantity_is_the_influence_once_however_many_leaves_it_has() -> None:
    halves = [{"fraction": "1/2", "formula": formula} for formula in ("influence", "equal")]
    told = Story().work("song", {"ann": "1"}).output("o", {"song": "0.5"}).used("o", 7).levy("9", {"children": halves}).settled()
    assert [(posting.quantity, posting.amount) for _, posting in told.lines()] == [(35 * 10**8, 9 * 10**12)]


def test_the_society_that_a_levy_mandate_names_collects() -> None:
    story = Story().party("ann", [mandate("soc", "levy")]).party("bo", [mandate("soc", "output")])
    story.work("song", {"ann": "0.5", "bo": "0.5"}).output("o", {"song": "1"}).used("o", 1)
    assert story.levy("9", {"formula": "influence"}).settled().paid() == {("soc", "song"): "4.5", ("bo", "song"): "4.5"}


def test_a_levy_asks_nobodys_permission_and_waits_for_those_who_are_not_known() -> None:
    story = Story().work("song", {"ann": "0.5"}, permissions={}).output("o", {"song": "0.5", "work:who": "0.5"}).used("o", 2)
    told = story.levy("8", {"formula": "influence"}).settled()
    assert told.paid() == {("ann", "song"): "2", ("unclaimed_share", "song"): "2", ("unregistered", "who"): "4"}


def test_where_no_work_counts_the_deposit_waits() -> None:
    assert Story().levy("8", {"formula": "influence"}).settled().paid() == {("unattributed", ""): "8"}
    assert Story().levy("8", {"formula": "equal_per_party"}).settled().paid() == {("unattributed", ""): "8"}


def test_a_formula_of_no_fraction_left_and_a_party_share_a_deposit() -> None:
    tree = {"children": [{"fraction": "0.25", "party": "fund"}, {"fraction": "0.75", "formula": "influence"}]}
    story = Story().work("song", {"ann": "1"}).output("o", {"song": "1"}).used("o", 2)
    assert story.levy("8", tree).settled().paid() == {("fund", ""): "2", ("ann", "song"): "6"}


def test_a_later_run_of_a_model_takes_the_place_of_the_one_before() -> None:
    story = month().trained("r3", {"six": "1"}, on="2026-10-31").trained("r4", {"two": "1"}, on="2026-11-01")
    told = story.levy("90", {"formula": "training"}).settled()
    assert told.paid() == {("ann", "one"): "30", ("cy", "old"): "30", ("bo", "six"): "30"}


@pytest.mark.parametrize(
    ("dispute", "of_two"),
    [
        ({}, {("ann", "two"): "12", ("bo", "two"): "12"}),
        ({"contested": [{"party": "ann", "share": "0.25"}]}, {("ann", "two"): "6", ("disputed", "two"): "6", ("bo", "two"): "12"}),
        ({"disputed": True}, {("disputed", "two"): "24"}),
    ],
)
def test_a_dispute_holds_its_part_of_equal_parts_and_moves_nobody_elses(
    dispute: dict[str, Any], of_two: dict[tuple[str, str], str]
) -> None:
    """36 each: Ann's and Bo's over a whole work and a half of one, Cy's over one."""
    story = Story().work("one", {"ann": "1"}).work("three", {"bo": "1"}).work("four", {"cy": "1"})
    story.work("two", {"ann": "0.5", "bo": "0.5"}, **dispute)
    story.output("o", dict.fromkeys(("one", "two", "three", "four"), "0.25")).used("o", 1)
    told = story.levy("108", {"formula": "equal_per_party"}).settled()
    assert told.paid() == {("ann", "one"): "24", ("bo", "three"): "24", ("cy", "four"): "36"} | of_two
