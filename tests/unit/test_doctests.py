import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import overtone

PURE = [
    m.name
    for m in pkgutil.walk_packages(overtone.__path__, "overtone.")
    if not m.name.startswith(("overtone.aws", "overtone.stores", "overtone.steps", "overtone.views", "overtone.api"))
]
SOURCES = Path(overtone.__path__[0])


def source(name: str) -> str:
    path = SOURCES.joinpath(*name.split(".")[1:])
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")


SHOWN = [name for name in PURE if ">>>" in source(name)]


@pytest.mark.parametrize("name", SHOWN)
def test_what_docstrings_show_is_what_happens(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0
