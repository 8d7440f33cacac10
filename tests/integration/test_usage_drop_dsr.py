"""Sales reports (DSR) that are dropped: one file or several, spread by usage, cut into blocks."""

import contextlib
import random
from decimal import Decimal
from pathlib import Path

import pytest

from local.stack import Stack
from overtone.formats.blocks import blocks
from overtone.steps import drops
from overtone.steps.drop_delivery import Unfinished
from overtone.stores.facts import unpacked
from tests import stored_accruals
from tests.integration import scenario
from tests.integration.dropping import drop, receipt, sums

DSR = next((Path(__file__).parents[3] / "shared" / "data" / "ddex-dsrf").glob("DSR_*.tsv"), None)


@pytest.mark.skipif(DSR is None, reason="the published sample is not on this machine")
def test_the_published_dsr_file_comes_in_whole(fox: Stack) -> None:
    assert DSR is not None
    raw = DSR.read_bytes()
    given = drop(fox, "yt.dsr.tsv", raw)
    assert (given["status"], given["rejected"]) == ("committed", [])
    (total,) = given["totals"]
    assert (total["usages"], total["net_revenue"], total["currency"]) == (1036181 + 575732 + 3834450 + 21613409, "15763.58", "USD")
    fox.tick()
    assert not fox.errors
    parts = [i for i in fox.items("LedgerTable") if i["pk"].startswith("PARTS#")]
    assert sum(float(i["revenue"].get("USD", "0")) for i in parts) == pytest.approx(15763.58)
    assert sums(fox)["records"] == given["accepted"] == 7
    text = raw.decode().split("\n")
    for number in range(35):
        cut = "\n".join(text[:number] + text[number + 1 :])
        refused = drop(fox, f"cut-{number}.dsr.tsv", cut)
        assert refused["status"] == "refused"
        assert "34" in refused["detail"]


def dsr(lines_: list[str], *, files: tuple[int, int] = (1, 1), report: tuple[int, int] | None = None, parts: int = 1) -> str:
    head = f"HEAD\tdsrf/30\tUgcProfile\t1.2\tmsg-1\t2026-10-01T00:00:00Z\t{files[0]}\t{files[1]}\t2026-09-01\t2026-09-30\tP1\tTube\tads"
    summary = "SY02.02\tS1\t\t\tAds\tOnDemandStream\tSE\tads\t100\t\tSEK\t9.99"
    count = len(lines_) + 3
    whole = report or (count, parts)
    return "\n".join([head, summary, *lines_, f"FOOT\t{count}\t{whole[0]}\t1\t{parts}\t{whole[1]}"]) + "\n"


def block(number: int, usages: int, revenue: str = "", isrc: str = "SEABC2600001") -> list[str]:
    return [
        f"AS01.01\t{number}\tR1\tD{number}\t{isrc}\tTitle\t\tArtist\t\t\tSoundRecording",
        f"SU03.02\t{number}\tT1\tS1\tD{number}\t{usages}\t{revenue}\t20260901\t20260930",
    ]


def test_revenue_that_lines_do_not_state_is_spread_by_usage_to_the_last_digit(fox: Stack) -> None:
    drop(fox, "m.dsr.tsv", dsr([*block(1, 33), *block(2, 67, isrc="USRC17607839")], parts=2))
    fox.tick()
    parts = [i for i in fox.items("LedgerTable") if i["pk"].startswith("PARTS#")]
    assert [(i["revenue"], i["records"]) for i in parts] == [({"SEK": "9.99"}, 2)]


def test_the_files_of_one_message_are_summed_when_the_last_is_here(fox: Stack) -> None:
    report = (10, 2)
    drop(fox, "m1.dsr.tsv", dsr(block(1, 30, "3"), files=(1, 2), report=report))
    fox.tick()
    assert sums(fox)["records"] == 1
    drop(fox, "m2.dsr.tsv", dsr(block(2, 20, "2"), files=(2, 2), report=report))
    fox.tick()
    assert sums(fox)["records"] == 3
    assert [row.entries[0][-2] for _, row in stored_accruals.rows(fox) if row.work_key == "unattributed"] == [50 * 10**9]
    assert drop(fox, "m3.dsr.tsv", dsr(block(1, 101)))["status"] == "refused"
    assert all("expires_at" in item for item in fox.items("UsageTable") if item["pk"].startswith("MESSAGE#"))


def test_a_message_created_later_with_the_same_ids_replaces_the_older(fox: Stack) -> None:
    drop(fox, "m.dsr.tsv", dsr(block(1, 30, "3")))
    later = dsr(block(1, 40, "4")).replace("2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z")
    drop(fox, "n.dsr.tsv", later)
    fox.tick()
    assert sums(fox) == {"records": 4, "accrued": 2, "waiting": 0, "duplicates": 0, "superseded": 2}


def test_a_message_in_several_files_that_is_created_anew_leaves_what_its_new_files_leave(fox: Stack) -> None:
    """What its first new file and the old second one left stood for good: two contents of one revision, of which the first counts."""
    report, first, anew = (10, 2), "2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z"
    for created, usages in ((first, (30, 20)), (anew, (40, 50))):
        for number, some in enumerate(usages, start=1):
            text = dsr(block(number, some, str(some / 10)), files=(number, 2), report=report).replace(first, created)
            assert drop(fox, f"m{number}.dsr.tsv", text)["status"] == "committed"
    fox.tick("2026-10-03T00:00:00Z")
    (part,) = [item for item in fox.items("LedgerTable") if item["pk"].startswith("PARTS#")]
    assert (part["quantity"], part["revenue"], part["conflicts"]) == (100, {"SEK": "9.99"}, 0)


@pytest.mark.parametrize("listed", [70, 50, 0])
def test_what_a_message_leaves_unlisted_replaces_what_it_left_before(fox: Stack, listed: int) -> None:
    """Created anew with all of its lines, a message kept what it had not listed the first time, beside them."""
    drop(fox, "m.dsr.tsv", dsr(block(1, 30, "3")))
    fox.tick()
    lines = [*block(1, 30, "3"), *(block(2, listed, "6.99") if listed == 70 else block(2, listed, "5") if listed else [])]
    later = dsr(lines, parts=1 + bool(listed)).replace("2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z")
    given = drop(fox, "m.dsr.tsv", later)
    assert (given["status"], given["unlisted"]["quantity"]) == ("committed", 70 - listed), given
    fox.tick("2026-10-03T00:00:00Z")
    (part,) = [item for item in fox.items("LedgerTable") if item["pk"].startswith("PARTS#")]
    assert (part["quantity"], part["revenue"]) == (100, {"SEK": "9.99"})


@pytest.mark.parametrize("late", range(4))
def test_a_delivery_that_has_no_time_left_leaves_nothing_to_be_taken_twice(fox: Stack, late: int) -> None:
    """Behind its last part each delivery took in again what is unlisted: its receipt, and the month's records, counted it each time."""
    fox.aws("s3").put_object(Bucket=fox.name("DropBucket"), Key="usage/fox/m.dsr.tsv", Body=dsr(block(1, 30, "3")).encode())
    times = iter([*(0.0 for _ in range(late)), *(900.0 for _ in range(9))])
    for _ in range(late):
        with contextlib.suppress(Unfinished):
            drops.take("usage/fox/m.dsr.tsv", lambda: next(times))
    drops.take("usage/fox/m.dsr.tsv", lambda: 900)
    given = receipt(fox, "m.dsr.tsv")
    assert (given["received"], given["accepted"], given["batches"], given["unlisted"]) == (2, 2, 2, {"records": 1, "quantity": 70})
    fox.tick()
    assert sums(fox)["records"] == 2


def test_blocks_of_a_big_file_are_cut_alike_whatever_the_chunks() -> None:
    rng = random.Random(5)
    text = "".join(rng.choice(['a,"b\nc",d\n', "x,y,z\n", '"""q""",1,2\n']) for _ in range(2_000)).encode()
    whole = list(blocks([text], quoted=True, size=500))
    for size in (1, 7, 1000):
        assert list(blocks((text[at : at + size] for at in range(0, len(text), size)), quoted=True, size=500)) == whole
    assert b"".join(whole) == text
    assert all(part.endswith(b"\n") and part.count(b'"') % 2 == 0 for part in whole)
    assert len(whole) > 10


def test_subscribers_that_a_usage_report_states_count_where_the_revenue_report_states_none(stack: Stack) -> None:
    """A floor per subscriber: 0.1 x (10 + 20) from the DSR's two types; the same message created anew states 40 and 20."""
    scenario.small_world(stack)
    terms = {"mechanism": "revenue_pool", "share": "0.000001", "minimum_per_subscriber": "0.1", "basis": "usage"}
    scenario.deal(stack, "floor", terms, licensor="ann")
    revenue = {"month": "2026-10", "currency": "EUR", "subscribers": 0}
    scenario.sent(stack, "/v1/revenue", revenue | {"report_id": "sub-10", "net_revenue": "5", "service": "svc", "territory": "SE"})
    scenario.sent(stack, "/v1/revenue", revenue | {"report_id": "rev-10", "net_revenue": "1234.56", "revision": 1})

    def report(students: int, created: str) -> str:
        types = f"SY04.03\t1\t\t\tSubscriptionModel\tStream\tSE\tSvc\tStudent|Family\t{students}|20\t\t\t\t\tUSD"
        return "\n".join(
            [
                f"HEAD\tdsrf/30\tBasicAudioProfile\t1.4\tM1\t{created}\t1\t1\t2026-10-01\t2026-10-31\tA\tB\tC\tD\tE",
                "SY02.04\t1\t\t\tSubscriptionModel\tStream\tSE\tSvc\t10\t30\tUSD\t1.00",
                types,
                "SY09.01\t1\tSubscriptionModel\tStream\tSE\tSvc\t\tAnn\t\t\t10\t\t\t\t25.5",
                f"AS02.04\tB1\tR1\tD1\t{scenario.ISRC.removeprefix('isrc:')}\tSong",
                "SU02.03\tB1\t1\tS1\t\tR1\ttrue\t10",
                "FOOT\t7\t7\t3\t1\t1",
            ]
        )

    def floor(settlement: str) -> Decimal:
        lines = [line for line in scenario.lines_of(stack, settlement) if line["deal_id"] == "floor"]
        return sum((Decimal(line["amount"]) for line in lines), Decimal(0))

    stack.at("2026-11-02T06:00:00Z")
    given = drop(stack, "oct.dsr.tsv", report(10, "2026-11-01T00:00:00Z"))
    assert (given["status"], [fact.get("subscribers") for fact in given["facts"]]) == ("committed", [10, 20, None])
    kept = [fact for item in stack.items("LedgerTable") if item["sk"].startswith("REPORTED#") for fact in unpacked(bytes(item["facts"]))]
    assert kept == given["facts"]
    assert [(fact["record"], fact["rights_controller"], fact["market_share"]) for fact in kept[2:]] == [("SY09", "Ann", "25.5")]
    scenario.accrue(stack, "2026-11-08T06:00:00Z")
    stack.at("2026-11-10T06:00:00Z")
    assert scenario.settle(stack, "s-1")["status"] == "sealed"
    assert floor("s-1") == 3
    assert drop(stack, "again.dsr.tsv", report(40, "2026-11-11T00:00:00Z"))["status"] == "committed"
    scenario.accrue(stack, "2026-11-11T06:00:00Z")
    stack.at("2026-11-11T07:00:00Z")
    assert scenario.settle(stack, "s-2")["status"] == "sealed"
    assert floor("s-2") == 3
