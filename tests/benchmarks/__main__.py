"""`make bench`: run every module here that has a `run() -> dict`, print the figures, write `out/bench.json` and `out/bench.md`."""

import importlib
import json
import pkgutil
import platform
import sys
from pathlib import Path
from typing import Any

import tests.benchmarks as folder
from tests.benchmarks import report

OUT = Path("out") / "bench.json"
KEYS = {"payees": "settle", "settlement": "settle"}
"""Under which name a module's figures stand, where it is not its own."""


def main(wanted: list[str]) -> None:
    """Run the modules named, or all."""
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__) if not found.name.startswith("__"))
    figures: dict[str, Any] = {"python": platform.python_version(), "machine": platform.machine()}
    for name in names:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        if not hasattr(module, "run") or (wanted and name not in wanted):
            continue
        print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        found = module.run()
        figures[KEYS.get(name, name)] = {**figures.get(KEYS.get(name, name), {}), **found}
        for figure, value in report.flat(found):
            print(f"  {figure:<58} {report.shown(value)}", flush=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2, default=str) + "\n")
    print(f"\n{OUT}\n{report.write(figures, OUT.parent)}")


if __name__ == "__main__":
    main(sys.argv[1:])
