"""What a day's mends had broken beside them, or left half mended: found when they were reviewed as a whole."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

REVIEWED: Final[tuple[Bug, ...]] = (
    bug(
        "a sales report that was taken back still voids what is dropped after it",
        "steps/drop_contents.py",
        "(found.standing if _stands(content) else found.withdrawn).append(content)",
        "found.standing.append(content)",
        "integration/test_usage_drop_withdrawn",
    ),
    bug(
        "the file of a sales report that states no subscribers takes away those of the other file",
        "steps/drop_messages.py",
        "if scan.facts or (stating and scan.revision not in stating):",
        "if scan.facts or stating:",
        "integration/test_usage_drop_messages",
    ),
)
