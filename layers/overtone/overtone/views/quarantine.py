"""What is set aside, for those whom it concerns: finance sees all, a reporter its own."""

from collections.abc import Mapping
from typing import Any, Final

from overtone.stores import quarantine

FILTERS: Final = {
    "reporter": "only this reporter's",
    "kind": "usage, training or attribution; deal, party or work of what is registered; rate of a licensee's month that lacks one",
    "reason": ", ".join(quarantine.REASONS),
    "month": "only what can change this usage month",
}


def listing(wanted: Mapping[str, str], after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    """Partitions behind `after` with these values, and the last of the page ("" where no more follow)."""
    found: list[tuple[str, dict[str, Any]]] = []
    for partition, aside in sorted(quarantine.everything().items()):
        shown = aside.to_json()
        if partition <= after or any(str(shown[name]) != value for name, value in wanted.items()):
            continue
        if len(found) == limit:
            return [one for _, one in found], found[-1][0]
        found.append((partition, shown))
    return [one for _, one in found], ""
