"""The document's examples of corrections, sent in their order: what counts after each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from overtone.api.corrections import EXAMPLES, FIRST_BATCH
from overtone.facts.rows import UsageEntry
from tests.integration import scenario
from tests.integration.test_accrual import rows

if TYPE_CHECKING:
    from local.stack import Stack

ROOT = Path(__file__).parents[2]
COUNTED = {
    "usage": {("2026-10-03", "isrc:SEABC2600010", 12)},
    "quantity": {("2026-10-03", "isrc:SEABC2600010", 10)},
    "day": {("2026-10-02", "isrc:SEABC2600010", 12)},
    "recording": {("2026-10-02", "isrc:SEABC2600011", 12)},
    "void": set(),
    "whole_batch": {("2026-10-03", "isrc:SEABC2600010", 12)},
}


def counted(stack: Stack) -> set[tuple[str, str, int]]:
    found = set()
    for row in rows(stack).values():
        for entry in row.entries:
            assert isinstance(entry, UsageEntry)
            if entry.quantity:
                found.add((entry.day, row.work_key, entry.quantity // 10**9))
    return found


def test_each_example_of_a_correction_does_what_it_says(stack: Stack) -> None:
    scenario.party(stack, "plat", "licensee")
    stack.at("2026-10-04T08:00:00Z")
    for hour, (name, example) in enumerate(EXAMPLES.items(), start=9):
        if name == "whole_batch":
            gone = stack.http("DELETE", f"/v1/usage/{FIRST_BATCH}", party="plat", scope="usage.write")
            assert gone.json()["status"] == "withdrawn"
        sent = stack.http("POST", "/v1/usage", party="plat", scope="usage.write", json=example["value"])
        assert (sent.status, sent.json()["accepted"]) == (201, 1), sent.text
        scenario.accrue(stack, f"2026-10-04T{hour:02d}:00:00Z")
        assert counted(stack) == COUNTED[name], name


def test_the_document_has_them() -> None:
    document = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    assert document["paths"]["/v1/usage"]["post"]["requestBody"]["content"]["application/json"]["examples"] == EXAMPLES
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(word in readme for word in ("the day", "the recording", "`replaces`", "DELETE /v1/usage/"))
