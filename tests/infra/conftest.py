"""The transformed template, for tests that read it without deploying it; and both stand-ins for AWS, for tests of what they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from local.cloud import ENGINES
from local.template import Template, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

ROOT = Path(__file__).parent.parent.parent

BOTH: Final = frozenset(
    {"test_runner", "test_runner_faults", "test_runner_settlement", "test_limits", "test_bad_days", "test_engines", "test_engine_objects"}
)
"""What the stand-ins must have in common: these tests hold each of them to what AWS does."""

DIFFERS: Final = {
    (
        "servers",
        "test_what_was_deleted_can_be_written_once_again",
    ): "versitygw 1.8: If-None-Match takes the mark of a deletion for an object",
    ("servers", "test_what_was_deleted_is_not_replaced"): "versitygw 1.8: If-Match takes the mark of a deletion for the object that was",
    ("servers", "test_sums_keep_38_digits_and_refuse_more"): "dynalite 4.0: what an update adds up to may have 39 digits",
}
"""Where a stand-in is known not to do what AWS does; a test that holds all the same fails, so that this list stays true."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expects the known differences."""
    for item in items:
        if reason := DIFFERS.get((os.environ.get("ENGINE", ""), getattr(item, "originalname", ""))):
            item.add_marker(pytest.mark.xfail(reason=reason))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of what the stand-ins have in common runs on both, or on the one that the environment's ENGINE names."""
    if metafunc.module.__name__.rpartition(".")[2] in BOTH and "stack" in metafunc.fixturenames:
        named = os.environ.get("ENGINE")
        metafunc.parametrize("engine", [named] if named else ENGINES)


@pytest.fixture(scope="session")
def template() -> Template:
    return read(ROOT / "template.yaml")


@pytest.fixture
def handle(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[Any], Any]], None]:
    """Puts a small handler in place of a function's own: here the stack is under test, not the function."""

    def replace(logical_id: str, handler: Callable[[Any], Any]) -> None:
        monkeypatch.setattr(stack.runtime.functions[logical_id], "_loaded", lambda event, _context: handler(event))

    monkeypatch.setattr(stack.gateway, "witness", None)  # the handlers here answer what no document says
    for name in stack.runtime.functions:
        replace(name, lambda _event: {})
    replace("Authorizer", lambda _event: {"isAuthorized": True, "context": {}})
    return replace
