"""The planted bugs: where each is planted is still there, its tests are, and what came of it stands in `docs/TRUST.md`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.mutation import table
from tests.mutation.nearest import Nearest
from tests.mutation.planted import BUGS
from tests.mutation.planting import NOTICED, ROOT, planted

if TYPE_CHECKING:
    from pathlib import Path

BUGS_MIN = 40


def test_each_can_be_planted() -> None:
    """Code moves on; a bug whose place is gone proves nothing any more, and is planted elsewhere by whoever moved it."""
    assert len(BUGS) >= BUGS_MIN
    assert all(planted(bug, (ROOT / bug.file).read_text(encoding="utf-8")) for bug in BUGS)


def test_each_has_its_tests_and_was_noticed_or_is_explained() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert sum(bug.named for bug in BUGS) == 7
    found = table.kept()
    for bug in BUGS:
        assert bug.tests, bug.name
        assert all((ROOT / test).exists() for test in bug.tests), bug.name
        assert found[bug.name]["outcome"] == NOTICED or bug.harmless, bug.name


def test_the_document_has_the_table_as_it_is() -> None:
    text = table.TRUST.read_text(encoding="utf-8")
    assert text == table.told(text), "run `python -m tests.mutation --table`"


def test_a_module_that_only_declares_is_held_against_the_tests_of_what_imports_it(tmp_path: Path) -> None:
    noted = tmp_path / "calls.json"
    calls = {"test_a.py::one": [1.0, [["payout/comparison.py", "compare"]]], "test_b.py::two": [1.0, [["money.py", "format_amount"]]]}
    noted.write_text(json.dumps(calls), encoding="utf-8")
    assert Nearest(noted).to("payout/changes.py", 9) == ["test_a.py::one"]
