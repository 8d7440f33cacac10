"""A bug: where it is planted, and the tests nearest to it."""

from __future__ import annotations

from typing import Final, NamedTuple

PACKAGE: Final = "layers/overtone/overtone/"


class Bug(NamedTuple):
    """A change of one file, as texts that each stand in it once and what takes their place.

    `named` says that it was among the seven that once passed unnoticed. `harmless` is the reason why nothing can notice it.
    """

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]
    named: bool = False
    harmless: str = ""


def bug(name: str, file: str, old: str, new: str, *tests: str, named: bool = False, harmless: str = "") -> Bug:
    return Bug(name, PACKAGE + file, ((old, new),), tuple(f"tests/{test}.py" for test in tests), named, harmless)
