"""Random worlds, for what must hold in all of them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.unit.random_facts import World

if TYPE_CHECKING:
    from tests.unit.scenarios import Facts


def world(seed: int, *, still: bool = False) -> Facts:
    return World(Random(seed), still=still).facts()
