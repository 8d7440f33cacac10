"""Sales reports (DSR) that were taken back: an older or another creation of theirs stands as if they had never been dropped."""

from itertools import permutations
from urllib.parse import quote

import pytest

from local.stack import Stack
from overtone.stores.month_facts import month_facts
from tests.integration.dropping import drop, receipt
from tests.integration.test_usage_drop_dsr import block, dsr
from tests.integration.test_usage_drop_lines import CREATIONS, OLD, counts
from tests.integration.test_usage_drop_messages import (
    ALL,
    ANEW,
    FIRST,
    LAST,
    ONE,
    TWO,
    TWO_LONGER,
    TWO_OTHERWISE,
    WHOLE,
    subscribing,
    taken,
)


def withdraw(stack: Stack, name: str) -> None:
    """All batches of a dropped file."""
    given = receipt(stack, f"{name}.dsr.tsv")
    prefix = given["batch_ids"].removesuffix(" …").removesuffix("00001")
    for number in range(1, given["batches"] + 1):
        path = f"/v1/usage/{quote(f'{prefix}{number:05d}', safe='')}"
        assert stack.http("DELETE", path, party="fox", scope="usage.write").status == 200


@pytest.mark.parametrize("anew", CREATIONS)
def test_a_report_that_comes_after_a_later_one_was_taken_back_counts_whole(fox: Stack, anew: str) -> None:
    """All that the withdrawn one did not list was voided, with a receipt that says committed."""
    taken(fox, "n", CREATIONS[anew], ANEW)
    withdraw(fox, "n")
    taken(fox, "m", OLD, FIRST)
    assert counts(fox) == WHOLE


@pytest.mark.parametrize("anew", CREATIONS)
def test_a_report_stands_again_where_a_later_one_is_taken_back(fox: Stack, anew: str) -> None:
    taken(fox, "m", OLD, FIRST)
    taken(fox, "n", CREATIONS[anew], ANEW)
    withdraw(fox, "n")
    assert counts(fox) == WHOLE


@pytest.mark.parametrize("anew", CREATIONS)
def test_a_report_that_is_created_a_third_time_replaces_what_stands(fox: Stack, anew: str) -> None:
    taken(fox, "m", OLD, FIRST)
    taken(fox, "n", CREATIONS[anew], ANEW)
    withdraw(fox, "n")
    taken(fox, "o", ONE, LAST)
    assert counts(fox) == WHOLE


@pytest.mark.parametrize("anew", CREATIONS)
def test_a_report_that_is_mended_without_a_new_time_replaces_the_older_whole(fox: Stack, anew: str) -> None:
    taken(fox, "m", OLD, FIRST)
    taken(fox, "n", CREATIONS[anew], ANEW)
    withdraw(fox, "n")
    taken(fox, "o", ONE, ANEW)
    assert counts(fox) == WHOLE


def test_files_that_come_after_later_ones_were_taken_back_count_whole(fox: Stack) -> None:
    for number, text in enumerate(TWO_OTHERWISE):
        taken(fox, f"new-{number}", text, ANEW)
    for number in range(2):
        withdraw(fox, f"new-{number}")
    for number, text in enumerate(TWO_LONGER):
        taken(fox, f"old-{number}", text, FIRST)
    assert counts(fox) == WHOLE


def test_what_a_report_that_was_taken_back_left_unlisted_takes_no_place(fox: Stack) -> None:
    taken(fox, "n", dsr([*block(1, 60, "6"), *block(2, 40, "3.99")], parts=2), ANEW)
    withdraw(fox, "n")
    taken(fox, "m", ONE, FIRST)
    assert counts(fox) == WHOLE


def test_subscribers_of_an_older_report_count_where_the_later_one_was_taken_back_before(fox: Stack) -> None:
    revenue = {"report_id": "r", "month": "2026-09", "currency": "USD", "net_revenue": "1", "subscribers": 0}
    assert fox.http("POST", "/v1/revenue", party="fox", scope="disclosures.write", json=revenue).status == 201
    taken(fox, "n", subscribing(40, ANEW))
    withdraw(fox, "n")
    assert drop(fox, "m.dsr.tsv", subscribing(10, FIRST))["status"] == "committed"
    assert month_facts("2026-09", "2026-11").revenue["fox"][0].subscribers == 10


def test_what_was_left_before_a_report_that_was_taken_back_gives_way_to_the_next(fox: Stack) -> None:
    taken(fox, "m", ONE, FIRST)
    taken(fox, "n", ALL, ANEW)
    withdraw(fox, "n")
    taken(fox, "o", ALL, LAST)
    assert counts(fox) == WHOLE


@pytest.mark.parametrize("number", [0, 1])
def test_a_file_that_was_taken_back_and_comes_anew_makes_its_message_whole(fox: Stack, number: int) -> None:
    for place, text in enumerate(TWO_LONGER):
        taken(fox, f"old-{place}", text, FIRST)
    taken(fox, f"new-{number}", TWO_OTHERWISE[number], ANEW)
    withdraw(fox, f"new-{number}")
    for place, text in enumerate(TWO_OTHERWISE):
        taken(fox, f"last-{place}", text, LAST)
    assert counts(fox) == WHOLE


@pytest.mark.parametrize("anew", CREATIONS)
def test_a_report_that_came_late_stands_again_where_the_later_one_is_taken_back(fox: Stack, anew: str) -> None:
    """What the later one did not list had been voided in the late one's own batches: nothing of it counted any more."""
    taken(fox, "n", CREATIONS[anew], ANEW)
    taken(fox, "m", OLD, FIRST)
    assert counts(fox) == WHOLE
    withdraw(fox, "n")
    assert counts(fox, 4) == WHOLE
    taken(fox, "m", OLD, FIRST)
    withdraw(fox, "m")
    assert counts(fox, 5)[0] == 0


@pytest.mark.parametrize("order", list(permutations([(OLD, FIRST), (CREATIONS["all is listed otherwise"], ANEW), (ONE, LAST)])))
def test_the_newest_report_that_stands_counts_in_whatever_order_they_came(fox: Stack, order: tuple[tuple[str, str], ...]) -> None:
    for text, created in order:
        taken(fox, f"m-{created[11:13]}", text, created)
    for day, created in enumerate((LAST, ANEW), 3):
        assert counts(fox, day) == WHOLE
        withdraw(fox, f"m-{created[11:13]}")
    assert counts(fox, 5) == WHOLE


def test_files_that_came_late_stand_again_where_the_later_ones_are_taken_back(fox: Stack) -> None:
    for number, text in enumerate(TWO_OTHERWISE):
        taken(fox, f"new-{number}", text, ANEW)
    for number, text in enumerate(TWO_LONGER):
        taken(fox, f"old-{number}", text, FIRST)
    assert counts(fox) == WHOLE
    withdraw(fox, "new-0")
    assert counts(fox, 4)[0] < WHOLE[0], "while one of its files stands a report is not taken back"
    withdraw(fox, "new-1")
    assert counts(fox, 5) == WHOLE


def test_subscribers_of_a_report_that_came_late_count_where_the_later_one_is_taken_back(fox: Stack) -> None:
    """They were not kept at all, because a later creation stated others."""
    revenue = {"report_id": "r", "month": "2026-09", "currency": "USD", "net_revenue": "1", "subscribers": 0}
    assert fox.http("POST", "/v1/revenue", party="fox", scope="disclosures.write", json=revenue).status == 201
    found = []
    for hour, step in enumerate(("n", "m", "-n", "-m")):
        fox.at(f"2026-10-02T0{hour}:00:00Z")
        if step[0] == "-":
            withdraw(fox, step[1:])
        else:
            taken(fox, step, subscribing(*((40, ANEW) if step == "n" else (10, FIRST))))
        found.append(month_facts("2026-09", "2026-11").revenue["fox"][0].subscribers)
    assert found == [40, 40, 10, 0]
    assert month_facts("2026-09", "2026-10-02T01:30").revenue["fox"][0].subscribers == 40, "as of before it stays as it was"


MIXED = [("new-0", TWO[0].replace(FIRST, ANEW)), ("old-1", TWO[1])]
"""The one file of a message in two, created anew, and the other as it was: they list 80 of 100, and the message is whole with them."""


@pytest.mark.parametrize("gone", [0, 1])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_is_left_with_a_file_of_another_creation_goes_with_that_one(fox: Stack, order: tuple[int, int], gone: int) -> None:
    """It was a batch of whichever came last, and stood when the other one had been withdrawn: usage of a message that was whole no more."""
    for place in order:
        taken(fox, *MIXED[place])
    assert counts(fox) == WHOLE
    withdraw(fox, MIXED[gone][0])
    assert counts(fox, 4) == (40, {"SEK": "4"})
    taken(fox, *MIXED[1 - gone])  # nobody withdrew that one
    taken(fox, "again", MIXED[gone][1].replace(FIRST if gone else ANEW, LAST))
    assert counts(fox, 5) == WHOLE
    withdraw(fox, "again")
    assert counts(fox, 6) == (40, {"SEK": "4"})


def test_what_files_of_one_creation_leave_goes_with_the_file_that_says_so(fox: Stack) -> None:
    for place, text in enumerate(TWO):
        taken(fox, f"m{place}", text)
    withdraw(fox, "m0")
    assert counts(fox)[0] == 60, "who takes back what a file lists does not take back that there was more"
