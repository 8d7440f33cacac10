"""Which unit tests are nearest to a line: those that call the function around it, the quickest first.

As a plugin of pytest (`-p tests.mutation.nearest`) it notes what each test calls, in the file that `CALLS` names.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.mutation.bug import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

TESTS_MAX: Final = 60
SECONDS_MAX: Final = 20.0
"""Of the tests nearest to one mutant, as long as they took when their calls were noted."""
GOLDEN: Final = "tests/unit/test_golden"
"""The tests nearest to constants that are all that their module has."""
_ROOT: Final = Path(__file__).parent.parent.parent
_calls: dict[str, tuple[float, list[tuple[str, str]]]] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note the functions of the package that a test and its fixtures call."""
    codes: set[CodeType] = set()

    def trace(frame: FrameType, _event: str, _argument: Any) -> None:
        codes.add(frame.f_code)

    began = time.process_time()
    sys.settrace(trace)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        seconds = time.process_time() - began
        files = {code: code.co_filename.rpartition(f"/{PACKAGE}") for code in codes}
        _calls[item.nodeid] = seconds, sorted({(files[code][2], code.co_qualname) for code in codes if files[code][1]})


def pytest_sessionfinish() -> None:
    Path(os.environ["CALLS"]).write_text(json.dumps(_calls), encoding="utf-8")


class Nearest:
    """The tests of each function."""

    def __init__(self, noted: Path) -> None:
        self._seconds: dict[str, float] = {}
        self._of: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for test, (seconds, calls) in json.loads(noted.read_text(encoding="utf-8")).items():
            self._seconds[test] = seconds
            for module, function in calls:
                self._of[module, function].append(test)

    def to(self, module: str, line: int, times: int = 1) -> list[str]:
        """The tests that call the function around a line; outside functions those that call any of the module.

        Of a module that only declares, nothing is ever called: those count that call what imports it.
        `times` as many as are tried at first, and if it is more than once all golden ones: the quickest are not always the most exact.
        """
        text = (_ROOT / PACKAGE / module).read_text(encoding="utf-8")
        around = enclosing(ast.parse(text), line)
        tests = set(self._of[module, around]) if around else self._calling({module}) or self._calling(set(importers(module)))
        chosen, seconds = list[str](), 0.0
        for test in sorted(tests, key=lambda one: (self._seconds[one], one))[: TESTS_MAX * times]:
            seconds += self._seconds[test]
            if seconds > SECONDS_MAX * times:
                break
            chosen.append(test)
        golden = sorted(one for one in self._seconds if one.startswith(GOLDEN))
        return [*chosen, *(golden if times > 1 else ())]

    def _calling(self, modules: set[str]) -> set[str]:
        return {one for (module, _), found in self._of.items() if module in modules for one in found}


def importers(module: str) -> Iterator[str]:
    """The modules of the package that import names from a module."""
    said = f"from overtone.{module.removesuffix('.py').replace('/', '.')} import "
    for path in sorted((_ROOT / PACKAGE).rglob("*.py")):
        if said in path.read_text(encoding="utf-8"):
            yield path.relative_to(_ROOT / PACKAGE).as_posix()


def enclosing(tree: ast.AST, line: int) -> str:
    """The qualified name of the innermost function around a line, as code objects bear it; nothing where there is none."""
    found = ""
    left: list[tuple[ast.AST, str]] = [(tree, "")]
    while left:
        node, before = left.pop()
        for child in ast.iter_child_nodes(node):
            name = before
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                name = f"{before}{child.name}"
                body = child.body[0].lineno
                if isinstance(child, ast.FunctionDef) and body <= line <= (child.end_lineno or body):
                    found = name
                name += ".<locals>." if isinstance(child, ast.FunctionDef) else "."
            left.append((child, name))
    return found
