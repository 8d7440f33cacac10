"""The rules of the repository that no linter knows."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.infra.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "layers" / "overtone" / "overtone"
HANDLER_LINES_MAX = 80
MODULE_LINES_MAX = 300


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imports(path: Path, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in imported(path) for package in packages)


FLOORS = ("aws", "stores", "steps", "views", "api")
"""The rooms above the pure packages; each may know those before it, but `views` not `steps`: what reads never does."""


@pytest.mark.parametrize("path", sources(PACKAGE), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_arrow_of_imports(path: Path) -> None:
    layer = path.relative_to(PACKAGE).parts[0]
    if layer != "aws":
        assert not imports(path, "boto3", "botocore"), "only aws knows boto3"
    if layer != "api":
        assert not imports(path, "aws_lambda_powertools"), "only api knows Powertools"
    upper = FLOORS[FLOORS.index(layer) + 1 :] if layer in FLOORS else FLOORS
    assert not imports(path, *(f"overtone.{name}" for name in upper)), "imports run one way"
    if layer == "views":
        assert not imports(path, "overtone.steps"), "views read, and know nobody who does"
    if path.name != "config.py":
        assert not imports(path, "os"), "only config reads the environment"


ORDER = ("facts", "rights", "mechanisms", "settlement", "payout", "formats")
"""The pure packages; each may know those before it."""


@pytest.mark.parametrize(
    "path", [path for name in ORDER for path in sources(PACKAGE / name)], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_pure_packages_are_layers(path: Path) -> None:
    later = ORDER[ORDER.index(path.relative_to(PACKAGE).parts[0]) + 1 :]
    assert not imports(path, *(f"overtone.{name}" for name in later))


@pytest.mark.parametrize("path", sources(ROOT / "functions"), ids=lambda path: path.parent.name)
def test_handlers_are_small_and_know_no_aws(path: Path) -> None:
    assert not imports(path, "boto3", "botocore")
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= HANDLER_LINES_MAX


@pytest.mark.parametrize("path", sources(PACKAGE) + sources(ROOT / "local"), ids=lambda path: path.name)
def test_modules_fit_and_say_why(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    assert lines <= MODULE_LINES_MAX
    assert not text or ast.get_docstring(ast.parse(text)), "no module docstring"


def test_locks_name_no_host_and_have_hashes() -> None:
    for path in [*ROOT.glob("requirements-*.txt"), ROOT / "layers" / "deps" / "requirements.txt"]:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path.name
        assert "--index-url" not in text, path.name
        assert "--find-links" not in text, path.name
        assert "--hash=sha256:" in text, path.name


def test_the_layer_and_the_tools_agree_on_versions() -> None:
    def pins(path: Path) -> dict[str, str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return dict(line.split(" ")[0].split("==") for line in lines if "==" in line and not line.startswith((" ", "#")))

    tools = pins(ROOT / "requirements-dev.txt")
    for name, version in pins(ROOT / "layers" / "deps" / "requirements.txt").items():
        assert tools[name] == version, name
