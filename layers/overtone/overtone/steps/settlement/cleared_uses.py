"""Breaches beside what the licensee had been told before: whether a use had been cleared, and under which version.

A training run cites its clearance. Outputs cite none, so theirs is the newest one for generation that the licensee had been given, for
that model or for any, by the day on which the use was first seen: what it knew when it used the work.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from overtone.aws.attributes import Item
from overtone.settlement.breaches import Breach
from overtone.steps import clearances
from overtone.stores import clearances as store
from overtone.stores import training_runs

TRAINING: Final = "training"
GENERATION: Final = "generation"
LOOKED_AT_MAX: Final = 50
"""Clearances of a licensee for generation that are read for one work, from the newest on."""


class _CitedWork(NamedTuple):
    """A work in a clearance."""

    licensee: str
    clearance_id: str
    work_key: str


def with_clearances(breaches: Iterable[Breach], cutoff: str) -> list[Breach]:
    """The breaches in order, with what the licensee's clearance had said of the work."""
    found = sorted(breaches)
    said = _of_training([breach for breach in found if breach.use == TRAINING], cutoff)
    said |= _of_generation([breach for breach in found if _is_generation(breach)], cutoff)
    return [breach._replace(cleared=said.get(breach, "")) for breach in found]


def _is_generation(breach: Breach) -> bool:
    """Whether the use was of a model's outputs: plays have no model."""
    return bool(breach.model) and breach.use != TRAINING


def _of_training(breaches: list[Breach], cutoff: str) -> dict[Breach, str]:
    """What the clearances that runs cite had said."""
    cited = training_runs.clearances_cited(cutoff) if breaches else {}
    asked = {
        breach: _CitedWork(breach.licensee, name, breach.work_key)
        for breach in breaches
        if (name := cited.get((breach.licensee, breach.evidence)))
    }
    works: dict[tuple[str, str], set[str]] = defaultdict(set)
    for licensee, name, work in asked.values():
        works[licensee, name].add(work)
    said: dict[_CitedWork, str] = {}
    for (licensee, name), keys in works.items():
        item = store.find(licensee, name)
        words = clearances.words(item, keys) if item else {}
        said |= {_CitedWork(licensee, name, work): text for work, text in words.items()}
    return {breach: said.get(one, "") for breach, one in asked.items()}


def _of_generation(breaches: list[Breach], cutoff: str) -> dict[Breach, str]:
    """What the newest clearance from before the use had said of the work, if any asked for it."""
    by_licensee: dict[str, list[Breach]] = defaultdict(list)
    for breach in breaches:
        by_licensee[breach.licensee].append(breach)
    said: dict[Breach, str] = {}
    for licensee, theirs in by_licensee.items():
        waiting = theirs
        for item in islice(_newest(licensee, cutoff), LOOKED_AT_MAX):
            asked = [breach for breach in waiting if _was_given(item, breach)]
            words = clearances.words(item, {breach.work_key for breach in asked}, otherwise="") if asked else {}
            said |= {breach: text for breach in asked if (text := words[breach.work_key])}
            waiting = [breach for breach in waiting if breach not in said]
            if not waiting:
                break
    return said


def _newest(licensee: str, cutoff: str) -> Iterator[Item]:
    given = [item for item in store.of(licensee) if item["use"] == GENERATION and item["accepted_at"] <= cutoff]
    yield from sorted(given, key=lambda item: (item["accepted_at"], item["clearance_id"]), reverse=True)


def _was_given(item: Item, breach: Breach) -> bool:
    """Whether it was given for the model, by the day of the use."""
    return item["accepted_at"][:10] <= breach.first_seen and item["model"] in {"", breach.model}
