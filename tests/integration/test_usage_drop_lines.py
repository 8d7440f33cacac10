"""Lines that a sales report (DSR) listed, and lists no more, or otherwise, when it is created anew."""

import contextlib
import random
from decimal import Decimal

import pytest

from local.stack import Stack
from overtone.facts.drops import Drop, Progress
from overtone.steps import drops
from overtone.steps.drop_delivery import Unfinished
from overtone.stores import drops as drop_store
from tests.integration.dropping import receipt
from tests.integration.test_usage_drop_dsr import block, dsr
from tests.integration.test_usage_drop_messages import ANEW, FIRST, LAST, TWO_LONGER, TWO_OTHERWISE, WHOLE, kept, taken

OTHER = "USRC17607839"
OLD = dsr([*block(1, 30, "3", isrc=""), *block(2, 20, "2")], parts=2)
CREATIONS = {
    "a recording is told": dsr([*block(1, 30, "3"), *block(2, 20, "2")], parts=2),
    "a recording is put right": dsr([*block(1, 30, "3", isrc=""), *block(2, 20, "2", isrc=OTHER)], parts=2),
    "a block is left out": dsr(block(1, 30, "3", isrc="")),
    "a day is put right": OLD.replace("20260930", "20260929"),
    "all is listed otherwise": dsr([*block(3, 60, "6"), *block(4, 40, "3.99", isrc=OTHER)], parts=2),
    "nothing is listed": dsr([], parts=0),
}


def counts(stack: Stack, day: int = 3) -> tuple[int, dict[str, str]]:
    """What counts of the month, over its days, on a later day of October."""
    stack.tick(f"2026-10-{day:02d}T00:00:00Z")
    parts = [item for item in stack.items("LedgerTable") if item["pk"].startswith("PARTS#")]
    return sum(int(part["quantity"]) for part in parts), {"SEK": str(sum(Decimal(part["revenue"].get("SEK", "0")) for part in parts))}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("name", ["m", "n"])
@pytest.mark.parametrize("anew", CREATIONS)
def test_a_report_that_is_created_anew_replaces_the_older_whole(fox: Stack, anew: str, name: str, *, late: bool) -> None:
    """What had another recording or day, or stands in it no more, counted beside the new lines: 130 usages of 100, and their revenue."""
    files = [("m", OLD, FIRST), (name, CREATIONS[anew], ANEW)]
    for file, text, created in reversed(files) if late else files:
        taken(fox, file, text, created)
    assert counts(fox) == WHOLE


def test_each_creation_replaces_the_one_before_and_may_go_back(fox: Stack) -> None:
    for name, text, created in (("a", OLD, FIRST), ("b", CREATIONS["all is listed otherwise"], ANEW), ("c", OLD, LAST)):
        taken(fox, name, text, created)
    assert kept(fox) == WHOLE


def test_a_delivery_that_is_cut_off_voids_each_line_once(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever write it dies at, the next one ends with the same: two lines, the void of what was unlisted, those of two lines."""
    taken(fox, "m", OLD)
    fox.aws("s3").put_object(
        Bucket=fox.name("DropBucket"), Key="usage/fox/n.dsr.tsv", Body=CREATIONS["all is listed otherwise"].replace(FIRST, ANEW).encode()
    )
    rng, keep = random.Random(1), drop_store.keep_progress
    dies = [True, False, True, True, False, False]

    def kill(*arguments: object) -> None:
        if dies and dies.pop():
            raise Unfinished("gone")
        keep(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(drop_store, "keep_progress", kill)
    while dies:
        with contextlib.suppress(Unfinished):
            drops.take("usage/fox/n.dsr.tsv", lambda: rng.choice([0, 900]))
    monkeypatch.undo()
    drops.take("usage/fox/n.dsr.tsv", lambda: 900)
    assert [receipt(fox, "n.dsr.tsv")[name] for name in ("status", "received", "accepted", "batches")] == ["committed", 3, 3, 3]
    assert counts(fox) == WHOLE


def test_a_file_that_is_still_read_when_the_other_ends_looks_for_what_both_list_no_more(fox: Stack) -> None:
    """The first to end does not know yet what the other lists."""
    for number, text in enumerate(TWO_LONGER):
        taken(fox, f"old-{number}", text)
    for number, text in enumerate(TWO_OTHERWISE):
        body = text.replace(FIRST, ANEW).encode()
        fox.aws("s3").put_object(Bucket=fox.name("DropBucket"), Key=f"usage/fox/new-{number}.dsr.tsv", Body=body)
    with contextlib.suppress(Unfinished):
        drops.take("usage/fox/new-0.dsr.tsv", lambda: 0)
    for number in (1, 0):
        drops.take(f"usage/fox/new-{number}.dsr.tsv", lambda: 900)
    given = [receipt(fox, f"new-{number}.dsr.tsv") for number in (0, 1)]
    assert [(one["status"], one["batches"]) for one in given] == [("committed", 3), ("committed", 1)], "one line each, and two files' voids"
    assert counts(fox) == WHOLE


def dropped(stack: Stack, name: str, text: str, created: str) -> str:
    """The key of a file that nobody has taken in yet."""
    stack.aws("s3").put_object(Bucket=stack.name("DropBucket"), Key=f"usage/fox/{name}.dsr.tsv", Body=text.replace(FIRST, created).encode())
    return f"usage/fox/{name}.dsr.tsv"


def test_a_delivery_that_died_behind_its_first_voids_goes_on_whatever_came_meanwhile(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """They had the number of other voids that the next delivery found first: the file was refused, as if its name had been used before."""
    taken(fox, "m", OLD)
    key, keep = dropped(fox, "n", CREATIONS["all is listed otherwise"], LAST), drop_store.keep_progress

    def kill(drop: Drop, progress: Progress) -> None:
        if progress.is_listed and progress.batches > 2:
            raise Unfinished("gone")
        keep(drop, progress)

    monkeypatch.setattr(drop_store, "keep_progress", kill)
    with pytest.raises(Unfinished):
        drops.take(key, lambda: 900)
    monkeypatch.undo()
    drops.take(dropped(fox, "o", dsr([*block(7, 30, "3"), *block(8, 20, "2", isrc=OTHER)], parts=2), ANEW), lambda: 900)
    drops.take(key, lambda: 900)
    assert receipt(fox, "n.dsr.tsv")["status"] == "committed", receipt(fox, "n.dsr.tsv")
    assert counts(fox) == WHOLE


def test_a_delivery_without_time_left_leaves_the_other_voids_to_the_next(fox: Stack) -> None:
    """It went on until it was stopped from outside, and a file that is stopped so four times is given up."""
    for number in range(3):
        taken(fox, f"m{number}", dsr(block(number + 4, 20, "2")), f"2026-10-01T0{number}:00:00Z")
    key, left = dropped(fox, "n", dsr(block(9, 100, "9.99")), "2026-10-01T04:00:00Z"), 5
    for _ in range(left):
        with pytest.raises(Unfinished):
            drops.take(key, lambda: 0)
    drops.take(key, lambda: 0)
    assert receipt(fox, "n.dsr.tsv")["batches"] == left, "its line, the void of what was unlisted, those of three lines"
    assert counts(fox) == WHOLE
