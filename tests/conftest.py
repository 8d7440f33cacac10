"""The local stack, deployed once a worker process and emptied before each test that uses it."""

from __future__ import annotations

import gc
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.climate import weather_of
from tests.least_privilege import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown  # noqa: F401 - hooks of every session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

ROOT = Path(__file__).parent.parent

# Thousands of tests are collected and stay: nobody looks through them again and again for garbage.
gc.set_threshold(100_000, 50, 100)

# The gate tries the same examples each time, and a busy machine fails nothing; `make check` tries a few, "explore" looks for new ones.
# Where a bug was planted, that something fails is enough: nobody waits until it is made small.
hypothesis.settings.register_profile("gate", derandomize=True, deadline=None)
hypothesis.settings.register_profile("quick", derandomize=True, deadline=None, max_examples=4)
_FOUND = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
hypothesis.settings.register_profile("planted", derandomize=True, deadline=None, phases=_FOUND)
hypothesis.settings.register_profile("mutants", derandomize=True, deadline=None, phases=_FOUND, max_examples=12)
hypothesis.settings.register_profile("explore", max_examples=1_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


PARAMETERS = {"LedgerBuckets": 4, "PayerName": "Overtone", "PayerIban": "SE4090000000071234567897", "PaysOn": "accrual"}
"""Few ledger buckets, for settling runs once for each; and a payer, so that there are bank files."""


@pytest.fixture(scope="session")
def free_port() -> int:
    """A port of this machine that nobody listens on; the pool of people sends them back to it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def deployed_stacks(free_port: int) -> Iterator[Callable[[str], Stack]]:
    """The template, deployed once a worker process on each stand-in for AWS that a test asks for."""
    from local.servers.tools import Unavailable  # noqa: PLC0415 - with the stack comes all of the project, which a unit test need not load
    from local.stack import Stack  # noqa: PLC0415
    from tests.witness import Witness  # noqa: PLC0415

    deployed: dict[str, Stack] = {}
    witness = Witness.of_the_document()
    parameters = PARAMETERS | {"SignInUrls": f"http://127.0.0.1:{free_port}/console/signed-in"}

    def on(engine: str) -> Stack:
        if engine not in deployed:
            try:
                deployed[engine] = Stack.deploy(ROOT / "template.yaml", parameters, engine=engine)
            except Unavailable as why:
                pytest.skip(str(why))
            deployed[engine].gateway.witness = witness
        return deployed[engine]

    yield on
    for stack in deployed.values():
        stack.close()
    witness.record()


@pytest.fixture(scope="session")
def deployed_stack(deployed_stacks: Callable[[str], Stack]) -> Stack:
    """The one that most tests run on."""
    return deployed_stacks(os.environ.get("ENGINE") or "memory")


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The stand-in that a test runs on: moto where it is marked so, memory else; `ENGINE=moto` takes moto for all."""
    marked = request.node.get_closest_marker("moto")
    return os.environ.get("ENGINE") or ("moto" if marked else "memory")


@pytest.fixture
def stack(deployed_stacks: Callable[[str], Stack], engine: str, request: pytest.FixtureRequest) -> Stack:
    """The deployed stack, empty, its clock at 2026-10-01T00:00:00Z, on a fair day or a bad one (see `tests.climate`)."""
    stack = deployed_stacks(engine)
    stack.reset()
    if bad := weather_of(request.node):
        stack.weather(**bad)
        request.node.add_report_section("setup", "weather", f"a bad day: {bad}")
    return stack


@pytest.fixture(scope="session")
def port(deployed_stack: Stack, free_port: int) -> Iterator[int]:
    """The port of this machine on which the deployed stack answers, as with `make serve`."""
    from local.serve import server  # noqa: PLC0415 - as the stack

    http = server(deployed_stack, free_port)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield http.server_address[1]
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def api(stack: Stack, port: int) -> str:
    """Where the stack answers over HTTP; emptied like `stack`, its clock in the story's October."""
    stack.at("2026-10-02T05:00:00Z")
    return f"http://127.0.0.1:{port}"
