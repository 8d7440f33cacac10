"""The journey that proves a deployed stack, taken on the local one: so that it fails on AWS for AWS's reasons only."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from local.serve import server
from tests.e2e.journey import Failed, Journey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.stack import Stack


class LocalStack:
    """The local stack behind a socket."""

    today = "2026-10-08"

    def __init__(self, stack: Stack, url: str) -> None:
        self.stack, self.url = stack, url

    def token(self) -> str:
        return self.stack.token(None, "admin finance")

    def drop(self, key: str, body: bytes) -> None:
        self.stack.put_object("DropBucket", key, body)

    def dropped(self, key: str) -> bytes | None:
        return self.stack.objects("DropBucket").get(key)

    def follow(self, location: str) -> bytes:
        return self.stack.http("GET", location).body

    def wait(self) -> None:
        self.stack.tick()


@pytest.fixture
def target(stack: Stack) -> Iterator[LocalStack]:
    stack.at(f"{LocalStack.today}T05:00:00Z")
    http = server(stack, 0)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield LocalStack(stack, f"http://127.0.0.1:{http.server_address[1]}")
    http.shutdown()
    http.server_close()
    thread.join()


def test_the_journey_ends_well(target: LocalStack, tmp_path: Path) -> None:
    told: list[str] = []
    Journey(target, "local", tmp_path, told.append).run()
    assert len(told) == 7
    target.stack.tick()
    assert not target.stack.errors
    counts = target.stack.http("GET", "/v1/usage/e2e-local-batch-withdrawn", party="e2e-local-lab", scope="usage.write").json()["counts"]
    assert counts["withdrawn"] + counts["accrued"] == 2


def test_it_fails_where_an_answer_is_another(target: LocalStack, tmp_path: Path) -> None:
    journey = Journey(target, "twice", tmp_path, print)
    journey.registers()
    with pytest.raises(Failed, match="200"):
        journey.registers()
