"""Bugs that were known for a while before they were mended."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

KNOWN: Final[tuple[Bug, ...]] = (
    bug(
        "a mandate whose lists are put in another order waits for the society anew",
        "steps/parties.py",
        "mandates.worded(stood, entry.party.model_copy",
        "mandates.worded(None, entry.party.model_copy",
        "integration/test_societies",
    ),
)
