"""Who sends files: usage, runs and disclosures dropped, works imported. A file that left no receipt is dropped again, as it was."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from tests.simulation import world
from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from tests.simulation.actors import Actors
    from tests.simulation.labs import Labs

ROWS_MAX: Final = 5
INTERRUPTED: Final = "an error of ours stopped this file"
COLUMNS: Final = (
    *("record_id", "used_on", "subject", "use", "quantity", "revenue", "currency", "territory", "service", "royalty_bearing"),
)
WORK_COLUMNS: Final = ("work_id", "title", "kind", "identifiers", "shares")


class File(NamedTuple):
    """A file for the drop."""

    kind: str
    party: str
    name: str
    body: str


class Filers:
    """Reporters with a day's file, labs with a manifest or a report, and an admin with a catalogue."""

    def __init__(self, actors: Actors, labs: Labs, dice: Random) -> None:
        self._actors, self._labs, self._dice, self.stack = actors, labs, dice, actors.stack

    def acts(self) -> dict[Callable[[], str], int]:
        """What they do, and how often among what everybody does."""
        return {self.drop: 2, self.drop_run: 1, self.drop_report: 1, self.import_works: 1}

    def drop(self) -> str:
        """A file of usage, as CSV or as lines of JSON."""
        reporter, form = self._dice.choice(world.REPORTERS), self._dice.choice(["csv", "ndjson"])
        records = [self._actors.record(300_000 + self._actors.number()) for _ in range(self._dice.randint(1, ROWS_MAX))]
        name = f"day-{self._actors.number()}"
        body = _csv(COLUMNS, map(_told, records)) if form == "csv" else "\n".join(map(json.dumps, records)) + "\n"
        batch = f"{name}#00001"

        def kept(_receipt: dict[str, Any]) -> bool:
            return self._read("usage", batch, reporter, lambda told: self._batch(reporter, batch, records, told))

        return self._insist(File("usage", reporter, f"{name}.{form}", body), kept)

    def _batch(self, reporter: str, batch: str, records: list[dict[str, Any]], told: dict[str, Any]) -> None:
        self._actors.reference.batch(reporter, {"batch_id": batch, "records": records}, told)
        self._actors.deeds.did("a file of usage dropped")

    def drop_run(self) -> str:
        """A manifest."""
        lab, body, again = self._labs.a_run()

        def kept(receipt: dict[str, Any]) -> bool:
            if receipt["status"] == "committed":
                self._actors.reference.run(lab, body)
                self._actors.deeds.did("a manifest dropped")
            elif again:
                self._actors.reference.run_refused(lab, body)
            else:
                raise Broken("committed_once", f"{lab}'s manifest {body['run_id']} -> {receipt}")
            return True

        return self._insist(File("training", lab, f"run-{self._actors.number()}.ndjson", _lines(body, "works")), kept)

    def drop_report(self) -> str:
        """Disclosures."""
        lab, body = self._labs.a_report()
        report = f"{body['report_id']}#00001"

        def told(stored: dict[str, Any]) -> None:
            self._actors.reference.report(lab, body | {"report_id": report}, stored)
            self._actors.deeds.did("disclosures dropped")

        def kept(_receipt: dict[str, Any]) -> bool:
            return self._read("attributions", report, lab, told)

        return self._insist(File("attributions", lab, f"report-{self._actors.number()}.ndjson", _lines(body, "records")), kept)

    def _read(self, path: str, name: str, party: str, told: Callable[[dict[str, Any]], None]) -> bool:
        """What was stored of a file; whether it could be read."""
        scope = "usage.write" if path == "usage" else "disclosures.write"
        reply = self._actors.call("GET", f"/v1/{path}/{quote(name, safe='')}", party, scope)
        if reply.status == 200:
            told(reply.json())
        return reply.status == 200

    def _insist(self, file: File, kept: Callable[[dict[str, Any]], bool]) -> str:
        """Drop it, now or another day, until what became of it is known."""
        if not self._dropped(file, kept):
            self._actors.unanswered.append(lambda: self._dropped(file, kept))
            return f"{file.party} drops {file.name}, and finds no receipt"
        return f"{file.party} drops {file.name}"

    def _dropped(self, file: File, kept: Callable[[dict[str, Any]], bool]) -> bool:
        key = f"{file.kind}/{file.party}/{file.name}"
        self.stack.put_object("DropBucket", key, file.body.encode())
        self.stack.drain()
        left = self.stack.objects("DropBucket").get(f"receipts/{file.party}/{file.name.partition('.')[0]}.json")
        receipt = json.loads(left) if left else {"detail": INTERRUPTED}
        if INTERRUPTED in receipt.get("detail", ""):
            return False
        said = {"committed", "rejected"} if file.kind == "attributions" and not receipt.get("accepted") else {"committed"}
        if receipt["status"] not in said and file.kind != "training":
            raise Broken("committed_once", f"{key} -> {receipt}")
        return kept(receipt)

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


def _lines(body: dict[str, Any], records: str) -> str:
    """What a report says of itself, then its records, a line each."""
    head = {name: value for name, value in body.items() if name != records}
    return "\n".join(map(json.dumps, [head, *body[records]])) + "\n"


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
