"""Mutants that nothing can notice, each with its reason: by module, the line before, and the line after."""

from __future__ import annotations

from typing import Final

HARMLESS: Final[dict[tuple[str, str, str], str]] = {}
