"""What a cold start loads: modules and CPU seconds of each function, with a ceiling. What creeps in costs every caller, and shows here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Final, NamedTuple

import pytest

from tests.infra.conftest import ROOT

SECONDS_MAX: Final = 2.0
"""Of CPU, on a machine of ours with other work beside it; a third of it is usual, and half of that on Lambda's arm64."""


class Ceiling(NamedTuple):
    """How many modules a function may load, and which heavy packages."""

    modules: int
    heavy: frozenset[str] = frozenset()


CEILINGS: Final = {
    "authorizer": Ceiling(650),
    "usage_api": Ceiling(850),
    "finance_api": Ceiling(1_050, frozenset({"defusedxml"})),
    "accrue": Ceiling(800, frozenset({"numpy"})),
    "aggregate": Ceiling(700),
    "announce": Ceiling(650),
    "console": Ceiling(750, frozenset({"jinja2"})),
    "deliver": Ceiling(650),
    "disclosure_api": Ceiling(900),
    "docs": Ceiling(150, frozenset({"jinja2"})),
    "reconcile": Ceiling(750),
    "registry_api": Ceiling(1_000, frozenset({"defusedxml"})),
    "settlement": Ceiling(1_300, frozenset({"numpy", "fpdf", "lxml", "PIL", "fontTools", "uharfbuzz", "jinja2", "defusedxml"})),
    "token_claims": Ceiling(600),
    "usage_drop": Ceiling(800),
    "works_drop": Ceiling(850),
}
OTHERS: Final = Ceiling(800)
"""Of a function that is named nowhere here."""
HEAVY: Final = frozenset({"numpy", "fpdf", "lxml", "PIL", "fontTools", "uharfbuzz", "jinja2", "defusedxml"})
AWAITED: Final = ("authorizer", "usage_api", "finance_api")
"""Functions for which somebody waits: the gate asks these, `make thorough` all."""
PROBE: Final = """
import importlib.util, json, sys, time
before, began = set(sys.modules), time.process_time()
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(json.dumps([time.process_time() - began, sorted(set(sys.modules) - before)]))
"""
FUNCTIONS: Final = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))


def loaded(name: str) -> tuple[float, list[str]]:
    """CPU seconds and modules of one start, of code that was compiled before, as all that tests have loaded is."""
    about = {"PYTHONPATH": str(ROOT / "layers" / "overtone"), "POWERTOOLS_SERVICE_NAME": "overtone", "AWS_DEFAULT_REGION": "eu-west-1"}
    settings = os.environ | about
    settings.pop("PYTHONDONTWRITEBYTECODE", None)
    call = [sys.executable, "-c", PROBE, str(ROOT / "functions" / name / "app.py")]
    found: list[tuple[float, list[str]]] = []
    for _ in range(2):  # the first compiles what was not
        done = subprocess.run(call, cwd=ROOT, env=settings, check=True, capture_output=True, text=True)  # noqa: S603 - our own code
        seconds, modules = json.loads(done.stdout.splitlines()[-1])
        found.append((seconds, modules))
    return found[-1]


@pytest.mark.parametrize("name", FUNCTIONS if os.environ.get("THOROUGH") else AWAITED)
def test_a_cold_start_loads_no_more_than_its_ceiling(name: str) -> None:
    ceiling = CEILINGS.get(name, OTHERS)
    seconds, modules = loaded(name)
    assert HEAVY.intersection(module.partition(".")[0] for module in modules) <= ceiling.heavy
    assert len(modules) <= ceiling.modules, sorted({module.partition(".")[0] for module in modules})
    assert seconds < SECONDS_MAX
