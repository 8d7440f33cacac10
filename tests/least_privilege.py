"""What roles are granted and what a session of tests needed of it: where the whole suite ran, nothing is left over.

The local stack refuses what a role does not allow, so nothing else is used; this is the other way round. Each worker tells what its
stacks used, and a session that ran every test and passed fails where something granted was never needed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.permissions import Permit
    from local.template import Template

TEMPLATE: Final = Path(__file__).parent.parent / "template.yaml"
_TOLD: Final = "least_privilege"
_used: set[tuple[str, int, str, str]] = set()
_unused: list[str] = []


def granted(template: Template) -> set[Permit]:
    """Everything that roles are granted: those of functions, of schedules and of the state machine; there are no others."""
    from local.permissions import permits  # noqa: PLC0415 - with the stack comes all of the project, which a unit test need not load

    roles = {name: one["Properties"] for name, one in template.resources.items() if one["Type"] == "AWS::IAM::Role"}
    return {permit for name, role in roles.items() for permit in permits(name, role.get("Policies", []))}


def told(template: Template, unused: Iterable[Permit]) -> list[str]:
    """In words that lead to the place in the template."""
    lines = []
    for permit in sorted(unused):
        policies = template.resources[permit.role]["Properties"]["Policies"]
        statement = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]][permit.statement]
        lines.append(f"{permit.role} never needs {permit.kind} {permit.what} of {json.dumps(statement, sort_keys=True)}")
    return lines


def used() -> list[tuple[str, int, str, str]]:
    """What the stacks of this process used, if there were any."""
    loaded = sys.modules.get("local.permissions")
    return sorted(map(tuple, loaded.USED)) if loaded else []


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:  # noqa: ARG001 - a hook's names
    """What a worker's stacks used."""
    _used.update(tuple(one) for one in getattr(node, "workeroutput", {}).get(_TOLD, []))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells what it used; the session that ran everything is judged."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_TOLD] = used()
        return
    _used.update(used())
    if place := os.environ.get("PERMITS"):
        Path(place).write_text(json.dumps(sorted(_used)), encoding="utf-8")
    if whole(session):
        from local.template import read  # noqa: PLC0415 - it takes seconds, and a few tests need none of it

        template = read(TEMPLATE)
        _unused[:] = told(template, granted(template) - _used)
        if _unused:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def whole(session: pytest.Session) -> bool:
    """Whether every test of the suite ran and passed."""
    config = session.config
    return (
        session.exitstatus == pytest.ExitCode.OK
        and config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and not any(config.getoption(name) for name in ("keyword", "deselect", "ignore", "ignore_glob", "collectonly"))
        and config.getoption("markexpr") == "not benchmark"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what is granted and was never needed."""
    for line in _unused:
        terminalreporter.write_line(f"LEAST PRIVILEGE {line}")
