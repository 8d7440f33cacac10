"""`make mutation SEED=1 SAMPLE=400`: a tool's mutants (cosmic-ray) instead of ours: a sample of all small changes of the code of money.

Each stands by itself in a scratch copy, and the unit tests nearest to it run in a process that has loaded what the tests are built on.
A survivor needs a test, or its reason in `tests/mutation/harmless.py`. What came of the sample is kept in `docs/mutation.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.mutation.bug import PACKAGE
from tests.mutation.harmless import HARMLESS
from tests.mutation.nearest import Nearest
from tests.mutation.planting import ROOT, copied
from tests.mutation.table import EXPLAINED, SAMPLED, write
from tests.mutation.warm import KILLED, SURVIVED, Scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

AREAS: Final = {
    "money": ("money.py", "scales.py", "lines.py"),
    "mechanisms": ("mechanisms/*.py",),
    "settlement": ("settlement/*.py",),
    "payout": ("payout/*.py",),
}
CALLS: Final = ROOT / "out" / "calls.json"

TOOL: Final = Path(os.environ.get("PROOF_TOOLS", ROOT / ".venv" / "proof" / "bin")) / "python"


class Mutant(NamedTuple):
    """A changed module: where, by which operator, the lines before and after, and its whole text."""

    area: str
    module: str
    line: int
    operator: str
    before: str
    after: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.module}:{self.line} {self.operator}  {self.before}  ->  {self.after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=320, help="mutants, a quarter from each area")
    parser.add_argument("--area", choices=AREAS, default="", help="this alone")
    parser.add_argument("--only", default="", help="a text that the module's name holds; what came of it is not kept")
    asked = parser.parse_args()
    nearest, found = Nearest(noted()), list[tuple[Mutant, str]]()
    with tempfile.TemporaryDirectory() as place:
        copied(Path(place))
        scratch = Scratch(Path(place))
        for mutant in sampled(asked):
            outcome, seconds = (EXPLAINED, 0.0) if explained(mutant) else tried(scratch, mutant, nearest)
            found.append((mutant, outcome))
            print(f"{outcome:8} {seconds:5.1f} s  {mutant.name}", flush=True)
    if not asked.only:
        keep(asked.seed, found)
    left = [mutant.name for mutant, outcome in found if outcome == SURVIVED]
    print(f"{len(found)} mutants, {len(left)} neither noticed nor explained", *left, sep="\n")
    return 1 if left else 0


def noted() -> Path:
    """What each unit test calls; noted once, which takes as long as the unit tests and as much again."""
    if not CALLS.exists():
        CALLS.parent.mkdir(exist_ok=True)
        call = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "tests.mutation.nearest", "tests/unit"]
        subprocess.run(call, cwd=ROOT, check=True, env=os.environ | {"CALLS": str(CALLS), "HYPOTHESIS_PROFILE": "quick"})  # noqa: S603
    return CALLS


def tried(scratch: Scratch, mutant: Mutant, nearest: Nearest) -> tuple[str, float]:
    """What came of a mutant: the nearest tests first, and only where they notice nothing five times as many."""
    outcome, seconds = SURVIVED, 0.0
    for times in (1, 5):
        outcome, took = scratch.outcome(PACKAGE + mutant.module, mutant.text, nearest.to(mutant.module, mutant.line, times))
        seconds += took
        if outcome == KILLED:
            break
    return outcome, seconds


def sampled(asked: argparse.Namespace) -> Iterator[Mutant]:
    """Some mutants of each area, spread over its modules by their size."""
    for area, patterns in AREAS.items():
        if asked.area not in {"", area}:
            continue
        modules = sorted(path for pattern in patterns for path in (ROOT / PACKAGE).glob(pattern))
        sizes = [path.stat().st_size for path in modules]
        shares = Counter(random.Random(f"{asked.seed} {area}").choices(modules, sizes, k=asked.sample // len(AREAS)))
        for path in modules:
            module = path.relative_to(ROOT / PACKAGE).as_posix()
            if shares[path] and asked.only in module:
                yield from of_module(area, module, asked.seed, shares[path])


def of_module(area: str, module: str, seed: int, share: int) -> Iterator[Mutant]:
    """The sample of one module, drawn by the tool's own Python."""
    path = ROOT / PACKAGE / module
    call = [str(TOOL), str(Path(__file__).with_name("tool.py")), str(path), f"{seed} {module}", str(share)]
    before = path.read_text(encoding="utf-8").splitlines()
    for told in subprocess.run(call, check=True, capture_output=True, text=True).stdout.splitlines():  # noqa: S603 - our own module
        one: dict[str, Any] = json.loads(told)
        at = next(n for n, (old, new) in enumerate(zip(before, one["text"].splitlines(), strict=False)) if old != new)
        after = one["text"].splitlines()[at]
        yield Mutant(area, module, one["line"], one["operator"], before[at].strip(), after.strip(), one["text"])


def explained(mutant: Mutant) -> str:
    """Why nothing can notice it, or "" where nobody has said so."""
    return HARMLESS.get((mutant.module, mutant.before, mutant.after), "")


def keep(seed: int, found: list[tuple[Mutant, str]]) -> None:
    """Write what came of a sample down, by area, and into the document."""
    counts = {area: Counter(outcome for mutant, outcome in found if mutant.area == area) for area in AREAS}
    known = json.loads(SAMPLED.read_text(encoding="utf-8")) if SAMPLED.exists() else {}
    for area, count in counts.items():
        if count:
            known[area] = {"seed": seed} | {outcome: count[outcome] for outcome in (KILLED, EXPLAINED, SURVIVED)}
    SAMPLED.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    write()


if __name__ == "__main__":
    sys.exit(main())
