"""`make bench`: run every module here that has a `run() -> dict`, print the figures, write `out/bench.json` and `out/bench.md`.

Both are written after each module, and one that fails leaves the others their figures: its failure stands among them, and is printed.
"""

import importlib
import json
import pkgutil
import platform
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import tests.benchmarks as folder
from tests.benchmarks import report

OUT = Path("out") / "bench.json"
KEYS = {"payees": "settle", "settlement": "settle", "settlement_contenders": "settle"}
"""Under which name a module's figures stand, where it is not its own."""
Figures = dict[str, Any]


def main(wanted: list[str]) -> int:
    """Run the modules named, or all; how many failed."""
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__) if not found.name.startswith("__"))
    figures: Figures = {"python": platform.python_version(), "machine": platform.machine(), "seconds": {}, "failed": {}}
    for name in names:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        if hasattr(module, "run") and (not wanted or name in wanted):
            print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
            _measure(name, module, figures)
            _keep(figures)
    print(f"\n{OUT}\n{_keep(figures)}")
    for name, failure in figures["failed"].items():
        print(f"{name} failed:\n{failure}", file=sys.stderr)
    return len(figures["failed"])


def _measure(name: str, module: Any, figures: Figures) -> None:
    started = time.perf_counter()
    try:
        found = module.run()
    except Exception:  # noqa: BLE001 - whatever it was: the others have figures too
        figures["failed"][name] = traceback.format_exc()
        print("  failed; see below", flush=True)
        return
    finally:
        figures["seconds"][name] = round(time.perf_counter() - started, 1)
    figures[KEYS.get(name, name)] = {**figures.get(KEYS.get(name, name), {}), **found}
    for figure, value in report.flat(found):
        print(f"  {figure:<58} {report.shown(value)}", flush=True)
    print(f"  ({figures['seconds'][name]} seconds)", flush=True)


def _keep(figures: Figures) -> Path:
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2, default=str) + "\n")
    return report.write(figures, OUT.parent)


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1:])))
