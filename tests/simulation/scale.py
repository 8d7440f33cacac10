"""The simulation's world is small, so what the package spreads for thousands of writers a second is spread in two ways here.

Two, because one would hide what differs between ways. No document that anybody checks depends on these; PDFs are drawn by whoever asks.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WAYS: Final = 2
SPREAD: Final = {
    "overtone.aws.keys": ("OUTBOX_SLOTS", "CHANGE_SLOTS"),
    "overtone.aws.index_keys": ("LIST_SLOTS", "TITLE_SLOTS"),
    "overtone.stores.permission_exports": ("SLOTS",),
    "overtone.steps.permission_export": ("SLOTS",),
}
COLUMNS_EVERY: Final = 4
"""Every so many seeds, partitions are accrued in columns."""
DRAWN: Final = {
    "overtone.steps.settlement.documents": ("PDF_STATEMENTS_MAX",),
    "overtone.steps.settlement.bills": ("PDF_INVOICES_MAX",),
}


@contextmanager
def small(*, in_columns: bool = False, draws: bool = False) -> Iterator[None]:
    """Within it every stack of this process is one of two ways.

    With `in_columns`, partitions are accrued in columns however few their records are; with `draws`, settlements draw their PDFs.
    """
    wanted = dict.fromkeys(_places(SPREAD), WAYS) | ({} if draws else dict.fromkeys(_places(DRAWN), 0))
    if in_columns:
        wanted["overtone.facts.accrual_arrays", "FEW_RECORDS_MAX"] = 0
    before = {place: getattr(import_module(place[0]), place[1]) for place in wanted}
    try:
        _set(wanted)
        yield
    finally:
        _set(before)


def _places(names: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(module, name) for module, listed in names.items() for name in listed]


def _set(values: dict[tuple[str, str], int]) -> None:
    for (module, name), value in values.items():
        setattr(import_module(module), name, value)
