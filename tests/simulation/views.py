"""What is computed when it is asked for, against what was settled: why a line is what it is, and what a work would earn now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.actors import Broken
from tests.simulation.invariants import KEY, Posted, difference, pico
from tests.simulation.reference import nano

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

EXPLAINED, WORKS_SEEN = 1, 2
"""Lines of a settlement that are explained, and works that are looked at."""
PRICED_BY_USE: Final = frozenset({"per_output", "micro_royalty", "direct_play"})


def explain_some(play: Simulation, settlement: str, *, corrected: bool) -> None:
    """Lines of what was sealed come to the same again, but for what was `corrected` since, if anything can have been."""
    for _ in range(EXPLAINED):
        play.say(play.readers.explained(settlement, corrected=corrected))


def price_some(play: Simulation) -> None:
    """What works would be credited now for single uses is what they were credited, where all is settled."""
    books = json.loads(play.stack.objects("SettlementBucket")[f"{play.sealed.last}/state/books.json"])["months"]
    settled = sorted({(key[6], key[0]) for key in play.posted if key[6] and not books[key[0]].get("waiting")})
    for work, month in play.dice.sample(settled, min(WORKS_SEEN, len(settled))):
        told = play.actors.told(f"/v1/works/{work}/accruals", month=month)
        if told["not_included"]:
            play.say(f"what {work} earns in {month} is told without {', '.join(told['not_included'])}")
            continue
        lines = [(_key(work, month, line), line) for line in told["lines"]]
        pooled = {key for key, line in lines if line["provisional"]}
        found = {key: _numbers(line) for key, line in lines if key not in pooled}
        expected: Posted = {
            key: numbers
            for key, numbers in play.posted.items()
            if (key[0], key[6]) == (month, work) and key[2] in PRICED_BY_USE and key not in pooled
        }
        if wrong := difference(found, expected):
            raise Broken("explained", f"what {work} would be credited now for {month} against what it was: {wrong}")
        play.say(f"{work} is told the {len(found)} claims of {month} that it was credited")


def _key(work: str, month: str, line: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str((line | {"work_id": work, "usage_month": month}).get(name, "")) for name in KEY)


def _numbers(line: dict[str, Any]) -> tuple[int, int, int]:
    return nano(line["quantity"]), pico(line["amount"]), pico(line.get("shadow", "0"))
