"""What the golden cases of terms have in common."""

from __future__ import annotations

from typing import Any

from tests.unit.stories import Story

POOL = {"mechanism": "revenue_pool", "share": "0.2", "basis": "influence"}

PLAYS = {"mechanism": "per_output", "rate": "1"}


def songs(story: Story, *owners: str, **says: Any) -> Story:
    """Each owner is registered and has a recording of its own, called after it."""
    for owner in owners:
        story.party(owner).work(f"song-{owner}", {owner: "1"}, **says)
    return story


# --- pools


def shared(whole: str) -> dict[tuple[str, str], str]:
    story = songs(Story(), "ann", "bo", "cy").earned("1000")
    for owner in ("ann", "bo", "cy"):
        story.deal(f"d-{owner}", owner, POOL | {"whole": whole})
    return story.output("o", {"song-ann": "0.9", "song-bo": "0.09", "song-cy": "0.01"}).used("o", 100).settled().paid()
