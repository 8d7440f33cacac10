"""The files of a settlement whose later payees' documents are written by ranges, held to those of the same settlement in one go."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from overtone.lines import Line
from overtone.payout import manifest
from overtone.rights.registry import Party
from overtone.steps.settlement import later
from tests.unit.emitted import faults
from tests.unit.settled import Settlement


def require_the_same_by_ranges(whole: Settlement, lines: list[Line], parties: Mapping[str, Party], folder: Path, **asked: Any) -> None:
    """Where functions of their own write the documents of all payees but the first: the same files, each listed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(later, "WITH_BOOKS_MAX", 1)
        patch.setattr(later, "RANGE_PAYEES", 2)
        apart = Settlement(lines, parties, **asked)
    pages = {name for name in whole.files if name.endswith(".html")}
    indexes = [index["name"] for index in json.loads(apart.manifest).get("indexes", ())]
    assert {name: body for name, body in apart.files.items() if name not in {*indexes, *pages}} == {
        name: body for name, body in whole.files.items() if name not in pages
    }
    listed = [entry["name"] for entry in manifest.entries(json.loads(apart.manifest), apart.files.__getitem__)]
    assert sorted(listed) == sorted(apart.files)
    for name in (name for name in listed if name.startswith(("statements/", "societies/")) and name not in {*indexes}):
        index = manifest.index_of(json.loads(apart.manifest), name)
        assert (f'"{name}"' in apart.text(index)) if index else not any(f'"{name}"' in apart.text(one) for one in indexes)
    assert faults(apart, folder, asked["before"]) == []
