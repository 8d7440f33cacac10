"""Sales reports (DSR) that are created anew, in files of other names, in more files or fewer; and files of one message that disagree."""

import os
from decimal import Decimal
from itertools import permutations

import pytest

from local.stack import Stack
from overtone.stores.month_facts import month_facts
from tests.integration.dropping import drop
from tests.integration.test_usage_drop_dsr import block, dsr

FIRST, ANEW, LAST = "2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z", "2026-10-01T02:00:00Z"


def taken(stack: Stack, name: str, text: str, created: str = FIRST) -> None:
    given = drop(stack, f"{name}.dsr.tsv", text.replace(FIRST, created))
    assert given["status"] == "committed", given


def kept(stack: Stack) -> tuple[int, dict[str, str]]:
    """What counts of the one month that all reports here are of."""
    stack.tick("2026-10-03T00:00:00Z")
    (part,) = [item for item in stack.items("LedgerTable") if item["pk"].startswith("PARTS#")]
    return int(part["quantity"]), part["revenue"]


WHOLE = (100, {"SEK": "9.99"})
"""What the summary of each report says."""


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("name", ["m", "n", "m" * 100])
def test_what_a_message_left_unlisted_gives_way_whatever_its_next_file_is_called(fox: Stack, name: str, *, late: bool) -> None:
    """DDEX's names of files say when a message was created, so one that is created anew comes under another: its older rest stayed."""
    some, all_ = dsr(block(1, 30, "3")), dsr([*block(1, 30, "3"), *block(2, 70, "6.99")], parts=2)
    for place, (text, created) in enumerate([(all_, ANEW), (some, FIRST)] if late else [(some, FIRST), (all_, ANEW)]):
        taken(fox, name if place else "m", text, created)
    assert kept(fox) == WHOLE


def test_a_message_that_lists_less_again_leaves_its_rest_again(fox: Stack) -> None:
    some, all_ = dsr(block(1, 30, "3")), dsr([*block(1, 30, "3"), *block(2, 70, "6.99")], parts=2)
    void = dsr([*block(1, 30, "3"), *block(2, 0)], parts=2)
    for name, text, created in (("a", some, FIRST), ("b", all_, ANEW), ("c", void, LAST)):
        taken(fox, name, text, created)
    assert kept(fox) == WHOLE


@pytest.mark.parametrize("length", [501, 3_000])
def test_a_message_may_be_called_by_any_length(fox: Stack, length: int) -> None:
    some, all_ = dsr(block(1, 30, "3")), dsr([*block(1, 30, "3"), *block(2, 70, "6.99")], parts=2)
    for name, text, created in (("a", some, FIRST), ("b", all_, ANEW)):
        taken(fox, name, text.replace("msg-1", "m" * length), created)
    for number in (1, 2):
        text = dsr(block(number, 50, "4.995"), files=(number, 2), report=(10, 2))
        taken(fox, f"c{number}", text.replace("msg-1", "m" * length), LAST)
    assert kept(fox) == WHOLE


def files_of(count: int, usages: int, revenue: str = "", blocks: int = 1) -> list[str]:
    """A message in so many files, each of which lists some usages in some blocks."""
    report = (count * (3 + 2 * blocks), count * blocks)
    return [
        dsr(
            [line for place in range(blocks) for line in block(number + 10 * place, usages, revenue)],
            files=(number, count),
            report=report,
            parts=blocks,
        )
        for number in range(1, count + 1)
    ]


ONE, ALL = dsr(block(1, 30, "3")), dsr([*block(1, 50, "5"), *block(2, 50, "4.99")], parts=2)
TWO, TWO_WHOLE, TWO_LONGER, THREE = (
    files_of(2, 40, "4"),
    files_of(2, 50, "4.995"),
    files_of(2, 25, "2.4975", blocks=2),
    files_of(3, 20, "2"),
)
OTHERWISE = dsr([*block(7, 50, "5"), *block(8, 50, "4.99")], parts=2)
TWO_OTHERWISE = [text.replace("\tSEABC2600001\t", "\tSEABC2600002\t") for text in TWO_WHOLE]
"""What lists all under other blocks, or as another recording: nothing of it takes an old line's place."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([ONE], TWO),
        ([ONE], TWO_WHOLE),
        ([ALL], TWO),
        ([ALL], THREE),
        (TWO, [ALL]),
        (TWO, TWO_WHOLE),
        (TWO_WHOLE, TWO),
        (TWO, TWO_LONGER),
        (TWO, THREE),
        (THREE, files_of(3, 15, "1.5", blocks=2)),
        (files_of(3, 0), TWO),
        (files_of(3, 0), TWO_WHOLE),
        (files_of(3, 0), [ALL]),
        (TWO_LONGER, TWO),
        (TWO_LONGER, [ONE]),
        ([OTHERWISE], TWO),
        (THREE, TWO_OTHERWISE),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_message_is_created_anew_in_more_files_or_fewer(fox: Stack, before: list[str], after: list[str], *, backwards: bool) -> None:
    """Where it had other files, or more lines, its first new file was refused beside the old ones; what it left before could stay."""
    for created, files in ((FIRST, before), (ANEW, after)):
        for number, text in sorted(enumerate(files), reverse=backwards):
            taken(fox, f"m{number}-{created[11:13]}", text, created)
    assert kept(fox) == WHOLE


ORDERS = list(permutations([*((text, FIRST) for text in TWO_LONGER), *((text, ANEW) for text in TWO_OTHERWISE)]))


@pytest.mark.parametrize("order", ORDERS if os.environ.get("THOROUGH") else ORDERS[5::6])
def test_what_the_files_of_a_message_list_no_more_gives_way_in_whatever_order_they_come(fox: Stack, order: list[tuple[str, str]]) -> None:
    """Old lines that no new file listed counted beside the new ones."""
    for number, (text, created) in enumerate(order):
        taken(fox, f"m{number}", text, created)
    assert kept(fox) == WHOLE


def test_a_message_that_was_never_whole_is_created_anew(fox: Stack) -> None:
    """As where one of its files was refused: the second of its new files was held against the third, old one."""
    old, new = files_of(3, 20, "2"), files_of(3, 15, "1.5", blocks=2)
    for number, text, created in ((0, old[0], FIRST), (2, old[2], FIRST), *((number, new[number], ANEW) for number in range(3))):
        taken(fox, f"m{number}-{created[11:13]}", text, created)
    assert kept(fox) == WHOLE


def test_a_file_of_an_older_creation_that_comes_late_takes_no_newer_ones_place(fox: Stack) -> None:
    old, new = TWO, files_of(2, 45, "4.5")
    for number, text, created in ((0, new[0], ANEW), (0, old[0], FIRST), (1, new[1], ANEW), (1, old[1], FIRST)):
        taken(fox, f"m{number}-{created[11:13]}", text, created)
    assert kept(fox) == WHOLE


def test_usage_that_bears_no_royalty_takes_its_part_of_revenue_along_where_a_message_has_several_files(fox: Stack) -> None:
    """How much of it there is in other files is not known yet; its part was nobody's, of a message whose totals said that it was there."""
    free = files_of(2, 50)[0].replace("20260930", "20260930\t\tfalse")
    taken(fox, "m1", free)
    taken(fox, "m2", files_of(2, 50)[1])
    assert kept(fox) == WHOLE


@pytest.mark.parametrize(
    ("usages", "revenues", "words"),
    [
        (50, ("8", "8"), "says 9.99 SEK, its lines have 16"),
        (50, ("3", "3"), "3.99 SEK belong to no usage"),
        (51, ("", ""), "says 100 usages, its lines have 102"),
        (50, ("", "9.99"), "says 9.99 SEK, its lines have 14.985"),
        (50, ("9.99", ""), "says 9.99 SEK, its lines have 14.985"),
    ],
)
def test_files_that_say_another_sum_than_their_message_are_refused_before_anything_of_the_last_is_kept(
    fox: Stack, usages: int, revenues: tuple[str, str], words: str
) -> None:
    """More than the whole was taken, file by file; of less than the whole the last file was refused when it had been committed."""
    texts = [files_of(2, usages, revenue)[number] for number, revenue in enumerate(revenues)]
    taken(fox, "m0", texts[0])
    given = drop(fox, "m1.dsr.tsv", texts[1])
    assert (given["status"], words in given["detail"]) == ("refused", True), given
    assert kept(fox)[0] == usages
    taken(fox, "m1", files_of(2, 100 - usages, revenues[0] and f"{Decimal('9.99') - Decimal(revenues[0])}")[1])
    assert kept(fox) == WHOLE


def test_a_summary_record_that_stands_in_one_file_alone_is_summed_too(fox: Stack) -> None:
    """What it said beyond its lines was lost where that file was not the last to come."""
    other = "SY02.02\tS2\t\t\tAds\tOnDemandStream\tNO\tads\t7\t\tSEK\t0.7"
    first, second = (text.replace("\t1\t1\t2\n", "\t1\t1\t2\n") for text in files_of(2, 50, "4.995"))
    lines = first.split("\n")
    first = "\n".join([*lines[:2], other, *lines[2:]]).replace("FOOT\t5\t10\t1", "FOOT\t6\t11\t2")
    taken(fox, "m1", first)
    taken(fox, "m2", second.replace("FOOT\t5\t10", "FOOT\t5\t11"))
    assert kept(fox) == (107, {"SEK": "10.69"})


def subscribing(subscribers: int | None, created: str) -> str:
    """A report of ten usages by so many subscribers, or one that states none."""
    lines = [
        f"HEAD\tdsrf/30\tBasicAudioProfile\t1.4\tM1\t{created}\t1\t1\t2026-09-01\t2026-09-30\tA\tB\tC\tD\tE",
        "SY02.04\t1\t\t\tSubscriptionModel\tStream\tSE\tSvc\t10\t30\tUSD\t1.00",
        f"SY04.03\t1\t\t\tSubscriptionModel\tStream\tSE\tSvc\tFamily\t{subscribers}\t\t\t\t\tUSD" if subscribers else "#",
        "AS02.04\tB1\tR1\tD1\tSEABC2600001\tSong",
        "SU02.03\tB1\t1\tS1\t\tR1\ttrue\t10",
    ]
    return "\n".join([*lines, f"FOOT\t6\t6\t{1 + bool(subscribers)}\t1\t1", ""])


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([(10, FIRST), (40, ANEW)], 40),
        ([(10, FIRST), (40, ANEW), (10, LAST)], 10),
        ([(40, ANEW), (10, FIRST)], 40),
        ([(10, LAST), (40, FIRST), (40, ANEW)], 10),
        ([(10, FIRST), (None, ANEW)], 0),
    ],
)
def test_the_subscribers_that_count_are_those_of_the_message_that_was_created_last(
    fox: Stack, said: list[tuple[int | None, str]], counts: int
) -> None:
    """As of its usage. A figure that was put right and then put back stayed as it had been put right; one that came late went before."""
    revenue = {"report_id": "r", "month": "2026-09", "currency": "USD", "net_revenue": "1", "subscribers": 0}
    assert fox.http("POST", "/v1/revenue", party="fox", scope="disclosures.write", json=revenue).status == 201
    for number, (subscribers, created) in enumerate(said):
        fox.at(f"2026-10-02T0{number}:00:00Z")
        assert drop(fox, f"m{number}.dsr.tsv", subscribing(subscribers, created))["status"] == "committed"
    (report,) = month_facts("2026-09", "2026-11").revenue["fox"]
    assert report.subscribers == counts


def test_a_report_of_which_nothing_is_kept_states_nothing_either(fox: Stack) -> None:
    """Its receipt says that it was rejected, and its subscribers counted; what it left unlisted would void what an older one left."""
    revenue = {"report_id": "r", "month": "2026-09", "currency": "USD", "net_revenue": "1", "subscribers": 0}
    assert fox.http("POST", "/v1/revenue", party="fox", scope="disclosures.write", json=revenue).status == 201
    text = subscribing(40, ANEW).replace("SEABC2600001", "SEABC2600001|SEABC2600002")
    given = drop(fox, "m1.dsr.tsv", text)
    assert (given["status"], "facts" in given) == ("rejected", False)
    assert drop(fox, "m2.dsr.tsv", subscribing(10, FIRST))["status"] == "committed"
    (report,) = month_facts("2026-09", "2026-11").revenue["fox"]
    assert report.subscribers == 10


def test_subscribers_go_with_the_batches_of_the_report_that_states_them(fox: Stack) -> None:
    """They stayed when all of its usage was taken back, and a minimum per subscriber billed the licensee for them."""
    revenue = {"report_id": "r", "month": "2026-09", "currency": "USD", "net_revenue": "1", "subscribers": 0}
    assert fox.http("POST", "/v1/revenue", party="fox", scope="disclosures.write", json=revenue).status == 201
    taken(fox, "m1", subscribing(10, FIRST))
    fox.at("2026-10-02T00:00:00Z")
    taken(fox, "m2", subscribing(40, ANEW))
    counted = []
    for minute, batch in enumerate(("m2%2300001", "m1%2300001")):
        fox.at(f"2026-10-03T00:0{minute}:00Z")
        assert fox.http("DELETE", f"/v1/usage/{batch}", party="fox", scope="usage.write").status == 200
        counted += [month_facts("2026-09", f"2026-10-03T00:0{minute}:59Z").revenue["fox"][0].subscribers]
    assert counted == [10, 0], "what an older creation states counts again, as its usage does"
    assert month_facts("2026-09", "2026-10-03").revenue["fox"][0].subscribers == 40, "as of before it stays as it was"


def stating(number: int, subscribers: int | None, created: str) -> str:
    """One of two files of such a report."""
    text = subscribing(subscribers, created).replace(f"{created}\t1\t1", f"{created}\t{number}\t2").replace("\tB1", f"\tB{number}")
    return text.replace("\ttrue\t10", "\ttrue\t5").replace("FOOT\t6\t6", "FOOT\t6\t12").replace("\t1\t1\n", "\t1\t2\n")


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_subscribers_that_one_file_of_several_states_count_whichever_comes_last(fox: Stack, order: tuple[int, int]) -> None:
    """Of a message that was created anew the file that states none, if it came last, took away what the other stated."""
    revenue = {"report_id": "r", "month": "2026-09", "currency": "USD", "net_revenue": "1", "subscribers": 0}
    assert fox.http("POST", "/v1/revenue", party="fox", scope="disclosures.write", json=revenue).status == 201
    found = list[int]()
    for created, subscribers in ((FIRST, 10), (ANEW, 40), (LAST, None)):
        for minute, number in enumerate(order):
            fox.at(f"2026-10-02T0{len(found)}:0{minute}:00Z")
            taken(fox, f"m{number}-{created[11:13]}", stating(number, subscribers if number == 1 else None, created), created)
        found.append(month_facts("2026-09", "2026-11").revenue["fox"][0].subscribers)
    assert found == [10, 40, 0]
