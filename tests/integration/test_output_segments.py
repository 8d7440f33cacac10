"""Disclosures of outputs, packed: whatever is merged, killed, repeated or withdrawn, an output is what its reports say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from overtone.aws import object_keys
from overtone.aws.tables import ConditionFailed
from overtone.facts import segment_list
from overtone.facts import segments as packing
from overtone.facts.disclosure import Method, OutputShares
from overtone.facts.limits import DISCLOSURE_SHARDS
from overtone.facts.outputs import OutputDisclosure
from overtone.partitions import Partition, spread
from overtone.scales import Nano
from overtone.stores import outputs as output_store
from overtone.stores import segments
from tests.integration.test_accrual import by_work, disclose
from tests.integration.test_usage_api import record, register, send
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from local.stack import Stack

NAMES = [f"gen-{number}" for number in range(400)]
WAY = [name for name in NAMES if spread(name, DISCLOSURE_SHARDS) == 1]
"""Outputs that go one way."""


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is an object, merged with each report, and cut into cells soon."""
    for name, value in {"INLINE_BYTES_MAX": 0, "FRESH_OBJECTS_MAX": 2, "WHOLE_BYTES_MAX": 300, "READ_BYTES": 600}.items():
        monkeypatch.setattr(segments, name, value)
    monkeypatch.setattr(packing, "BLOCK_ROWS", 3)
    monkeypatch.setattr(segment_list, "CELL_ROWS_MAX", 12)


def row(output: str, report: str, revision: int = 0, licensee: str = "fox", at: int = 1) -> OutputDisclosure:
    shown = OutputShares(output, revision, Nano(9 * 10**8), (("work:a", Nano(10**8 + revision)),))
    return OutputDisclosure(licensee, report, f"2026-10-01T00:00:{at:02d}.000000Z", Method("m", "s", "1"), shown)


REPORTS = [
    ("r-1", [row(name, "r-1") for name in WAY[:9]]),
    ("r-2", [row(name, "r-2", at=2) for name in WAY[9:20]]),
    ("r-3", [row(name, "r-3", revision=1, at=3) for name in WAY[5:12]]),
    ("r-4", [row(name, "r-4", licensee="hare", at=0) for name in WAY[18:25]]),
    ("r-5", [row(name, "r-5", at=5) for name in WAY[25:31]]),
    ("r-6", [row(name, "r-6", at=6) for name in WAY[31:45]]),
    ("r-7", [row(name, "r-7", revision=number, at=7) for name in WAY[:2] for number in range(5)]),
]


def partition(report: str, licensee: str) -> Partition:
    return Partition("attribution", licensee, report, 1)


def play(upto: int = len(REPORTS), *, withdraw: tuple[str, ...] = ()) -> None:
    """Each report is indexed, then the way is tidied."""
    for report, told in REPORTS[:upto]:
        output_store.index(partition(report, told[0].licensee), told)
        while output_store.tidy(1):
            pass
    for report in withdraw:
        told = dict(REPORTS)[report]
        output_store.remove(partition(report, told[0].licensee), told)
        output_store.tidy(1)


def expected(upto: int = len(REPORTS), *, without: tuple[str, ...] = ()) -> dict[str, list[OutputDisclosure]]:
    """The same in a dict."""
    told: dict[str, list[OutputDisclosure]] = {}
    for report, rows in REPORTS[:upto]:
        for one in rows if report not in without else ():
            told.setdefault(one.disclosed.output_id, []).append(one)
    return {name: sorted(rows, key=lambda one: (one.disclosed.revision, one.licensee, one.report)) for name, rows in told.items()}


@pytest.mark.usefixtures("tiny")
def test_whatever_is_merged_each_output_has_all_its_disclosures(fox: Stack) -> None:
    for upto in range(1, len(REPORTS) + 1):
        fox.reset()
        play(upto)
        assert output_store.histories(NAMES, whole=True) == expected(upto)
        assert output_store.histories(WAY[:1], whole=True) == {WAY[0]: expected(upto)[WAY[0]]}
    found = segments.way(1)
    assert len(found.listed.cells) > 2, "the way was cut into cells"
    assert max(len(cell.segments) for cell in found.listed.cells) <= 4
    assert all(cell.due() == () for cell in found.listed.cells)
    once = found.listed
    play()
    assert (segments.way(1).listed, segments.way(1).fresh) == (once, found.fresh), "what is indexed again is there"


@pytest.mark.usefixtures("tiny")
def test_newer_segments_are_merged_beside_an_older_one_that_is_large(fox: Stack) -> None:  # noqa: ARG001 - the stack
    play(2)
    for number in range(4):
        output_store.index(partition(f"x-{number}", "fox"), [row(WAY[50 + number], f"x-{number}")])
        output_store.tidy(1)
    assert [one.rows for one in segments.way(1).listed.cells[0].segments] == [20, 4]
    assert output_store.histories(NAMES).keys() == {*WAY[:20], *WAY[50:54]}


def test_a_worker_that_read_the_list_before_another_replaced_it_replaces_nothing(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - the stack
    output_store.index(partition("r-1", "fox"), REPORTS[0][1])
    before = segments.way(1)
    monkeypatch.setattr(segments, "FRESH_BYTES_MAX", 1)
    play(4)
    with pytest.raises(ConditionFailed):
        segments._flush(before)
    assert output_store.histories(NAMES, whole=True) == expected(4)


@pytest.mark.usefixtures("tiny")
def test_what_is_first_or_a_revision_is_told_by_the_index_and_told_again_alike(fox: Stack) -> None:  # noqa: ARG001 - the stack
    def play_all() -> list[output_store.Indexed]:
        return [output_store.index(partition(report, rows[0].licensee), rows) for report, rows in REPORTS[:4]]

    play_all()
    output_store.tidy(1)
    told = play_all()
    assert told[0] == ({*WAY[:5]}, {*WAY[5:9]}), "five nobody else tells of; four that r-3 revised"
    assert told[2] == (set(), {*WAY[5:12]})
    assert told[3] == ({*WAY[20:25]}, {*WAY[18:20]}), "hare was first, and fox's two are hare's"


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("lost_response", [False, True])
def test_a_worker_killed_at_any_write_of_a_merge_loses_nothing(fox: Stack, lost_response: bool) -> None:  # noqa: FBT001 - a case
    names, told = WAY[:12], None
    for writes in range(120):
        fox.reset()
        register(fox, "fox")
        for number in range(4):
            if number == 2:
                fox.tick("2026-10-01T00:15:00Z")
            assert disclose(fox, f"r-{number}", *names[3 * number : 3 * number + 4], revision=number) == 201
        fox.faults.fail_after(writes, lost_response=lost_response)
        fox.tick("2026-10-01T00:30:00Z")
        fired = fox.faults.fired
        fox.faults.clear()
        fox.tick("2026-10-01T03:00:00Z")  # beyond the queue's visibility time-out
        fox.tick("2026-10-01T12:00:00Z")
        now = output_store.histories(NAMES, whole=True)
        told = told or now
        assert now == told, writes
        assert [len(now[name]) for name in names] == [1, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1]
        if not fired:
            break
    else:
        pytest.fail("the story has more writes than were tried")
    assert writes > 20
    assert segments.way(1).version > 2, "what was fresh twice was merged"


@pytest.mark.usefixtures("tiny")
def test_two_workers_on_one_way_agree(fox: Stack) -> None:
    """Before each write of one that indexes and merges, another does the same whole."""
    for wanted in range(60):
        fox.reset()
        register(fox, "fox")
        for number in range(3):
            assert disclose(fox, f"r-{number}", *WAY[3 * number : 3 * number + 4]) == 201
        acted: list[int] = []

        def act(number: int, wanted: int = wanted, acted: list[int] = acted) -> None:
            if number != wanted:
                return
            acted.append(number)
            for name in [item["partition"] for item in fox.items("UsageTable") if item["pk"].startswith("PENDING#")]:
                body = json.dumps({"partition": name, "urgent": True})
                attributes = {"ApproximateReceiveCount": "1", "MessageGroupId": "g"}
                event = {"messageId": name, "receiptHandle": "x", "body": body, "attributes": attributes, "eventSource": "aws:sqs"}
                fox.invoke("Accrue", {"Records": [event]})

        with before_each_write(fox, "Accrue", act):
            fox.tick("2026-10-01T00:15:00Z")
        fox.tick("2026-10-01T03:00:00Z")
        now = output_store.histories(NAMES, whole=True)
        assert {name: len(rows) for name, rows in now.items()} == {name: 1 + (name in (WAY[3], WAY[6])) for name in WAY[:10]}, wanted
        if not acted:
            assert wanted > 10
            return
    pytest.fail("the writes never ended")


@pytest.mark.usefixtures("tiny")
def test_what_is_withdrawn_counts_nowhere_and_is_forgotten_once_no_segment_has_it(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = ("r-1", "r-4", "r-6")
    play(withdraw=gone)
    assert output_store.histories(NAMES, whole=True) == expected(without=gone)
    assert len(segments.way(1).withdrawn) > 0
    monkeypatch.setattr(segments, "WITHDRAWN_MAX", 0)
    for number in range(3):  # what comes later moves the list on
        output_store.index(partition(f"x-{number}", "fox"), [row(WAY[50 + number], f"x-{number}")])
        while output_store.tidy(1):
            pass
    found = segments.way(1)
    assert found.withdrawn == {}
    fox.at(fox.now + timedelta(days=3))
    told = output_store.histories(NAMES, whole=True)
    assert {name: rows for name, rows in told.items() if name not in WAY[50:53]} == expected(without=gone)


@pytest.mark.usefixtures("tiny")
def test_objects_that_nothing_names_are_removed_a_day_later_and_no_others(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fox.runtime.functions["Accrue"], "_loaded", lambda _event, _context: output_store.tidy(1))

    def named() -> set[str]:
        found = segments.way(1)
        listed = {one.name for cell in found.listed.cells for one in cell.segments}
        return {object_keys.output_segment(1, name) for name in listed | {fresh.segment.name for fresh in found.fresh}}

    play(4)
    unnamed = set(fox.objects("FactsBucket")) - named()
    assert unnamed, "what was merged lies there"
    fox.at(fox.now + segments.REMOVED_AFTER - timedelta(minutes=1))
    play(6)
    assert unnamed <= set(fox.objects("FactsBucket"))
    fox.at(fox.now + timedelta(minutes=2))
    for number in range(2):
        output_store.index(partition(f"x-{number}", "fox"), [row(WAY[50 + number], f"x-{number}")])
        fox.invoke("Accrue", {})  # as whom the worker does it
    left = set(fox.objects("FactsBucket"))
    assert named() <= left
    assert not unnamed & left - named()
    assert {name: rows for name, rows in output_store.histories(NAMES).items() if name in expected(6)} == expected(6)


@pytest.mark.parametrize("over", [0, 1])
def test_a_small_report_is_an_item_and_a_larger_one_an_object(fox: Stack, monkeypatch: pytest.MonkeyPatch, over: int) -> None:
    size = len(packing.packed(packing.in_order(REPORTS[0][1])).body)
    monkeypatch.setattr(segments, "INLINE_BYTES_MAX", size - over)
    play(1)
    assert len(fox.objects("FactsBucket")) == over
    assert output_store.histories(NAMES, whole=True) == expected(1)


@pytest.mark.parametrize("over", [0, 1])
def test_fresh_reports_become_a_segment_when_they_are_many(fox: Stack, monkeypatch: pytest.MonkeyPatch, over: int) -> None:  # noqa: ARG001
    monkeypatch.setattr(segments, "INLINE_BYTES_MAX", 0)
    play(segments.FRESH_OBJECTS_MAX - 1 + over)
    found = segments.way(1)
    assert (found.version, bool(found.fresh)) == (over, not over)


def test_many_reports_are_told_in_one_pass(fox: Stack) -> None:
    """However many reports a cycle brings, a partition that waits for their outputs is accrued once for them."""
    assert send(fox, "b-1", [record(number, subject=f"output:{WAY[number]}") for number in range(6)]).status == 201
    fox.tick()
    assert by_work(fox).keys() == {"unattributed"}
    fox.at("2026-10-02T00:00:00Z")
    for number in range(6):
        assert disclose(fox, f"r-{number}", WAY[number]) == 201
    meter = fox.metered()
    fox.tick("2026-10-02T00:15:00Z")
    assert by_work(fox)["work:b"] > 0
    assert meter.units["accrual"].invocations == 1
    assert meter.units["disclosures"].invocations == 6 + 1
