"""Every second seed keeps as objects what is usually small enough for an item, and merges disclosures as soon as two reports came.

It writes the files of a settlement one after the other, too, so that others act and workers die between any two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from overtone.facts import segment_list
from overtone.facts import segments as packing
from overtone.steps.settlement import sink
from overtone.stores import fact_pages, segments
from tests.interruptions import AtOnce

if TYPE_CHECKING:
    from types import ModuleType

SMALL: Final[dict[tuple[ModuleType, str], Any]] = {
    (fact_pages, "INLINE_BYTES_MAX"): 0,
    (fact_pages, "OBJECT_BYTES_MIN"): 1,
    (segments, "INLINE_BYTES_MAX"): 0,
    (segments, "FRESH_OBJECTS_MAX"): 2,
    (segments, "WITHDRAWN_MAX"): 1,
    (segments, "WHOLE_BYTES_MAX"): 200,
    (packing, "BLOCK_ROWS"): 2,
    (segment_list, "CELL_ROWS_MAX"): 8,
    (sink, "ThreadPoolExecutor"): AtOnce,
}
USUAL: Final = {(module, name): getattr(module, name) for module, name in SMALL}


def set_for(seed: int) -> None:
    """The limits of a seed."""
    for (module, name), value in (SMALL if seed % 2 else USUAL).items():
        setattr(module, name, value)
