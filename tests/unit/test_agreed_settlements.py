"""Settlements of a deal accepted late, refused, proposed twice, amended while settling, or ended: what both agreed to counts.

Silence and denials under each kind of deal stand in `test_consent`.
"""

from tests.unit.stories import Story

RATE, MORE, MOST = ({"mechanism": "per_output", "rate": rate} for rate in ("1", "2", "3"))
FIRST, SECOND = "2026-11-10T06:00:00.000000Z", "2026-12-10T06:00:00.000000Z"
BETWEEN, NEVER = "2026-11-20T09:00:00.000000Z", "9999"


def used() -> Story:
    return Story().work("song", {"ann": "1"}).output("o", {"song": "1"}).used("o", 10)


def amounts(story: Story) -> list[str]:
    """What ann has earned as of each of two settlements."""
    return [story.settled(cutoff=cutoff).of("ann") for cutoff in (FIRST, SECOND)]


def test_a_deal_accepted_after_the_usage_prices_it_in_the_settlement_after() -> None:
    story = used().deal("d", "ann", RATE, accepted=BETWEEN)
    assert amounts(story) == ["0", "10"]
    assert [b.kind for b in story.settled(cutoff=FIRST).outcome.breaches] == ["unlicensed"]
    assert not story.settled(cutoff=SECOND).outcome.breaches


def test_a_deal_that_was_refused_owes_nothing() -> None:
    assert amounts(used().deal("d", "ann", RATE, accepted=NEVER)) == ["0", "0"]


def test_of_two_proposals_at_once_the_one_accepted_counts() -> None:
    assert amounts(used().deal("d", "ann", RATE, accepted=NEVER).deal("d", "ann", MORE, accepted=FIRST)) == ["20", "20"]
    assert amounts(used().deal("d", "ann", RATE, accepted=FIRST).deal("d", "ann", MORE, accepted=BETWEEN)) == ["10", "20"]


def test_an_amendment_proposed_while_settling_waits_for_its_acceptance_and_then_counts_from_its_day() -> None:
    story = used().used("o", 5, used_on="2026-10-20").deal("d", "ann", RATE).deal("d", "ann", MORE, since="2026-10-20", accepted=BETWEEN)
    assert amounts(story) == ["15", "20"]


def test_an_end_is_a_version_that_both_accept() -> None:
    story = used().used("o", 5, used_on="2026-10-20").deal("d", "ann", RATE)
    assert amounts(story.deal("d", "ann", RATE, since="2026-10-10", to="2026-10-10", accepted=NEVER)) == ["15", "15"]
    assert amounts(story.deal("d", "ann", RATE, since="2026-10-10", to="2026-10-10", accepted=BETWEEN)) == ["15", "10"]


def test_what_nobody_accepted_raises_no_favoured_rate() -> None:
    story = used().deal("d", "ann", RATE, mfn_group="g").work("other", {"bo": "1"}).deal("e", "bo", MOST, mfn_group="g", accepted=BETWEEN)
    assert amounts(story) == ["10", "30"]
