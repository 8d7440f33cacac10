"""What is set aside, for those whom it concerns: finance sees all, a reporter its own."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from overtone.facts.intake import ATTRIBUTION, OUTPUTS, TRAINING, USAGE
from overtone.settlement.missing_rates import RATE
from overtone.stores import quarantine
from overtone.stores.entities import EntityKind

FILTERS: Final = ("reporter", "kind", "reason", "month")
KINDS: Final = (USAGE, TRAINING, ATTRIBUTION, OUTPUTS, *get_args(EntityKind), RATE)


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
