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
        "what was voided of a late sales report stays void when the later one is withdrawn",
        "steps/usage.py",
        "for part in drop_store.replaced_by(reporter, prefix) if mark else ():",
        "for part in ():",
        "integration/test_usage_drop_withdrawn",
    ),
    bug(
        "what was voided of a late sales report counts again with the first batch of the later one that is withdrawn",
        "steps/usage.py",
        "if all(is_withdrawn(reporter, one) for one in ids):",
        "if any(is_withdrawn(reporter, one) for one in ids):",
        "integration/test_usage_drop_withdrawn",
    ),
    bug(
        "a sales report is refused where a delivery died behind its voids and an older creation came meanwhile",
        "steps/drops.py",
        "with suppress(Conflict):",
        "with suppress(KeyError):",
        "integration/test_usage_drop_lines",
    ),
    bug(
        "subscribers of a late sales report are lost when the later one is withdrawn",
        "steps/usage.py",
        "        part.keep()\n",
        "",
        "integration/test_usage_drop_withdrawn",
    ),
    bug(
        "the receipt of a file that an error of ours stopped is taken for its last",
        "stores/drops.py",
        '"tried_again": True,',
        "",
        "integration/test_client_files",
    ),
    bug(
        "who drops a file anew that is refused again waits in vain for its receipt",
        "stores/drops.py",
        '{**receipt, "left_at": clock.timestamp()}',
        "receipt",
        "integration/test_client_files",
    ),
    bug(
        "the file of a sales report that states no subscribers takes away those of the other file",
        "steps/drop_messages.py",
        "if scan.facts or (stating and scan.revision not in stating):",
        "if scan.facts or stating:",
        "integration/test_usage_drop_messages",
    ),
)
