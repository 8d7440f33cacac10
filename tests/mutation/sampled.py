"""`make mutation`: a tool's mutants (cosmic-ray) instead of ours: a sample, by a seed, of all small changes of the code of money.

The tool changes files in place, so it works in a scratch copy; the tests are the unit tests of the room that is changed.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.mutation.bug import PACKAGE
from tests.mutation.planting import ROOT, copied

MODULES: Final = {
    "money.py": "tests/unit/test_money.py",
    "mechanisms/pricing.py": "tests/unit/test_mechanisms_prices.py tests/unit/test_golden_terms.py",
    "mechanisms/tier_prices.py": "tests/unit/test_mechanisms_prices.py tests/unit/test_golden_terms.py",
    "mechanisms/caps.py": "tests/unit/test_golden_terms.py",
    "mechanisms/minimum_guarantee.py": "tests/unit/test_mechanisms_pools.py",
    "mechanisms/revenue_pool.py": "tests/unit/test_mechanisms_pools.py tests/unit/test_golden_terms.py",
    "mechanisms/levy.py": "tests/unit/test_mechanisms_levies.py",
    "settlement/residue.py": "tests/unit/test_mechanisms_residue.py",
    "settlement/books.py": "tests/unit/test_books.py tests/unit/test_partitions_rows_lines.py",
    "payout/recoupment.py": "tests/unit/test_recoupment.py",
    "payout/payment.py": "tests/unit/test_payees.py tests/unit/test_paid_on_receipt.py",
    "rights/agreement.py": "tests/unit/test_agreement.py",
}
"""Modules, and the tests of each."""
TOOL: Final = Path(os.environ.get("COSMIC_RAY", ROOT / ".venv" / "proof" / "bin" / "cosmic-ray"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=30, help="mutants, over all modules")
    parser.add_argument("--only", default="", help="a text that the module's name holds")
    asked = parser.parse_args()
    dice, survivors, tried = random.Random(asked.seed), 0, 0
    names = [name for name in MODULES if asked.only in name]
    with tempfile.TemporaryDirectory() as place:
        copied(Path(place))
        for number, name in enumerate(names):
            share = asked.sample // len(names) + (number < asked.sample % len(names))
            for survived, told in sampled(Path(place), name, share, dice):
                tried, survivors = tried + 1, survivors + survived
                print(f"{'SURVIVED' if survived else 'noticed ':9} {told}", flush=True)
    print(f"{tried} mutants, {survivors} survived")
    return 0


def sampled(place: Path, name: str, share: int, dice: random.Random) -> list[tuple[bool, str]]:
    """Some mutants of a module: whether each survived, and what it was."""
    python, session = sys.executable, place / "session.sqlite"
    session.unlink(missing_ok=True)
    config = place / "cosmic-ray.toml"
    command = f"{python} -m pytest -q -x -n 0 -p no:cacheprovider {MODULES[name]}"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{PACKAGE}{name}"\ntimeout = 120.0\nexcluded-modules = []\n'
        f'test-command = "{command}"\n[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    settings = os.environ | {"PYTHONPATH": "layers/overtone", "HYPOTHESIS_PROFILE": "quick"}

    def tool(*said: str) -> None:
        subprocess.run([str(TOOL), *said], cwd=place, env=settings, check=True, capture_output=True)  # noqa: S603

    tool("init", config.name, session.name)
    with sqlite3.connect(session) as known:
        every = sorted(row[0] for row in known.execute("SELECT job_id FROM work_items"))
        chosen = set(dice.sample(every, min(share, len(every))))
        for table in ("mutation_specs", "work_items"):
            known.executemany(f"DELETE FROM {table} WHERE job_id = ?", [(job,) for job in every if job not in chosen])  # noqa: S608
    known.close()
    tool("exec", config.name, session.name)
    with sqlite3.connect(session) as known:
        asked = (
            """SELECT s.operator_name, s.start_pos_row, r.test_outcome FROM mutation_specs s JOIN work_results r ON r.job_id = s.job_id"""
        )
        found = [(outcome == "SURVIVED", f"{name}:{row} {operator}") for operator, row, outcome in known.execute(asked)]
    known.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
