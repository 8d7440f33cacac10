"""A dropped clearance as large as one may be: each work answered once, file by file, in bounded memory, at a count of reads that is told.

`make thorough` asks for 200,000 works; `WORKS=5000000` for the most that one file may name, with the figures on standard output.
"""

import gzip
import io
import json
import math
import os
import time
from collections.abc import Iterator

import pytest

from local.stack import Stack
from overtone.steps import drop_clearances
from tests.benchmarks.memory import peak_mb
from tests.integration import scenario

WORKS = int(os.environ.get("WORKS", "200000" if os.environ.get("THOROUGH") else "4000"))
FILE_WORKS = drop_clearances.FILE_WORKS if WORKS > drop_clearances.FILE_WORKS else 1_500
REGISTERED = 50
MEMORY_MB_MAX = 900
"""More than the process had before: the stand-in for S3 holds the file and all answers too."""


def names() -> Iterator[str]:
    return (f"isrc:SEABC{number:07d}" for number in range(WORKS))


def dropped() -> bytes:
    body = io.BytesIO()
    with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=1, mtime=0) as packed:
        packed.write(b'{"clearance_id": "all", "use": "training", "day": "2026-10-02"}\n')
        for name in names():
            packed.write(b'{"work":"%s"}\n' % name.encode())
    return body.getvalue()


def test_a_file_of_works_is_answered_file_by_file(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drop_clearances, "FILE_WORKS", FILE_WORKS)
    scenario.party(stack, "ann", "creator")
    scenario.party(stack, "fox", "licensee")
    scenario.deal(stack, "fox-ann", {"mechanism": "training_run", "fee": "100"}, licensor="ann")
    step = WORKS // REGISTERED
    for number in range(REGISTERED):
        scenario.work(stack, f"w{number}", "ann", {"ann": "1"}, identifiers=[f"isrc:SEABC{number * step:07d}"])
    stack.put_object("DropBucket", "clearances/fox/all.ndjson.gz", dropped())
    meter, before, began = stack.metered(), peak_mb(), time.monotonic()
    stack.drain()
    took, grown = time.monotonic() - began, peak_mb() - before
    receipt = json.loads(stack.objects("DropBucket")["receipts/fox/all.ndjson.gz.json"])
    assert (receipt["received"], receipt["files"]) == (WORKS, math.ceil(WORKS / FILE_WORKS))
    assert (receipt["counts"]["allowed"], receipt["counts"]["unregistered"]) == (REGISTERED, WORKS - REGISTERED)
    answered, files = (
        0,
        sorted((key, body) for key, body in stack.objects("SettlementBucket").items() if key.startswith("clearances/fox/all/")),
    )
    for _, body in files:
        with gzip.open(io.BytesIO(body)) as lines:
            answered += sum(1 for _ in lines)
    assert answered == WORKS
    (told,) = stack.http("GET", "/v1/events?type=clearance.made", party="ann", scope="statements.read").json()["items"]
    assert told["works"] == REGISTERED
    assert grown < MEMORY_MB_MAX
    assert not stack.errors, stack.errors
    print(f"{WORKS} works, {took:.0f} s, {grown:.0f} MB more, {len(files)} files of {sum(len(body) for _, body in files)} bytes in all")
    print(meter.units)
