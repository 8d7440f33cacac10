"""Events as they come: what was heard is remembered, so that nothing is told twice and nothing is missed between two runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from overtone_client.answers import Event


@dataclass(slots=True)
class Listener:
    """The place in the list of events: the last instant that was heard of, and the ids of that instant."""

    path: Path
    since: str = ""
    heard: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path, who: str, since: str = "") -> Listener:
        """The listener of one sign-in, where it stopped; `since` begins elsewhere."""
        path = folder / f"{hashlib.sha256(who.encode()).hexdigest()[:32]}.json"
        if since or not path.exists():
            return cls(path, since)
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls(path, said["since"], set(said["heard"]))

    def news(self, events: Callable[[str], Iterable[Event]]) -> Iterator[Event]:
        """Events that were not heard before; `events` lists them from an instant on. The place is kept behind each."""
        for event in events(self.since):
            if event["id"] in self.heard and event["at"] == self.since:
                continue
            if event["at"] != self.since:
                self.since, self.heard = event["at"], set()
            self.heard.add(event["id"])
            yield event
            self._keep()

    def _keep(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps({"since": self.since, "heard": sorted(self.heard)}), encoding="utf-8")
        partial.replace(self.path)
