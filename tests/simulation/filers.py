"""Who sends files: usage dropped by the day, works imported. A file that left no receipt is dropped again, as it was."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tests.simulation import world
from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from tests.simulation.actors import Actors

ROWS_MAX: Final = 5
INTERRUPTED: Final = "an error of ours stopped this file"
COLUMNS: Final = (
    *("record_id", "used_on", "subject", "use", "quantity", "revenue", "currency", "territory", "service", "royalty_bearing"),
)
WORK_COLUMNS: Final = ("work_id", "title", "kind", "identifiers", "shares")


class Filers:
    """Reporters with a day's file, and an admin with a catalogue."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice, self.stack = actors, dice, actors.stack

    def acts(self) -> dict[Callable[[], str], int]:
        """What they do, and how often among what everybody does."""
        return {self.drop: 2, self.import_works: 1}

    def drop(self) -> str:
        """A file of usage, as CSV or as lines of JSON."""
        reporter, form = self._dice.choice(world.REPORTERS), self._dice.choice(["csv", "ndjson"])
        records = [self._actors.record(300_000 + self._actors.number()) for _ in range(self._dice.randint(1, ROWS_MAX))]
        name = f"day-{self._actors.number()}"
        body = _csv(COLUMNS, map(_told, records)) if form == "csv" else "\n".join(map(json.dumps, records)) + "\n"
        sent = (reporter, name, f"usage/{reporter}/{name}.{form}", body.encode())
        if not self._dropped(sent, records):
            self._actors.unanswered.append(lambda: self._dropped(sent, records))
            return f"{reporter} drops {name}.{form}, and finds no receipt"
        return f"{reporter} drops {name}.{form} of {len(records)}"

    def _dropped(self, sent: tuple[str, str, str, bytes], records: list[dict[str, Any]]) -> bool:
        """Drop it, and read what became of it; whether that is known."""
        reporter, name, key, body = sent
        self.stack.put_object("DropBucket", key, body)
        self.stack.drain()
        left = self.stack.objects("DropBucket").get(f"receipts/{reporter}/{name}.json")
        receipt = json.loads(left) if left else {"detail": INTERRUPTED}
        if INTERRUPTED in receipt.get("detail", ""):
            return False
        if receipt["status"] != "committed":
            raise Broken("committed_once", f"{key} -> {receipt}")
        batch = f"{name}#00001"
        reply = self._actors.call("GET", f"/v1/usage/{quote(batch, safe='')}", reporter, "usage.write")
        if reply.status != 200:
            return False
        self._actors.reference.batch(reporter, {"batch_id": batch, "records": records}, reply.json())
        self._actors.deeds.did("a file of usage dropped")
        return True

    def import_works(self) -> str:
        """A catalogue of a few works as CSV: as if each were put."""
        drawn = {name: world.work(self._dice, name) for name in self._dice.sample(sorted(world.WORKS), 2)}
        rows = (
            {
                "work_id": name,
                "title": work["title"],
                "kind": work["kind"],
                "identifiers": "|".join(work["identifiers"]),
                "shares": "|".join(f"{share['party']}:{share['share']}" for share in work["shares"]),
            }
            for name, work in drawn.items()
        )
        body = _csv(WORK_COLUMNS, rows)
        path, token = "/v1/works:import", self.stack.token(None, "admin")

        def then(reply: Any) -> None:
            if reply.status >= 300:
                raise Broken("answered", f"{path} -> {reply.status} {reply.text[:300]}; sent {body}")
            self._actors.deeds.did("works imported")

        told = self._actors.insist(
            lambda: self.stack.http("POST", path, token=token, body=body, headers={"content-type": "text/csv"}), then
        )
        return f"{', '.join(drawn)} are imported: {told}"


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a row: what it does not say is an empty cell."""
    bearing = record.get("royalty_bearing")
    return {name: record.get(name, "") for name in COLUMNS} | {"royalty_bearing": "" if bearing is None else str(bearing).lower()}


def _csv(columns: tuple[str, ...], rows: Any) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
