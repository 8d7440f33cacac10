"""Where many tests of the stack begin: parties registered, a month settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario
from tests.integration.browser import CHROMIUM
from tests.integration.registering import ANN, put, register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack
    from tests.integration.test_tenancy import House


@pytest.fixture
def fox(stack: Stack) -> Stack:
    """The stack with a licensee who reports, and another one."""
    register(stack, "fox", "licensee")
    register(stack, "hare", "licensee")
    return stack


@pytest.fixture
def registered(stack: Stack) -> Stack:
    """The stack with a creator, somebody else, and a licensee."""
    assert put(stack, "parties/ann", ANN, "ann").status == 201
    register(stack, "bob")
    register(stack, "fox", "licensee")
    return stack


@pytest.fixture
def settled(stack: Stack) -> Stack:
    """The stack with the scenario's first month sealed."""
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert scenario.settle(stack)["status"] == "sealed", stack.errors
    return stack


@pytest.fixture(scope="module")
def house(deployed_stack: Stack) -> Iterator[House]:
    """A stack on which each identity has something of its own, for the tests of a module."""
    from tests.integration.test_tenancy import House  # noqa: PLC0415 - it reads the whole document

    deployed_stack.reset()
    deployed_stack.at("2026-09-01T08:00:00Z")
    yield House(deployed_stack)
    deployed_stack.reset()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
