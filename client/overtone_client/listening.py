"""Events as they come: what was heard is remembered, so that nothing is told twice and nothing is missed between two runs.

An event bears the instant of what it tells of and may be written later: of a settlement with many payees minutes, of an invoice that is
overdue up to a day. So each look goes back for as long behind the last event that was heard.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from overtone_client.answers import Event

WRITTEN_WITHIN = timedelta(hours=30)
"""So long after its instant an event may still be written."""
KEPT_EVERY_SECONDS = 1.0
"""Whoever is killed hears again what came in this time."""


@dataclass(slots=True)
class Listener:
    """The place in the list of events: an instant before which all was heard, and the ids of what was heard from then on."""

    path: Path
    since: str = ""
    heard: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path, who: str, since: str = "") -> Listener:
        """The listener of one sign-in, where it stopped; `since` begins elsewhere."""
        path = folder / f"{hashlib.sha256(who.encode()).hexdigest()[:32]}.json"
        if since or not path.exists():
            return cls(path, since)
        saved = json.loads(path.read_text(encoding="utf-8"))
        return cls(path, saved["since"], set(saved["heard"]))

    def news(self, events: Callable[[str], Iterable[Event]]) -> Iterator[Event]:
        """Events that were not heard before; `events` lists them from an instant on. The place is kept as it goes on, and at the end."""
        passed: deque[Event] = deque()
        kept_at, is_new = time.monotonic(), False
        try:
            for event in events(self.since):
                passed.append(event)
                if event["id"] in self.heard:
                    continue
                yield event
                self.heard.add(event["id"])
                self._forget(passed, event["at"])
                is_new = True
                if time.monotonic() >= kept_at + KEPT_EVERY_SECONDS:
                    self._keep()
                    kept_at = time.monotonic()
        finally:
            if is_new:
                self._keep()

    def _forget(self, passed: deque[Event], at: str) -> None:
        """What nothing new can be written beside any more."""
        self.since = max(self.since, _instant(datetime.fromisoformat(at) - WRITTEN_WITHIN))
        while passed and passed[0]["at"] < self.since:
            self.heard.discard(passed.popleft()["id"])

    def _keep(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps({"since": self.since, "heard": sorted(self.heard)}), encoding="utf-8")
        partial.replace(self.path)


def _instant(at: datetime) -> str:
    """As the API writes an instant."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
