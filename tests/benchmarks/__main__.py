"""`make bench`: run every module here that has a `run() -> dict`, print the figures, write them to `out/bench.json`."""

import importlib
import json
import pkgutil
import platform
import sys
from pathlib import Path
from typing import Any

import tests.benchmarks as folder

OUT = Path("out") / "bench.json"


def main(wanted: list[str]) -> None:
    """Run the modules named, or all."""
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__) if not found.name.startswith("__"))
    figures: dict[str, Any] = {"python": platform.python_version(), "machine": platform.machine()}
    for name in names:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        if not hasattr(module, "run") or (wanted and name not in wanted):
            continue
        print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        figures[name] = module.run()
        for figure, value in _flat(figures[name]):
            print(f"  {figure:<58} {_shown(value)}", flush=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2, default=str) + "\n")
    print(f"\n{OUT}")


def _flat(figures: dict[str, Any]) -> list[tuple[str, Any]]:
    """Figures of figures by their joined names."""
    found: list[tuple[str, Any]] = []
    for name, value in figures.items():
        found += [(f"{name}.{inner}", deep) for inner, deep in _flat(value)] if isinstance(value, dict) else [(name, value)]
    return found


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main(sys.argv[1:])
