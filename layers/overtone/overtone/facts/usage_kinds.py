"""The uses that platforms and labs report: an open list, of which some have names that everybody knows.

A deal names the uses that it prices; one that names none prices the first five, so a new use is nobody's bargain by accident.
"""

import re
from typing import Annotated, Final

from pydantic import Field

USE_LENGTH_MAX: Final = 40
_USE: Final = rf"[a-z][a-z0-9_-]{{0,{USE_LENGTH_MAX - 1}}}"
USE = re.compile(rf"{_USE}\Z", re.ASCII)
AnyUse = Annotated[str, Field(pattern=rf"^(\*|{_USE})$")]
"""In a list of uses `*` means all of them."""
OUTPUT_USES: Final = ("stream", "download", "generation", "sync", "other")
KNOWN_USES: Final = (*OUTPUT_USES, "remix", "cover", "voice_swap", "extend", "video")
