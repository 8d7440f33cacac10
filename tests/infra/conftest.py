"""The transformed template, for tests that read it without deploying it; and both stand-ins for AWS, for tests of what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from local.cloud import ENGINES
from local.template import Template, read

ROOT = Path(__file__).parent.parent.parent

BOTH: Final = frozenset({"test_runner", "test_limits", "test_bad_days", "test_engines"})
"""What the stand-ins must have in common: these tests hold each of them to what AWS does."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of what the stand-ins have in common runs on both."""
    if metafunc.module.__name__.rpartition(".")[2] in BOTH and "stack" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES)


@pytest.fixture(scope="session")
def template() -> Template:
    return read(ROOT / "template.yaml")
