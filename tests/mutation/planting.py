"""Plants a bug in a scratch copy of the tree, runs the tests nearest to it there, and takes it out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.mutation.bug import Bug

ROOT: Final = Path(__file__).parent.parent.parent
SECONDS_MAX: Final = 240
"""Of the tests nearest to one bug, which take far less without it: what runs longer has to be looked at."""
NOTICED, UNNOTICED, UNFINISHED = "noticed", "unnoticed", "ran for too long"
_NOTHING_WRONG, _TESTS_FAILED = 0, 1


class Stale(Exception):
    """The text in which a bug is planted is not there any more, or not once."""


def planted(bug: Bug, text: str) -> str:
    """The file with the bug in it; raises `Stale`."""
    for old, new in bug.edits:
        if text.count(old) != 1:
            raise Stale(f"{bug.name}: {bug.file} has {text.count(old)} times {old!r}")
        text = text.replace(old, new)
    return text


def copied(to: Path) -> None:
    """The tree as git knows it, changes of the working tree included."""
    call = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(call, cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603 - the developer's git
    for name in listed.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / name)


class Scratch:
    """A copy of the tree in which one bug at a time stands."""

    def __init__(self, place: Path) -> None:
        self.place, self._moment = place, 0
        copied(place)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        self._moment += 2  # compiled files are told apart by size and whole seconds
        os.utime(path, (self._moment, self._moment))

    def outcome(self, bug: Bug) -> tuple[str, str]:
        """Whether the tests noticed the bug, and the first that did."""
        path = self.place / bug.file
        sound = path.read_text(encoding="utf-8")
        self._write(path, planted(bug, sound))
        try:
            return self._tested(bug.tests)
        finally:
            self._write(path, sound)

    def _tested(self, tests: tuple[str, ...]) -> tuple[str, str]:
        call = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=no", *tests]
        settings = os.environ | {
            "PYTHONPATH": "layers/overtone",
            "HYPOTHESIS_PROFILE": "planted",
            "PYTHONPYCACHEPREFIX": str(self.place / ".compiled"),
        }
        settings.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            done = subprocess.run(  # noqa: S603 - our own tests
                call, cwd=self.place, env=settings, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
            )
        except subprocess.TimeoutExpired:
            return UNFINISHED, ""
        if done.returncode == _NOTHING_WRONG:
            return UNNOTICED, ""
        if done.returncode != _TESTS_FAILED:
            raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return NOTICED, failed[0].split(" - ")[0].split(" ", 1)[1].partition("[")[0] if failed else ""
