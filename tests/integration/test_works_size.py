"""Works by drop at size: a hundred thousand in `make thorough`, as many as WORKS says, each registered once with a result of its own."""

from __future__ import annotations

import gc
import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.works import table
from tests.integration.test_works_drop import drop
from tests.integration.test_works_import import get, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

WORKS = int(os.environ.get("WORKS", "100000" if os.environ.get("THOROUGH") else "1000"))


@pytest.fixture
def rare_collections() -> Iterator[None]:
    """The store is in this process: what looks for garbage would walk through all that is stored, again and again."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("rare_collections")
def test_every_work_of_a_large_file_is_registered_once_and_has_a_result(stack: Stack) -> None:
    for name in ("uni", *(f"uni-{n}" for n in range(100))):
        assert put(stack, f"parties/{name}", {"name": "Uni", "kind": "publisher", "country": "SE"}, name).status == 201
    began = time.monotonic()
    given = drop(stack, "all.csv", table(WORKS))
    print(f"{WORKS} works, {WORKS / (time.monotonic() - began):.0f} a second")
    assert (given["status"], given["received"], given["registered"], given["refused"]) == ("committed", WORKS, WORKS, 0)
    assert given["parts"] >= WORKS / 2_000  # cuts of 64 KB
    results = [name for name in stack.objects("DropBucket") if "/all.csv.results/" in name]
    assert sum(stack.objects("DropBucket")[name].count(b"\n") for name in results) == WORKS
    for number in {0, WORKS // 2, WORKS - 1}:
        assert (get(stack, f"works/w-{number}")["version"], get(stack, f"works/w-{number}")["title"]) == (1, f"Song {number}")
    again = drop(stack, "again.csv", table(WORKS))
    assert (again["registered"], again["unchanged"]) == (0, WORKS)
