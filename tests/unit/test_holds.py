"""What a hold names waits, nobody else's does, and what it may name."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import InvariantBroken, Rejected
from overtone.facts.apart import split
from overtone.facts.rows import AccrualRow, UsageEntry
from overtone.fields import validated
from overtone.mechanisms.shape import Use
from overtone.scales import Nano, Zepto
from overtone.settlement.holds import HELD_SUBJECTS_MAX, HOLD_MONTHS_MAX, Hold, HoldDecision, HoldRequest, require_room
from tests.model.settling import settled
from tests.unit.random_deals import MONTHS
from tests.unit.random_facts import World
from tests.unit.scenarios import CUTOFF, Division, settle
from tests.unit.stories import LAB, Story
from tests.unit.worlds_drawn import FEW

if TYPE_CHECKING:
    from overtone.lines import LineKey, Posting

RATE = {"mechanism": "per_output", "rate": "1"}
UNNAMED = {"unattributed": True, "confidence": {"min": "0", "fallback": "suspense"}}
POOL = {"mechanism": "revenue_pool", "share": "1", "basis": "usage"}
PAIR = {("ann", "one"): "30", ("bo", "two"): "10"}
TIDY_PICO = 10
"""What merging lines that wait may move by rounding, where a period's cap or guarantee looks at lines."""


def held(story: Story, **named: Any) -> Story:
    story.facts["holds"].append({"months": ["2026-10"], "recorded_at": "2026-11-01T00:00:00.000000Z"} | named)
    return story


def pair() -> Story:
    story = Story().work("one", {"ann": "1"}, identifiers=["isrc:SEABC2600001"]).work("two", {"bo": "1"}, identifiers=["isrc:SEABC2600002"])
    story.deal("pool", None, POOL).earned("40")
    return story.used("isrc:SEABC2600001", 3).used("isrc:SEABC2600002", 1)


def by_work(paid: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    return {(who, {"isrc:SEABC2600001": "one", "isrc:SEABC2600002": "two"}.get(work, work)): amount for (who, work), amount in paid.items()}


@pytest.mark.parametrize(
    ("named", "waits"),
    [
        ({"work": "one"}, {"one"}),
        ({"licensee": LAB}, {"one", "two"}),
        ({"reporter": LAB}, {"one", "two"}),
        ({"licensee": LAB, "work": "two"}, {"two"}),
        ({"licensee": "gnu", "work": "two"}, set()),
        ({"licensee": LAB, "reporter": "gnu"}, set()),
        ({"work": "one", "months": ["2026-09", "2026-11"]}, set()),
        ({"work": "one", "recorded_at": "2027-07-01T00:00:00.000000Z"}, set()),
        ({"work": "one", "released_at": CUTOFF}, set()),
        ({"subject": "isrc:SEABC2600001"}, {"one"}),
        ({"subject": "isrc:SEABC2600001", "work": "one", "licensee": LAB, "reporter": LAB}, {"one"}),
        ({"subject": "isrc:SEABC2600001", "work": "two"}, set()),
        ({"subject": "output:none"}, set()),
    ],
)
def test_all_that_a_hold_names_must_fit_and_only_that_waits(named: dict[str, Any], waits: set[str]) -> None:
    expected = {("fraud_hold" if work in waits else who, work): amount for (who, work), amount in PAIR.items()}
    assert by_work(held(pair(), **named).settled().paid()) == expected


def test_a_recordings_hold_holds_its_compositions_part_and_a_compositions_hold_its_own() -> None:
    for named, waits in (("track", {"recording", "composition"}), ("song", {"composition"})):
        story = Story().work("song", {"bo": "1"}, "composition").work("track", {"ann": "1"}, composition="song")
        story.deal("deal", None, RATE, sides={"recording": "0.6", "composition": "0.4"}).output("o", {"track": "1"}).used("o", 10)
        lines = held(story, work=named).settled().lines()
        assert {key.side for key, _ in lines if key.reason == "fraud_hold"} == waits
        assert sorted(posting.amount // 10**12 for _, posting in lines) == [4, 6]


def test_earlier_reasons_stand_and_what_is_not_attributed_waits_with_its_reporter() -> None:
    story = Story().work("one", {"ann": "0.5"}).work("two", {"bo": "1"}, disputed=True).deal("deal", None, {**RATE, **UNNAMED})
    story.output("o", {"one": "0.4", "two": "0.4"}).used("o", 10)
    paid = held(story, reporter=LAB).settled().paid()
    assert paid == {
        ("unclaimed_share", "one"): "2",
        ("fraud_hold", "one"): "2",
        ("disputed", "two"): "4",
        ("fraud_hold", "unattributed"): "2",
    }


def test_what_a_decision_voids_leaves_the_bill_and_the_pools_as_if_it_had_not_been_reported() -> None:
    ended = {"released_at": CUTOFF, "void": True}
    assert by_work(held(pair(), work="one", **ended).settled().paid()) == {("bo", "two"): "40"}
    assert by_work(held(pair(), work="one", void=True, released_at="2027-07-01T00:00:00.000000Z").settled().paid()) == {
        ("fraud_hold", "one"): "30",
        ("bo", "two"): "10",
    }
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).deal("deal", "ann", POOL | {"whole": "all", "minimum_per_use": "1"})
    story.earned("40").output("o", {"one": "1"}).output("p", {"two": "1"}).used("o", 30).used("p", 30)
    assert story.settled().paid() == {("ann", "one"): "30"}  # half of the floor for 60 uses
    assert held(story, work="two", **ended).settled().paid() == {("ann", "one"): "40"}
    nothing = held(Story().work("one", {"ann": "1"}).output("o", {"one": "1"}).used("o", 3), reporter=LAB, **ended).settled()
    assert (nothing.paid(), nothing.outcome.breaches) == ({}, [])


@pytest.mark.parametrize(
    "terms",
    [
        {"mechanism": "revenue_pool", "share": "1", "basis": "training"},
        {"mechanism": "revenue_pool", "share": "1", "basis": "training", "whole": "all"},
        {"mechanism": "licence_fee", "fee": {"amount": "40", "per": "month"}, "basis": "presence"},
        {"mechanism": "licence_fee", "fee": {"amount": "40", "per": "month"}, "basis": "training"},
        RATE | {"unattributed": True, "confidence": {"min": "0", "fallback": "training"}},
    ],
)
def test_what_a_decision_voids_is_present_in_no_run_and_in_no_repertoire(terms: dict[str, Any]) -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"ann": "1"}).trained("run", {"one": "1", "two": "1"})
    story.deal("deal", "ann", terms).earned("40").output("o", {}).used("o", 40)
    assert held(story, work="one").settled().paid() == {("fraud_hold", "one"): "20", ("ann", "two"): "20"}
    story.facts["holds"][0] |= {"released_at": CUTOFF, "void": True}
    assert story.settled().paid() == {("ann", "two"): "40"}


def test_what_a_decision_voids_is_no_part_of_a_levy_and_a_licensee_that_is_void_keeps_what_it_licensed() -> None:
    ended: dict[str, Any] = {"released_at": CUTOFF, "void": True}
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).trained("run", {"one": "1", "two": "1"})
    assert held(story.levy("12", {"formula": "training"}), work="one", **ended).settled().paid() == {("bo", "two"): "12"}
    fee = {"mechanism": "licence_fee", "fee": {"amount": "40", "per": "month"}, "basis": "presence"}
    licensed = Story().work("one", {"ann": "1"}).deal("deal", "ann", fee)
    assert held(licensed, licensee=LAB, **ended).settled().paid() == {("ann", "one"): "40"}


def test_a_held_owner_is_still_one_party_of_a_levy_that_is_shared_by_party() -> None:
    story = Story().work("one", {"ann": "1"}).work("three", {"ann": "1"}).work("two", {"bo": "1"})
    story.output("o", {"one": "0.4", "two": "0.4", "three": "0.2"}).used("o", 10).levy("12", {"formula": "equal_per_party"})
    paid = held(story, work="one").settled().paid("levy")
    assert paid == {("fraud_hold", "one"): "3", ("ann", "three"): "3", ("bo", "two"): "6"}


def _stripped(key: LineKey) -> LineKey:
    """What a line is for, whoever it goes to."""
    return key._replace(account="party", party_id="", member_id="", reason="", side="", currency="")


def _lines(postings: dict[LineKey, Posting]) -> dict[LineKey, int]:
    return {key: posting.amount for key, posting in postings.items() if key.account != "residue" and key.work_key}


@FEW
@given(st.integers(0, 2**32 - 1))
def test_in_any_world_a_hold_moves_nobody_elses_line(seed: int) -> None:
    world = World(Random(seed))
    facts = world.facts() | {"liquidations": []}
    hold = {name: value for name, value in world.hold().items() if name != "released_at"} | {"recorded_at": "2026-11-01T00:00:00.000000Z"}
    free = _lines(settle(facts | {"holds": []}, MONTHS).postings)
    kept = _lines(settle(facts | {"holds": [hold]}, MONTHS).postings)
    waiting = {_stripped(key) for key in kept if key.reason == "fraud_hold"}
    for key in free.keys() | kept.keys():
        if _stripped(key) not in waiting:
            assert abs(free.get(key, 0) - kept.get(key, 0)) <= TIDY_PICO, key
    assert abs(sum(free.values()) - sum(kept.values())) <= TIDY_PICO * len(free)
    assert _moved(free, kept) == {}


def _moved(free: dict[LineKey, int], kept: dict[LineKey, int]) -> dict[LineKey, int]:
    """What a hold changed of what a line is for, whoever it goes to."""
    sums: dict[LineKey, int] = {}
    for sign, lines in ((1, free), (-1, kept)):
        for key, amount in lines.items():
            sums[_stripped(key)] = sums.get(_stripped(key), 0) + sign * amount
    return {key: pico for key, pico in sums.items() if abs(pico) > TIDY_PICO * len(free)}


# --- one output or recording


def bot() -> Story:
    """At 1 a use and a pool of 40 by influence, `gen` brings both works 10 uses, `bot` brings the first 60."""
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"})
    story.deal("deal", None, RATE, POOL | {"basis": "influence"}).earned("40")
    story.output("gen", {"one": "0.5", "two": "0.5"}).output("bot", {"one": "1"})
    return story.used("gen", 20).used("bot", 40).used("bot", 20, used_on="2026-10-06", territory="NO")


def test_what_one_output_brought_waits_and_its_works_other_money_does_not() -> None:
    story = bot()
    assert story.settled().paid() == {("ann", "one"): "105", ("bo", "two"): "15"}
    assert held(story, subject="output:bot").settled().paid() == {("fraud_hold", "one"): "90", ("ann", "one"): "15", ("bo", "two"): "15"}
    held(story, subject="output:gen", work="two")
    assert story.settled().paid() == {("fraud_hold", "one"): "90", ("ann", "one"): "15", ("fraud_hold", "two"): "15"}
    void = held(bot(), subject="output:bot", void=True, released_at=CUTOFF)
    assert void.settled().paid() == {("ann", "one"): "30", ("bo", "two"): "30"}
    assert held(bot(), subject="output:bot", released_at=CUTOFF).settled().paid() == bot().settled().paid()


def test_presence_that_counts_once_waits_only_where_every_use_does() -> None:
    def paid(*subjects: str) -> dict[tuple[str, str], str]:
        story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).deal("deal", None, POOL | {"basis": "equal"}).earned("40")
        story.output("a", {"one": "1"}).output("b", {"one": "1"}).output("c", {"two": "1"})
        story.used("a", 90, used_on="2026-10-01").used("b", 1).used("c", 1)
        for subject in subjects:
            held(story, subject=subject)
        return story.settled().paid()

    assert paid("output:a") == paid("output:b") == {("ann", "one"): "20", ("bo", "two"): "20"}
    assert paid("output:a", "output:b") == {("fraud_hold", "one"): "20", ("bo", "two"): "20"}


def test_a_hold_of_a_weak_output_does_not_reach_the_pool_that_it_falls_back_to_and_void_does() -> None:
    story = Story().work("one", {"ann": "1"}).work("two", {"bo": "1"}).trained("run", {"one": "1", "two": "1"})
    story.deal("deal", None, RATE | {"confidence": {"min": "0.6"}}).output("weak", {"one": "1"}, confidence="0.1").used("weak", 10)
    assert held(story, subject="output:weak").settled().paid() == {("ann", "one"): "5", ("bo", "two"): "5"}
    assert held(story, subject="output:weak", void=True, released_at=CUTOFF).settled().paid() == {}


@FEW
@given(
    st.integers(0, 2**32 - 1),
    st.builds(Division, st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99), st.booleans()),
)
def test_holds_of_subjects_are_the_slow_model_s_however_the_work_is_divided(seed: int, division: Division) -> None:
    world = World(Random(seed))
    facts = world.facts()
    facts["holds"] = [hold for hold in (world.hold() for _ in range(8)) if "subject" in hold][:3]
    expected = {tuple(key): tuple(line) for key, line in settled(facts, list(MONTHS), CUTOFF, "2026-12").items()}
    assert settle(facts, MONTHS, division=division).amounts() == expected


def test_what_is_no_part_of_the_whole_is_never_taken_out_of_it() -> None:
    entry = UsageEntry("2026-10-05", "output", "m", "stream", "SE", "", 9, Nano(5), Zepto(0))
    row = AccrualRow("work:one", "usage#lab#2026-10-05#0000", "lab", (("m", "stream", "output:a"),), (entry,))
    part = row._replace(entries=(entry._replace(quantity=Nano(2)),), subject="output:a")
    rest, apart = split([row], [part])
    assert (rest.without, [one.quantity for one in rest.entries if isinstance(one, UsageEntry)], apart) == (("output:a",), [3], part)
    assert list(split([row], [part._replace(entries=(entry,))])) == [part._replace(entries=(entry,))]
    for wrong in (
        {"work_key": "work:two"},
        {"entries": (entry._replace(quantity=Nano(6)),)},
        {"entries": (entry._replace(territory="NO"),)},
    ):
        with pytest.raises(InvariantBroken, match="no part of what it earned"):
            list(split([row], [part._replace(**wrong)]))


# --- what is asked


def test_a_use_is_named_by_its_month_its_reporter_and_its_work() -> None:
    hold = Hold.of({"reporter": "fox", "work": "one", "months": ["2026-10"]})
    use = Use("play", "fox", "2026-10-31", "fox")
    assert hold.names(use, {"one", "two"})
    assert not hold.names(use, {"two"})
    assert not hold.names(use._replace(day="2026-11-01"), {"one"})
    assert not hold.names(use._replace(reporter="gnu"), {"one"})
    of_output = Hold.of({"subject": "output:o", "months": ["2026-10"]})
    assert of_output.names(use._replace(subject="output:o"), ())
    assert not of_output.names(use, ())


MANY = [f"{2026 + number // 12}-{number % 12 + 1:02d}" for number in range(HOLD_MONTHS_MAX + 1)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"licensee": None}, "a hold names a licensee, a reporter, a work or a subject"),
        ({"subject": "gen"}, "is no subject"),
        ({"months": []}, "months"),
        ({"months": MANY}, "months"),
        ({"months": ["2026-10", "2026-10"]}, "a month stands twice; name each once"),
        ({"months": ["2026-13"]}, "2026-13"),
        ({"reason": ""}, "reason"),
        ({"bank": "x"}, "bank"),
    ],
)
def test_a_hold_that_is_wrong_is_refused_by_name(changed: dict[str, Any], told: str) -> None:
    good = {"hold_id": "h", "licensee": "fox", "months": MANY[1:], "reason": "one listener"}
    assert validated(HoldRequest, good, "hold").months == tuple(MANY[1:])
    with pytest.raises(Rejected) as refused:
        validated(HoldRequest, good | changed, "hold")
    assert told in f"{refused.value.detail} {refused.value.faults}"


def test_what_cannot_be_done_is_refused_with_what_to_do_instead() -> None:
    held = [f"output:o{number}" for number in range(HELD_SUBJECTS_MAX)]
    require_room("2026-10", held[1:], "output:new")
    require_room("2026-10", held, "output:o7")
    with pytest.raises(Rejected, match="name the work"):
        require_room("2026-10", held, "output:new")
    assert validated(HoldDecision, {"outcome": "void", "evidence": "report 7"}, "decision").outcome == "void"
    with pytest.raises(Rejected, match="with evidence"):
        validated(HoldDecision, {"outcome": "void"}, "decision")
