"""ARCHITECTURE.md leads a reader to files that are there, and leaves no room of the package out."""

from __future__ import annotations

import re
from itertools import product

import pytest

from tests.infra.conftest import ROOT

PACKAGE = ROOT / "layers" / "overtone" / "overtone"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CHANGES = PAGE.partition("## Where to change")[2].partition("\n## ")[0]
NAMED = sorted({name for name in re.findall(r"`([a-z][\w/.]*)`", PAGE) if "/" in name or name.endswith((".py", ".yaml", ".md"))})
QUESTIONS = (
    "what a caller may send",
    "what a use is worth",
    "who is paid",
    "what a file looks like",
    "a table's key",
    "a route",
    "an alarm",
)


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_is_there(name: str) -> None:
    assert any((folder / name).exists() for folder in (PACKAGE, ROOT)), name


def test_every_room_and_every_module_beside_them_has_its_line() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    words = set(re.findall(r"\w+", PAGE.partition("## Rooms")[2].partition("\n## ")[0]))
    assert (rooms | modules) - words == set()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_reader_finds_where_to_change(question: str) -> None:
    (row,) = (line for line in CHANGES.splitlines() if line.startswith(f"| {question}"))
    places = re.findall(r"`([a-z][\w/.]*)`", row.split("|")[2])
    found = [folder / place for place, folder in product(places, (PACKAGE, ROOT)) if (folder / place).exists()]
    assert found, row


def test_what_a_caller_may_send_is_said_where_the_page_says() -> None:
    """Every model of a body stands in one of the rooms that the row names."""
    row = next(line for line in CHANGES.splitlines() if line.startswith("| what a caller may send"))
    rooms = {place.split("/")[0] for place in re.findall(r"`([a-z][\w/.]*)`", row)}
    holding = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^class \w+\((?:Model|DealTerms|Tiered|Fees)\):", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert holding <= rooms
