"""The rules of the repository that no linter knows."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.infra.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "layers" / "overtone" / "overtone"
CLIENT = ROOT / "client" / "overtone_client"
HANDLER_LINES_MAX = 80
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
FOLDERS_MIN = 6  # no folder holds a sixth of the package


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imported(path: Path) -> set[str]:
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imports(path: Path, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in imported(path) for package in packages)


FLOORS = ("aws", "stores", "steps", "views", "api", "console")
"""The rooms above the pure packages; each may know those before it, but `views` not `steps`: what reads never does."""
ORDER = ("facts", "rights", "mechanisms", "settlement", "scenarios", "payout", "formats")
"""The pure packages; each may know those before it."""


def _arrows_up(path: Path) -> Iterator[str]:
    layer = path.relative_to(PACKAGE).parts[0]
    if layer != "aws" and imports(path, "boto3", "botocore"):
        yield "only aws knows boto3"
    if layer != "api" and imports(path, "aws_lambda_powertools"):
        yield "only api knows Powertools"
    if path.name != "config.py" and imports(path, "os"):
        yield "only config reads the environment"
    upper = FLOORS[FLOORS.index(layer) + 1 :] if layer in FLOORS else FLOORS
    later = ORDER[ORDER.index(layer) + 1 :] if layer in ORDER else ()
    aside = {"views": ("steps",), "console": ("steps", "views", "stores")}.get(layer, ())
    for name in (*upper, *later, *aside):
        if imports(path, f"overtone.{name}"):
            yield f"{layer} must not know {name}"


def test_imports_run_one_way() -> None:
    assert [f"{path.relative_to(PACKAGE)}: {fault}" for path in sources(PACKAGE) for fault in _arrows_up(path)] == []


ONE_PER_MECHANISM = {"Terms"}
"""Each mechanism's module has a class of that name: what a deal says of it."""


def _aliases(path: Path) -> Iterator[tuple[str, str]]:
    """A module's own names of types, each with what it stands for; what is in capitals is a constant."""
    module = nodes(path)[0]
    for node in module.body if isinstance(module, ast.Module) else ():
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and target.id[0].isupper() and not target.id.isupper():
            yield target.id, ast.unparse(node.value)


def test_a_class_name_means_one_thing() -> None:
    """A type's alias too; modules that share no code may write the same short form of the same type."""
    named: dict[str, dict[str, str]] = {}
    for path in sources(PACKAGE):
        place = str(path.relative_to(PACKAGE))
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                named.setdefault(node.name, {})[f"{place}:{node.lineno}"] = f"class at {place}:{node.lineno}"
        for name, meaning in _aliases(path):
            named.setdefault(name, {})[place] = meaning
    twice = {name: sorted(places) for name, places in named.items() if len(set(places.values())) > 1}
    assert {name: places for name, places in twice.items() if name not in ONE_PER_MECHANISM} == {}


def _faults_of_size(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if (lines := text.count("\n")) > MODULE_LINES_MAX:
        yield f"{lines} lines, more than {MODULE_LINES_MAX}"


def _faults_of_form(path: Path) -> Iterator[str]:
    yield from _faults_of_size(path)
    module = nodes(path)[0]
    if path.stat().st_size and not (isinstance(module, ast.Module) and ast.get_docstring(module)):
        yield "no module docstring"
    for node in nodes(path) if path.is_relative_to(PACKAGE) or path.is_relative_to(CLIENT) else ():
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX:
            yield f"{node.name} has more than {FUNCTION_LINES_MAX} lines"


def _messages_apart(path: Path) -> Iterator[str]:
    """Where a text is named for the sake of the raise below it alone: it reads best in the raise itself."""
    for node in nodes(path):
        for block in (getattr(node, part, None) for part in ("body", "orelse", "finalbody")):
            for one, two in pairwise(block if isinstance(block, list) else ()):
                if isinstance(one, ast.Assign) and isinstance(two, ast.Raise) and isinstance(two.exc, ast.Call):
                    name = ast.unparse(one.targets[0])
                    uses = sum(isinstance(use, ast.Name) and use.id == name for use in ast.walk(two))
                    if name == "message" and uses == 1 and name in map(ast.unparse, two.exc.args):
                        yield f"line {one.lineno}: say the message in its raise"


def test_an_error_is_raised_one_way() -> None:
    faults = [
        f"{path}: {fault}" for folder in (PACKAGE, CLIENT, ROOT / "local") for path in sources(folder) for fault in _messages_apart(path)
    ]
    assert not faults, "\n".join(faults)


def test_modules_fit_and_say_why() -> None:
    checked = sources(PACKAGE) + sources(CLIENT) + sources(ROOT / "local")
    assert [f"{path.relative_to(ROOT)}: {fault}" for path in checked for fault in _faults_of_form(path)] == []


def test_files_of_tests_fit_too() -> None:
    """A file of tests is one subject: what outgrows it is cut along its sections, and what both parts need stands beside them."""
    checked = sources(ROOT / "tests") + sources(ROOT / "operations") + sources(ROOT / "events")
    assert [f"{path.relative_to(ROOT)}: {fault}" for path in checked for fault in _faults_of_size(path)] == []


def test_no_folder_of_the_package_outgrows_the_others() -> None:
    lines = Counter[str]()
    for path in sources(PACKAGE):
        lines[str(path.parent.relative_to(PACKAGE))] += path.read_text(encoding="utf-8").count("\n")
    largest, most = lines.most_common(1)[0]
    assert most * FOLDERS_MIN < lines.total(), f"{largest} has {most} of {lines.total()} lines"


def test_the_client_stands_alone() -> None:
    """Who installs it has nothing of the application."""
    assert [str(path.relative_to(CLIENT)) for path in sources(CLIENT) if imports(path, "overtone", "local", "functions")] == []


def test_handlers_are_small_and_know_no_aws() -> None:
    for path in sources(ROOT / "functions"):
        assert not imports(path, "boto3", "botocore"), path
        assert path.read_text(encoding="utf-8").count("\n") <= HANDLER_LINES_MAX, path


def test_locks_name_no_host_and_have_hashes() -> None:
    for path in [*ROOT.glob("requirements-*.txt"), *ROOT.glob("layers/deps/*.txt")]:
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
    for name, version in (one for lock in ROOT.glob("layers/deps/*.txt") for one in pins(lock).items()):
        assert tools[name] == version, name
