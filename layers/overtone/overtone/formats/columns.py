"""The first line and the cells of a CSV that people write by hand: members, works."""

from collections.abc import Collection, Sequence

from overtone.errors import Fault, Rejected


def columns_of(cells: Sequence[str], known: Collection[str], needed: Collection[str]) -> list[str]:
    """The columns that a first line names, in lower case.

    Raises `Rejected` with a fault for each that is not `known`, that is `needed` and not there, or that stands twice.
    """
    names = [cell.strip().lower() for cell in cells]
    faults = [Fault(f"there is no such column; use {', '.join(known)}", name) for name in names if name not in known]
    faults += [Fault("this column is needed; add it", name) for name in needed if name not in names]
    faults += [Fault("this column stands twice; send it once", name) for name in sorted(set(names)) if names.count(name) > 1]
    if faults:
        raise Rejected(f"the header cannot be read: {faults[0].field}: {faults[0].message}", faults)
    return names


def parts_of(cell: str) -> list[str]:
    """What a cell holds that may hold several: the parts between its `|`, without blanks around them."""
    return [part.strip() for part in cell.split("|") if part.strip()]
