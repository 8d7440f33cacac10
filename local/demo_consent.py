"""What the demo tells of consent: a lab that asked before it trained, and one that did not, as the owner reads of it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from events.catalogue import DENIED
from events.generate import CLEARANCE
from overtone.formats import statement_layout
from overtone.formats.statement_layout import MISUSED
from overtone.payout.statement import Statement

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

LAB = "brightloom"


def cleared(stack: Stack) -> dict[str, Any]:
    """What the lab that asked was told."""
    answer = stack.http("GET", f"/v1/clearances/{CLEARANCE}", token=stack.token(LAB, "disclosures.write"))
    found: dict[str, Any] = answer.json()
    return found


def owners_told(folder: Path) -> list[Statement]:
    """The statements that list a training run on the work whose owners said no."""
    with (folder / "breaches.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["work_id"] == f"rec-{DENIED}" and row["use"] == "training"]
    parties = sorted({row["party_id"] for row in rows} - {""})
    return [Statement.parse((folder / "statements" / f"{party}.json").read_bytes()) for party in parties]


def told(stack: Stack, folder: Path) -> str:
    """Both labs, in a few lines."""
    counts = cleared(stack)["counts"]
    said = ", ".join(f"{count} {standing}" for standing, count in counts.items() if count)
    lines = [f"Brightloom asked before it trained: {said}. What was denied is not in its run, and cost nobody anything."]
    for statement in owners_told(folder):
        lines.append(f"Tremolo did not ask. On the statement of {statement.name}:")
        rows = [row.cells for section in statement_layout.sections(statement) if section.heading == MISUSED for row in section.rows]
        lines += ["  " + "  ".join(cell for cell in cells if cell) for cells in rows if cells[2].startswith("denied: training")]
    return "\n".join(lines)
