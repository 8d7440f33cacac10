"""The uses that platforms and labs report, as the contract names them."""

from typing import Final, Literal

OutputUse = Literal["stream", "download", "generation", "sync", "other"]
AnyUse = Literal["stream", "download", "generation", "sync", "other", "*"]
"""In a list of uses `*` means all of them."""
OUTPUT_USES: Final[tuple[OutputUse, ...]] = ("stream", "download", "generation", "sync", "other")
