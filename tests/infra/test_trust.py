"""`docs/TRUST.md` names tests and commands that there are."""

import re

from tests.infra.conftest import ROOT

TRUST = (ROOT / "docs" / "TRUST.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+(?:\.py)?)`", TRUST))
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_command_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", TRUST)) <= targets


def test_the_invariants_are_those_of_the_architecture() -> None:
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    stated = {name.replace("_", " ") for name in re.findall(r"\*\*Invariant: (\w+)\.\*\*", architecture)}
    assert stated <= set(re.findall(r"\*\*([a-z ]+)\*\*", TRUST))
