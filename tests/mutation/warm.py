"""Runs tests in a scratch copy, each time in a fork of a process that has loaded pytest and all else that is not ours: starting it
takes longer than most tests nearest to a change.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Final, NoReturn

from tests.mutation.planting import ROOT

KILLED, SURVIVED = "noticed", "survived"
SECONDS_MAX: Final = 120
"""A mutant that never ends is noticed; the tests nearest to it take a sixth of this."""
_NOTHING_WRONG, _FAILED, _INTERRUPTED, _BROKEN = 0, 1, 2, 3
"""How pytest ends; interrupted is what it calls a module of tests that cannot be imported, if no single one of them was asked for."""
_NOT_IMPORTED: Final = ("error in", "errors in")
_OURS: Final = {"tests", "overtone", "overtone_client", "local", "events", "operations"}
_ALREADY_LOADED: Final = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
_LOADED: Final = (
    "numpy",
    "hypothesis.extra.numpy",
    "orjson",
    "pydantic",
    "lxml.etree",
    "fpdf",
    "jinja2",
    "xdist",
    "botocore.session",
    "pytest",
)


class Scratch:
    """A copy of the tree in which one changed module at a time stands."""

    def __init__(self, place: Path) -> None:
        self.place, self._told, self._moment = place, place / ".told", 0
        for name in _LOADED:
            __import__(name)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        self._moment += 2  # compiled files are told apart by size and whole seconds
        os.utime(path, (self._moment, self._moment))

    def sound(self, tests: list[str]) -> bool:
        """Whether the tests pass as long as nothing is changed."""
        return self._tested(tests)[0] == SURVIVED

    def outcome(self, name: str, text: str, tests: list[str]) -> tuple[str, float]:
        """Whether the tests noticed the change, and the seconds of CPU that they took; no tests notice nothing."""
        if not tests:
            return SURVIVED, 0.0
        path = self.place / name
        sound = path.read_text(encoding="utf-8")
        self._write(path, text)
        try:
            return self._tested(tests)
        finally:
            self._write(path, sound)

    def _tested(self, tests: list[str]) -> tuple[str, float]:
        sys.stdout.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = os.fork()
        if child == 0:
            self._run(tests)
        code = self._ended(child)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told = self._told.read_text(encoding="utf-8")
        if code not in {_NOTHING_WRONG, _FAILED, _INTERRUPTED} and not any(words in told for words in _NOT_IMPORTED):
            raise RuntimeError(f"pytest ended with {code} (if tests are gone, remove out/calls.json):\n{told[-3000:]}")
        return (SURVIVED if code == _NOTHING_WRONG else KILLED), took

    def _ended(self, child: int) -> int:
        """The child's exit code; 1 where it ran for too long."""
        until = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return 1

    def _run(self, tests: list[str]) -> NoReturn:
        """In the child: the tests of the scratch copy, with nothing of this tree loaded."""
        code = _BROKEN
        try:
            os.chdir(self.place)
            out = os.open(self._told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
                del sys.modules[name]
            ours = [ROOT, ROOT / "layers" / "overtone", ROOT / "client"]
            sys.path[:] = [one for one in sys.path if Path(one).resolve() not in ours]
            sys.path[:0] = [str(self.place / one.relative_to(ROOT)) for one in ours]
            os.environ.update(PYTHONPATH=os.pathsep.join(sys.path[:3]), HYPOTHESIS_PROFILE="mutants")
            sys.pycache_prefix, sys.dont_write_bytecode = str(self.place / ".compiled"), False
            import pytest  # noqa: PLC0415 - it is loaded already

            code = int(pytest.main(["-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--tb=short", *_ALREADY_LOADED, *tests]))
        except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
