"""A change reaches the tests that import it, however far away it is, and those that read it; what cannot be told reaches all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.affected import ALL, ALWAYS, affected, imported

if TYPE_CHECKING:
    from pathlib import Path

TREE = {
    "layers/overtone/overtone/__init__.py": "",
    "layers/overtone/overtone/money.py": "",
    "layers/overtone/overtone/formats/__init__.py": "",
    "layers/overtone/overtone/formats/bank.py": "from overtone.money import (\n    format_amount,\n    parse_amount,\n)\n",
    "layers/overtone/overtone/formats/usage.py": "if TYPE_CHECKING:\n    from overtone.money import Amount\n",
    "layers/overtone/overtone/steps.py": "import overtone.formats.bank\n",
    "tests/unit/builders.py": "from overtone.formats import bank\n",
    "tests/unit/test_bank.py": "from tests.unit.builders import bank\n",
    "tests/unit/test_usage.py": 'from overtone.formats import usage\nSAMPLES = ROOT / "samples"\n',
    "tests/integration/test_all.py": "from overtone import steps\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        ("layers/overtone/overtone/money.py", ["tests/unit/test_bank.py"]),
        ("layers/overtone/overtone/formats/__init__.py", ["tests/unit/test_bank.py", "tests/unit/test_usage.py"]),
        ("layers/overtone/overtone/formats/usage.py", ["tests/unit/test_usage.py"]),
        ("tests/unit/builders.py", ["tests/unit/test_bank.py"]),
        ("tests/unit/test_bank.py", ["tests/unit/test_bank.py"]),
        ("events/samples/one.json", ["tests/unit/test_usage.py"]),
        ("layers/overtone/overtone/steps.py", []),
        ("tests/integration/test_all.py", []),
        ("docs/NOTES.md", []),
    ],
)
def test_a_change_reaches_what_imports_or_reads_it(project: Path, changed: str, reached: list[str]) -> None:
    assert affected(project, {changed}) == sorted([*ALWAYS, *reached])


def test_a_file_that_nobody_is_seen_to_read_reaches_all_tests_and_so_does_no_change(project: Path) -> None:
    assert affected(project, {"requirements-dev.txt"}) == ALL
    assert affected(project, {"tests/unit/builders.py", "requirements-dev.txt"}) == ALL
    assert affected(project, set()) == ALL


def test_imports_are_read_over_several_lines_and_under_other_names() -> None:
    assert imported("import a.b\nfrom c import d as e, f\nfrom g import (\n    h,  # why\n    i as j,\n)\n    from k import l\n") == {
        *("a.b", "c", "c.d", "c.f", "g", "g.h", "g.i"),
    }
