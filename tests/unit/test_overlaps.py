"""Claims that overlap in any days of a work, gone by or to come: what waits, who is told, what a dispute's end leaves."""

from collections.abc import Mapping
from typing import Any

import pytest

from overtone.errors import Conflict, Rejected
from overtone.facts.events import PartyEvent
from overtone.money import format_share
from overtone.rights import disputes, notices
from overtone.rights.disputes import Dispute, DisputedShare
from overtone.rights.registration import Actor
from overtone.rights.registry import Work
from overtone.rights.shares import OwnerShare
from overtone.rights.versions import Entity, Version

AT = "2026-11-01T09:00:00.000000Z"
TODAY = AT[:10]
HALVES = (("ann", "0.5"), ("bob", "0.5"))


def shares(*held: tuple[str, str]) -> tuple[OwnerShare, ...]:
    return tuple(OwnerShare.model_validate({"party": party, "share": share}) for party, share in held)


def work(*held: tuple[str, str], **says: Any) -> Work:
    owners = [{"party": party, "share": share} for party, share in held]
    return Work.model_validate({"title": "Song", "kind": "recording", "shares": owners} | says)


def song(*stated: tuple[str, Work]) -> Entity[Work]:
    versions = (Version(n, day, f"2026-09-{n:02}T00:00:00.000000Z", "ann", content) for n, (day, content) in enumerate(stated, 1))
    return Entity("song", "ann", tuple(versions))


def claim(**says: str) -> DisputedShare:
    return DisputedShare.model_validate({"dispute_id": "d", "work": "song", "reason": "mine"} | says)


def stands(entity: Entity[Work], day: str) -> tuple[dict[str, str], dict[str, str]]:
    """Who holds what on a day, and what of it is contested."""
    version = entity.in_force(day, "9999")
    assert version is not None
    content = version.content
    return _told(content.shares), _told(content.contested)


def _told(held: tuple[OwnerShare, ...]) -> dict[str, str]:
    return {share.party: format_share(share.share) for share in held}


def opened(entity: Entity[Work], **says: str) -> tuple[Entity[Work], Dispute]:
    parts = disputes.parts_contested(entity, claim(**says), TODAY)
    made = Dispute("d", "song", "bob", AT, "mine", parts, {})
    return disputes.rewritten(entity, {TODAY}, disputes.opened(parts), "bob", AT), made


COMING = song(("2026-01-01", work(("ann", "1"))), ("2027-01-01", work(("ann", "0.5"), ("eve", "0.5"))))


def test_a_dispute_contests_every_interval_from_today_on_and_brings_none_forward() -> None:
    contested, dispute = opened(COMING)
    assert {party: format_share(part) for party, part in dispute.parts.items()} == {"ann": "1", "eve": "0.5"}
    assert stands(contested, "2026-10-31") == ({"ann": "1"}, {})
    assert stands(contested, "2026-12-31") == ({"ann": "1"}, {"ann": "1", "eve": "0.5"})
    assert stands(contested, "2027-06-01") == ({"ann": "0.5", "eve": "0.5"}, {"ann": "1", "eve": "0.5"})


def test_a_share_of_days_to_come_can_be_disputed_alone() -> None:
    contested, dispute = opened(COMING, party="eve", share="0.2")
    assert {party: format_share(part) for party, part in dispute.parts.items()} == {"eve": "0.2"}
    assert stands(contested, "2027-06-01")[1] == {"eve": "0.2"}
    with pytest.raises(Rejected, match="zoe has no share"):
        opened(COMING, party="zoe")


@pytest.mark.parametrize(
    ("agreed", "since", "expected"),
    [
        (None, TODAY, {"2026-10-31": {"ann": "1"}, "2026-11-20": {"ann": "1"}, "2027-06-01": {"ann": "0.5", "eve": "0.5"}}),
        (
            HALVES,
            "2026-10-01",
            {"2026-09-30": {"ann": "1"}, "2026-10-31": dict(HALVES), "2026-11-20": dict(HALVES), "2027-06-01": dict(HALVES)},
        ),
        (HALVES, "2026-12-01", {"2026-11-20": {"ann": "1"}, "2026-12-01": dict(HALVES), "2027-06-01": dict(HALVES)}),
    ],
)
def test_its_end_frees_all_its_days_and_the_agreed_shares_stand_from_theirs(
    agreed: tuple[tuple[str, str], ...] | None, since: str, expected: Mapping[str, dict[str, str]]
) -> None:
    contested, dispute = opened(COMING)
    outcome = shares(*agreed) if agreed else None
    days = {TODAY, since}
    after = disputes.rewritten(contested, days, disputes.ended(dispute, outcome, since, []), "ann", "2026-12-05T09:00:00.000000Z")
    assert {day: stands(after, day) for day in expected} == {day: (held, {}) for day, held in expected.items()}


def test_of_two_disputes_the_one_that_ends_leaves_the_other() -> None:
    first, dispute = opened(COMING, party="ann", share="0.3")
    second, other = opened(first, party="ann", share="0.2")
    assert stands(second, TODAY)[1] == {"ann": "0.5"}
    after = disputes.rewritten(second, {TODAY}, disputes.ended(dispute, None, TODAY, [other]), "ann", AT)
    assert stands(after, TODAY)[1] == {"ann": format_share(other.parts["ann"])} == {"ann": "0.2"}


def told(before: Entity[Work], day: str, content: Work, by: str = "ann") -> list[PartyEvent]:
    version = Version(before.latest.number + 1, day, AT, by, content)
    return notices.of_shares(Actor(by), "song", before, version)


GONE_BY = song(("2026-01-01", work(("ann", "1"))), ("2026-06-01", work(("bob", "1"))))


def test_a_version_of_days_gone_by_tells_those_who_held_shares_in_them() -> None:
    changed = {
        event.party: (event.about["before"], event.about["after"]) for event in told(GONE_BY, "2026-03-01", work(("eve", "1")), "zoe")
    }
    assert changed == {"ann": ("1", "0"), "eve": ("0", "1")}


@pytest.mark.parametrize(("day", "until"), [("2026-03-01", "2026-06-01"), ("2026-07-01", ""), ("2028-01-01", "")])
def test_claims_beyond_the_whole_are_told_to_all_who_claim_in_days_gone_by_or_to_come(day: str, until: str) -> None:
    over = work(("ann", "0.8"), ("bob", "0.3"), ("eve", "0"))
    (event,) = [event for event in told(GONE_BY, day, over) if event.kind == "overlap.found"]
    assert (event.party, event.about["claimed"], event.about["applies_from"], event.about["until"]) == ("bob", "1.1", day, until)
    assert not [event for event in told(GONE_BY, day, work(("ann", "0.8"), ("bob", "0.2"))) if event.kind == "overlap.found"]


def test_other_days_in_which_claims_overlap_are_warned_of() -> None:
    over = work(("ann", "0.8"), ("bob", "0.3"))
    mended = song(("2026-01-01", over), ("2026-06-01", work(*HALVES)), ("2027-01-01", over), ("2026-08-01", work(*HALVES)))
    first, second = notices.overlaps_elsewhere(mended)
    assert "from 2026-01-01 until 2026-06-01 the shares add up to 1.1" in first
    assert "from 2027-01-01 on the shares add up to 1.1" in second
    replaced = song(("2026-01-01", over), ("2026-01-01", work(*HALVES)))
    assert notices.overlaps_elsewhere(replaced) == []


@pytest.mark.parametrize(
    ("intervals", "warned"), [(notices.OVERLAPS_TOLD, notices.OVERLAPS_TOLD), (notices.OVERLAPS_TOLD + 1, notices.OVERLAPS_TOLD)]
)
def test_so_many_are_warned_of(intervals: int, warned: int) -> None:
    over = work(("ann", "0.8"), ("bob", "0.3"))
    stated = [(f"2026-01-{n:02}", over) for n in range(1, intervals + 1)]
    assert len(notices.overlaps_elsewhere(song(*stated, ("2026-06-01", work(*HALVES))))) == warned


def test_who_holds_shares_in_later_days_loses_nothing_by_a_version_of_earlier_ones() -> None:
    """Bob's part begins in June: what ann says of March on ends where his begins."""

    def put(day: str, *held: tuple[str, str]) -> None:
        disputes.check_backdated(Actor("ann"), GONE_BY, Version(3, day, AT, "ann", work(*held)), TODAY)

    put("2026-03-01", ("ann", "0.5"), ("eve", "0.5"))
    for day in ("2026-06-01", "2026-07-01"):
        with pytest.raises(Conflict, match="bob would lose money of days gone by"):
            put(day, ("ann", "1"))
