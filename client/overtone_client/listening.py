"""Events as they come: what was heard is remembered, so that nothing is told twice and nothing is missed between two runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from overtone_client.answers import Event


LATE: Final = timedelta(minutes=10)
"""An event bears the instant at which somebody did something, and stands in the list once that is written: shortly afterwards."""


@dataclass(slots=True)
class Listener:
    """The place in the list of events: the last instant that was heard of, and the ids heard since `LATE` before it, with their instants.

    Nothing from before `first` is told: where it began to listen.
    """

    path: Path
    since: str = ""
    heard: dict[str, str] = field(default_factory=dict)
    first: str = ""

    @classmethod
    def of(cls, folder: Path, who: str, since: str = "") -> Listener:
        """The listener of one sign-in, where it stopped; `since` begins elsewhere."""
        path = folder / f"{hashlib.sha256(who.encode()).hexdigest()[:32]}.json"
        if since or not path.exists():
            return cls(path, since, first=since)
        said = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(said["heard"], list):  # as it was kept before: the ids of the last instant alone
            return cls(path, said["since"], dict.fromkeys(said["heard"], said["since"]), said["since"])
        return cls(path, said["since"], said["heard"], said["first"])

    def news(self, events: Callable[[str], Iterable[Event]]) -> Iterator[Event]:
        """Events that were not heard before; `events` lists them from an instant on. The place is kept behind each."""
        for event in events(self._start()):
            if event["id"] in self.heard:
                continue
            self.since = max(self.since, event["at"])
            self.heard[event["id"]] = event["at"]
            start = self._start()
            self.heard = {name: at for name, at in self.heard.items() if at >= start}
            yield event
            self._keep()

    def _start(self) -> str:
        """From when on events are asked for: a little before the last that was heard of, for what was written since then."""
        if not self.heard:
            return self.since
        earlier = datetime.fromisoformat(self.since) - LATE
        return max(self.first, earlier.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

    def _keep(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps({"since": self.since, "heard": self.heard, "first": self.first}), encoding="utf-8")
        partial.replace(self.path)
