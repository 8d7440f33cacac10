"""Presence that counts once a month, where who holds a work or is paid for it changes within the month."""

import pytest

from tests.unit.scenarios import version
from tests.unit.stories import Story, mandate


@pytest.mark.parametrize("since", ["mandate", "transfer", "half", "dispute", "joins"])
def test_an_equal_pool_counts_a_work_once_whoever_holds_it_by_the_end_of_the_month(since: str) -> None:
    """A work that was used before and after had two parts of the pool, at the cost of all others: one for each payee."""
    middle, halves = "2026-10-15", {"ann": "0.5", "cy": "0.5"}
    story = Story().party("ann").work("two", {"bo": "1"})
    story.work("one", {"ann": "0.5" if since == "joins" else "1"})
    if since == "mandate":
        mandated = {"name": "ann", "kind": "creator", "country": "SE", "mandates": [mandate("stim")]}
        story.facts["parties"]["ann"].append(version(mandated, middle))
    elif since == "dispute":
        story.work("one", {"ann": "1"}, since=middle, disputed=True)
    else:
        story.work("one", {"cy": "1"} if since == "transfer" else halves, since=middle)
    story.deal("deal", None, {"mechanism": "revenue_pool", "share": "1", "basis": "equal"}).earned("90")
    story.output("o", {"one": "0.5", "two": "0.5"}).used("o", 5).used("o", 5, used_on="2026-10-20")
    paid = story.settled().paid()
    assert paid.pop(("bo", "two")) == "45"
    assert paid == ({("ann", "one"): "22.5", ("unclaimed_share", "one"): "22.5"} if since == "joins" else {("ann", "one"): "45"})
