"""Shares that nobody claims, as of the last sealed settlement, in the file that the trade knows."""

from typing import Final

from overtone import clock
from overtone.formats.works import unclaimed
from overtone.money import stored_amount
from overtone.stores import registry
from overtone.views import suspense
from overtone.views.suspense import FileRow, SuspenseQuery

ROWS_MAX: Final = 10_000
"""Rows of suspense behind one file; a cursor leads on."""


def table(cursor: str) -> tuple[bytes, str]:
    """The file of one page of suspense, and where the next begins ("": there is none)."""
    page = suspense.suspense(SuspenseQuery({}, cursor, ROWS_MAX))
    rows = [row for row in page["items"] if _is_unclaimed(row)]
    waiting = unclaimed.grouped(rows, [stored_amount(row["quantity"]) for row in rows])
    today, works = clock.today(), registry.works({entry.work_id for entry in waiting if entry.work_id})
    claimed = {name: entity.stands(today).claimed for name, entity in works.items()}
    return unclaimed.table(waiting, claimed), str(page["next_cursor"] or "")


def _is_unclaimed(row: FileRow) -> bool:
    """A composition's open share, or a work that nobody registered, whose sides nobody can tell apart."""
    return row["reason"] == "unregistered" or (row["reason"] == "unclaimed_share" and row["side"] == "composition")
