"""The uses that platforms and labs report: an open list, of which some have names that everybody knows.

A deal names the uses that it prices; one that names none prices the first five, so a new use is nobody's bargain by accident.

Whether a use bears a royalty, and in which service it was, few records say. Where one does, both stand in its *stored use*, so that
pages and accruals have no column for them, and what was kept before is read as it is.
"""

import re
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from overtone.fields import ALL_ALONE, or_all

USE_LENGTH_MAX: Final = 40
_USE: Final = rf"[a-z][a-z0-9_-]{{0,{USE_LENGTH_MAX - 1}}}"
USE = re.compile(rf"{_USE}\Z", re.ASCII)
AnyUse = Annotated[str, Field(pattern=rf"^(\*|{_USE})$")]
"""In a list of uses `*` means all of them."""
UsesOrAll = Annotated[tuple[AnyUse, ...], Field(min_length=1, strict=False, json_schema_extra=or_all), ALL_ALONE]
OUTPUT_USES: Final = ("stream", "download", "generation", "sync", "other")
KNOWN_USES: Final = (*OUTPUT_USES, "remix", "cover", "voice_swap", "extend", "video")

_UNPAID: Final = "unpaid:"
_SERVICE: Final = "@"


class StoredUse(NamedTuple):
    """A use as it is kept; its text is `use`, `use@service`, or either behind `unpaid:` where it is priced at nothing.

    Neither uses nor services can hold these marks.
    """

    use: str
    service: str = ""
    royalty_bearing: bool = True

    @classmethod
    def of(cls, text: str) -> "StoredUse":
        """From its text."""
        use, _, service = text.removeprefix(_UNPAID).partition(_SERVICE)
        return cls(use, service, not text.startswith(_UNPAID))

    def __str__(self) -> str:
        mark = "" if self.royalty_bearing else _UNPAID
        return f"{mark}{self.use}{_SERVICE}{self.service}" if self.service else f"{mark}{self.use}"

    def shown(self) -> dict[str, object]:
        """As the contract shows it."""
        service = {"service": self.service} if self.service else {}
        return {"use": self.use} | service | ({} if self.royalty_bearing else {"royalty_bearing": False})
