import doctest
import importlib
import pkgutil

import pytest

import overtone

PURE = [
    m.name
    for m in pkgutil.walk_packages(overtone.__path__, "overtone.")
    if not m.name.startswith(("overtone.aws", "overtone.stores", "overtone.steps", "overtone.views", "overtone.api"))
]


@pytest.mark.parametrize("name", PURE)
def test_what_docstrings_show_is_what_happens(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
