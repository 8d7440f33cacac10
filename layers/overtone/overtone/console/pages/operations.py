"""What the operator looks at: queues, dead letters, alarms, how far the month is; and for each alarm what to do."""

from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import orjson

from overtone.console.routing import Pages, View, Visit

pages = Pages()
RUNBOOK: Final = "runbook.json"
"""What `docs/OPERATIONS.md` says of each alarm; written by `make generate`."""


@lru_cache(maxsize=1)
def runbook() -> list[dict[str, Any]]:
    """A paragraph for each alarm, or for some that are alike."""
    found: list[dict[str, Any]] = orjson.loads((files("overtone.console") / RUNBOOK).read_bytes())
    return found


@pages.get("/console/operations")
def operations(visit: Visit) -> View:
    """How the stack stands."""
    return View("operations.html", {"state": visit.api.get("finance", "operations", month=visit.query.get("month"))})


@pages.get("/console/runbook")
def runbook_page(visit: Visit) -> View:
    """What to do about each alarm. It is the operator's manual, and says nothing of anybody; the office alone is shown it."""
    visit.api.get("finance", "settlements", limit="1")  # asks whether the person may see any of it
    return View("runbook.html", {"paragraphs": runbook()})
