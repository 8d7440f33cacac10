"""What a function unpacks to stays well below what Lambda takes, and only the functions that draw PDFs carry what draws them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import deque
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from samtranslator.yaml_helper import yaml_parse

from local import sizes
from tests.infra.conftest import ROOT

PACKAGE: Final = ROOT / "layers" / "overtone"
DRAWING: Final = frozenset({"fpdf", "fontTools", "PIL", "uharfbuzz", "pymupdf_fonts", "manimgx_fonts", "manimgx_fonts_cjk"})
THOROUGH: Final = pytest.mark.skipif("THOROUGH" not in os.environ, reason="builds the layers: THOROUGH=1")
DRAW: Final = """
from overtone.formats import statement_pdf
about = statement_pdf.Drawing("Statement", "Asa", "\\u96f7\\u0e01\\u0b85", "2026-11-10T06:00:00+00:00")
assert statement_pdf.draw(about, ["\\u30ab\\u30bf\\u30ab\\u30ca"], []).startswith(b"%PDF-")
import numpy, babel.dates, holidays, pydantic, jwt, stdnum.iban
from overtone.formats import tongue
assert tongue.of("sv").day("2026-10-05") == "5 oktober 2026"
assert numpy.arange(3).sum() == 3
"""


@cache
def imported(path: Path) -> set[str]:
    """What a module names in its imports, wherever in it they stand."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return found


def reached(start: Path) -> set[str]:
    """Packages of others that a function's code may come to load, at its start or later."""
    seen, others, waiting = {start}, set[str](), deque([start])
    while waiting:
        for name in imported(waiting.popleft()):
            base = PACKAGE.joinpath(*name.split("."))
            own = [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()]
            others.add(name.partition(".")[0])
            waiting.extend(path for path in own if path not in seen)
            seen.update(own)
    return others


def test_only_functions_that_draw_pdfs_have_the_layer_that_does() -> None:
    source = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    for name, layers in sizes.layers_of(ROOT / "template.yaml").items():
        drawing = DRAWING & reached(ROOT / source[name]["Properties"]["CodeUri"] / "app.py")
        assert bool(drawing) is ("Pdf" in layers), (name, drawing)


def test_no_package_lies_in_two_layers() -> None:
    named = [
        line.split("==")[0]
        for lock in sizes.LOCKS.values()
        for line in lock.read_text().splitlines()
        if "==" in line and line[0] not in " #"
    ]
    assert len(named) == len(set(named)) > len(DRAWING)


def test_every_function_unpacks_to_less_than_lambda_takes() -> None:
    """By the locks and what of them is installed here; `make thorough` builds and weighs."""
    assert sizes.BYTES_MAX < sizes.LAMBDA_BYTES_MAX
    package = sum(
        file.stat().st_size * (2 if file.suffix == ".py" else 1) for file in PACKAGE.rglob("*") if file.suffix not in {".pyc", ""}
    )
    layers = {name: sizes.expected(lock) for name, lock in sizes.LOCKS.items()} | {"Overtone": package}
    assert layers["Pdf"] > 60 * sizes.MB, "the fonts alone are more: what is weighed here is not what is built"
    for name, of in sizes.layers_of(ROOT / "template.yaml").items():
        assert sum(layers[layer] for layer in of) < sizes.BYTES_MAX, (name, layers)


@THOROUGH
def test_every_function_that_sam_builds_is_below_the_limit(tmp_path: Path) -> None:
    about = {"AWS_DEFAULT_REGION": "eu-west-1", "SAM_CLI_TELEMETRY": "0", "UV": str(Path(sys.executable).parent / "uv")}
    call = [sys.executable, "-m", "samcli", "build", "--template", "template.yaml", "--build-dir", str(tmp_path / "built")]
    subprocess.run(call, cwd=ROOT, env=os.environ | about, check=True, capture_output=True)  # noqa: S603 - our own template
    found = sizes.built(tmp_path / "built")
    assert {name for name, size in found.items() if "Pdf" in size.layers} == {"Settlement", "FinanceApi"}
    for name, size in found.items():
        assert 50 * sizes.MB < size.whole < sizes.BYTES_MAX, (name, size)


@THOROUGH
def test_the_layers_load_without_what_was_left_out_of_them(tmp_path: Path) -> None:
    """Filled for this machine, as nothing here runs what is made for Lambda's."""
    for layer in sizes.LOCKS:
        made = {"ARTIFACTS_DIR": str(tmp_path / layer), "UV": str(Path(sys.executable).parent / "uv")}
        ours = [f"PLATFORM=--python {sys.executable} --only-binary :all:", "PYTHON_313="]
        call = ["make", f"build-{layer}", *ours]
        subprocess.run(call, cwd=ROOT / "layers/deps", env=os.environ | made, check=True, capture_output=True)  # noqa: S603
    path = os.pathsep.join(str(place) for place in (tmp_path / "Deps/python", tmp_path / "Pdf/python", PACKAGE))
    isolated = {"PYTHONPATH": path, "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-S", "-c", DRAW], env=isolated, check=True, cwd=tmp_path)  # noqa: S603 - without what is installed here
