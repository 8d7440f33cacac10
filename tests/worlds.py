"""Random worlds, one after the other: the package and the slow model must agree on every line and breach of each.

`make worlds FIRST=0 LAST=10000` prints the seeds in which they do not, and the first that differ. A world depends on its seed alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random
from typing import Any

from tests.model.breaching import breached
from tests.model.settling import settled
from tests.unit.accruals import Division
from tests.unit.random_deals import MONTHS
from tests.unit.random_facts import World
from tests.unit.scenarios import CUTOFF, settle

DIFFERENCES_SHOWN = 3


def differences(seed: int) -> list[tuple[Any, Any, Any]]:
    """Lines and breaches of a world that the package and the model see otherwise: key, package's, model's."""
    facts = World(Random(seed)).facts()
    outcome = settle(facts, MONTHS, cutoff=CUTOFF, through=MONTHS[-1], division=Division())
    ours = outcome.amounts()
    models = {tuple(key): tuple(line) for key, line in settled(facts, MONTHS, CUTOFF, MONTHS[-1]).items()}
    lines = [(key, ours.get(key), models.get(key)) for key in sorted({*ours, *models}) if ours.get(key) != models.get(key)]
    found, stated = outcome.broken(), {broken._replace(evidence="") for broken in breached(facts, MONTHS, CUTOFF)}
    return lines + [(broken, broken in found, broken in stated) for broken in sorted(found ^ stated)]


def main() -> int:
    """Exit code 1 where a world differs."""
    parser = argparse.ArgumentParser(description="Compare the package with the slow model, world by world.")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=1_000)
    options = parser.parse_args()
    began, wrong = time.monotonic(), 0
    for seed in range(options.first, options.last):
        if found := differences(seed):
            wrong += 1
            print(f"seed {seed}: {len(found)} lines or breaches differ", flush=True)
            for key, ours, models in found[:DIFFERENCES_SHOWN]:
                print(f"  {key}: package {ours}, model {models}", flush=True)
    worlds = options.last - options.first
    print(f"{worlds} worlds, {wrong} in which they differ; {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
