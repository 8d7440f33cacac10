"""Random worlds, for what must hold in all of them."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING, Final

from hypothesis import settings

from tests.unit.random_facts import World

if TYPE_CHECKING:
    from tests.unit.scenarios import Facts

FEW_MAX: Final = 40
FEW: Final = settings(max_examples=settings().max_examples if os.environ.get("THOROUGH") else min(FEW_MAX, settings().max_examples))
"""For what settles whole worlds, some of them several times: the gate tries the same ones each time, `make thorough` looks for new ones."""


def world(seed: int, *, still: bool = False) -> Facts:
    return World(Random(seed), still=still).facts()
