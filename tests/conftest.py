"""The local stack, deployed once a worker process and emptied before each test that uses it."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from local.serve import server
from local.stack import Stack
from tests.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent

# The gate tries the same examples each time, and a busy machine fails nothing; `make check` tries a few, "explore" looks for new ones.
hypothesis.settings.register_profile("gate", derandomize=True, deadline=None)
hypothesis.settings.register_profile("quick", derandomize=True, deadline=None, max_examples=8)
hypothesis.settings.register_profile("explore", max_examples=1_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


@pytest.fixture(scope="session")
def free_port() -> int:
    """A port of this machine that nobody listens on; the pool of people sends them back to it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def deployed_stack(free_port: int) -> Iterator[Stack]:
    """The template, deployed with few ledger buckets, for settling runs once for each, and with a payer, so that there are bank files."""
    parameters = {"LedgerBuckets": 4, "PayerName": "Overtone", "PayerIban": "SE4090000000071234567897", "PaysOn": "accrual"}
    parameters |= {"SignInUrls": f"http://127.0.0.1:{free_port}/console/signed-in"}
    stack = Stack.deploy(ROOT / "template.yaml", parameters)
    stack.gateway.witness = witness = Witness.of_the_document()
    yield stack
    stack.close()
    witness.record()


@pytest.fixture
def stack(deployed_stack: Stack) -> Stack:
    """The deployed stack, empty, its clock at 2026-10-01T00:00:00Z."""
    deployed_stack.reset()
    return deployed_stack


@pytest.fixture(scope="session")
def port(deployed_stack: Stack, free_port: int) -> Iterator[int]:
    """The port of this machine on which the deployed stack answers, as with `make serve`."""
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
