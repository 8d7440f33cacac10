"""Stored forms by name and format: whatever becomes of their bytes, a reader ends, soon, in something read or in an exception.

What is sealed is held to its hash before it is read, and pages to the sums within them; so a reader needs no named error for bytes that
rot. But it must not take all memory, or go on without end, because a count or a size among them says so.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from overtone.errors import OvertoneError
from tests.unit.stored_forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable


class Stored(NamedTuple):
    """How a form is read, and a sample of it in one of its formats."""

    read: Callable[[bytes], object]
    sample: bytes


STORED: Final = {
    f"stored {form.file} {number}": Stored(form.says, form.sample(number).read_bytes())
    for form in FORMS
    for number in range(1, form.module.FORMAT + 1)
    if form.sample(number).exists()
}
ROTTEN: Final = (OvertoneError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error, zlib.error)
"""That what was read is not what was written. Too much memory, too deep, and faults of the interpreter are none of these."""


def run(name: str, raw: bytes) -> None:
    """One input through one reader; what says that it took too much, or went too deep, escapes."""
    with contextlib.suppress(*ROTTEN):
        STORED[name].read(raw)
