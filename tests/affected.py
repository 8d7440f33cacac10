"""The unit tests that a change can reach through imports: what `make check` runs, or all of them where nothing has changed.

A test reaches the modules that its own imports lead to, those that hold types alone left aside, and the files that these modules name.
What changed is what stands apart from the main branch: commits, uncommitted edits and new files. A changed file
that is no code and that no test is seen to read, such as a lock or a tool's settings, runs them all; code that only tests of the stack
reach runs none.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
FOLDERS: Final = {"layers/overtone": "overtone", "client": "overtone_client", ".": "local", "": "tests", "./": "events"}
"""Where modules are found, and the packages that lie there."""
ALL: Final = ["tests/unit", "tests/infra/test_layout.py"]
ALWAYS: Final = ["tests/infra/test_layout.py", "tests/unit/test_doctests.py"]
"""What looks at every module without importing it by name."""
_IMPORT: Final = re.compile(r"^(?:from ([\w.]+) import (\([^)]*\)|[^\n]*)|import ([\w.]+))", re.MULTILINE)
_NAMES: Final = re.compile(r"^[ (]*(\w+)|, *(\w+)", re.MULTILINE)
_TOO_COMMON: Final = {"tests", "layers", "overtone", "unit", "__init__.py"}
"""Names that say nothing of which file is meant."""


def modules(root: Path) -> dict[str, Path]:
    """Each module of the project by its dotted name."""
    found = {}
    for folder, package in FOLDERS.items():
        base = root / folder
        for path in sorted((base / package).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(text: str) -> set[str]:
    """The names that a module imports as it is loaded; what stands further in holds types, or is loaded later."""
    names = set()
    for base, listed, plain in _IMPORT.findall(text):
        names.add(base or plain)
        names |= {f"{base}.{first or later}" for first, later in _NAMES.findall(listed)} if base else set()
    return names


class Reach:
    """What each module of the project comes to know of the others."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths = modules(root)
        self.texts = {name: path.read_text(encoding="utf-8") for name, path in self.paths.items()}
        self.known = {name: self._direct(name) for name in self.paths}

    def _direct(self, name: str) -> set[str]:
        """The project's modules that a module imports, with the packages around them, and the conftests around itself."""
        known = {other for other in imported(self.texts[name]) if other in self.paths}
        parts = name.split(".")
        known |= {".".join([*parts[:depth], "conftest"]) for depth in range(1, len(parts))} & self.paths.keys()
        for other in [*known]:
            known |= {other[:at] for at in range(len(other)) if other[at] == "."} & self.paths.keys()
        return known - {name}

    def of(self, name: str) -> set[str]:
        """A module and all that its imports lead to."""
        reached: set[str] = set()
        left = [name]
        while left:
            if (one := left.pop()) not in reached:
                reached.add(one)
                left += self.known[one]
        return reached

    def telling(self, path: str) -> set[str]:
        """The modules that can change with a file, named from the top of the project: its own, or those that read it."""
        if path.endswith(".py"):
            return {name for name, own in self.paths.items() if own == self.root / path}
        names = set(path.split("/")) - _TOO_COMMON
        return {module for module, text in self.texts.items() if any(f'{quote}{name}"' in text for name in names for quote in '"/')}


def affected(root: Path, changed: set[str]) -> list[str]:
    """The test files and folders to run."""
    if not changed:
        return ALL
    reach = Reach(root)
    telling = {path: reach.telling(path) for path in changed}
    if any(not modules and not path.endswith((".py", ".md")) for path, modules in telling.items()):
        return ALL
    sought = set().union(*telling.values())
    tests = [name for name in reach.paths if name.startswith("tests.unit.test_") and reach.of(name) & sought]
    return sorted({reach.paths[name].relative_to(root).as_posix() for name in tests} | {*ALWAYS})


def changes(root: Path) -> set[str]:
    """The files that stand apart from the main branch; none outside a git checkout."""

    def git(*words: str) -> list[str]:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603, S607 - words of ours
        return done.stdout.splitlines() if done.returncode == 0 else []

    base = next(iter(git("merge-base", "HEAD", "main") or git("merge-base", "HEAD", "origin/main")), "HEAD")
    return {*git("diff", "--name-only", "--no-renames", base), *git("ls-files", "--others", "--exclude-standard")}


if __name__ == "__main__":
    print("\n".join(ALL if "--all" in sys.argv else affected(ROOT, changes(ROOT))))
