"""Write the story: `python -m events.generate` gives the same bytes each time, and a test holds the files to it.

`story/story.json` is the timeline. A step is a time at which the clock stands, a sentence, and requests, each as one
of the parties would send it: the token's party and scope, method, path, body (a file beside it) and the status that it must get; or a
file for the drop bucket.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from events import bad, cast, catalogue, samples, usage
from events.usage import MODELS, WEEKS, week_of
from overtone.rights.mandates import name_of
from overtone.rights.registry import Mandate

Json = dict[str, Any]
HERE: Final = Path(__file__).parent
PLATFORMS: Final = ("kestrel", "fjordcast")
DROPPING: Final = "fjordcast"
"""The platform that has no use for an API and drops files."""
CLEARANCE: Final = "brightloom-2026-10"
"""What Brightloom asked before it trained."""
LATE_BATCH: Final = (DROPPING, WEEKS[-1])
"""What a platform forgot to send until the month had been settled."""


def pretty(value: object) -> bytes:
    """JSON to read: two blanks an indent."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def listed(head: Json, records: list[Json]) -> bytes:
    """JSON with one record a line, so that a change of a record is a change of a line."""
    lines = ",\n  ".join(json.dumps(record, ensure_ascii=False) for record in records)
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "records": [\n  {lines}\n]}}\n'.encode()


def table(records: list[Json]) -> bytes:
    """The same records as CSV, for the drop bucket."""
    columns = ("record_id", "subject", "use", "used_on", "quantity", "revenue", "currency", "territory")
    rows = [columns, *(tuple(str(record.get(name, "")) for name in columns) for record in records)]
    return "".join(",".join(row) + "\n" for row in rows).encode()


class Story:
    """Collects the files of the story and its timeline."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.steps: list[Json] = []

    def step(self, at: str, told: str) -> None:
        """From here on the clock stands at this time."""
        self.steps.append({"at": f"{at}Z", "told": told, "requests": []})

    def send(self, sender: tuple[str, str], call: str, body: str, *, status: int = 201) -> None:
        """One request: who with what scope, method and path, and the file that is its body."""
        method, path = call.split(" ")
        party, scope = sender
        request = {"party": party, "scope": scope, "method": method, "path": path, "body": body, "status": status}
        self.steps[-1]["requests"].append(request)

    def put(self, sender: tuple[str, str], path: str, body: Json) -> None:
        """Register something."""
        name = f"{path.removeprefix('/v1/')}.json"
        self.files[name] = pretty(body)
        self.send(sender, f"PUT {path}", name)

    def post(self, sender: tuple[str, str], path: str, name: str, body: bytes) -> None:
        """Post a fact."""
        self.files[name] = body
        self.send(sender, f"POST {path}", name)

    def drop(self, party: str, name: str, body: bytes) -> None:
        """Put a file in the drop bucket."""
        self.files[f"usage/{party}/{name}"] = body
        self.steps[-1]["requests"].append({"party": party, "drop": f"usage/{party}/{name}", "body": f"usage/{party}/{name}"})


def _registered(story: Story) -> None:
    story.step("2026-09-24T09:00:00", "parties register")
    for party, body in cast.parties().items():
        sender = (party, "registry.write") if "mandates" in body else ("", "admin")
        story.put(sender, f"/v1/parties/{party}", body)
    _mandated(story)
    story.step("2026-09-25T09:00:00", "a publisher and a label register their works")
    for work, (owner, body) in catalogue.works().items():
        story.put((owner, "registry.write"), f"/v1/works/{work}", body)
    story.step("2026-09-28T09:00:00", "deals are proposed, and labs and platforms accept them")
    for deal, body in cast.deals().items():
        sender = (body["licensor"], "registry.write") if body["licensor"] else ("", "admin")
        story.put(sender, f"/v1/deals/{deal}", body)
        if body["licensor"]:
            name = f"deals/{deal}-accepted.json"
            group = {"mfn_group": body["mfn_group"]} if "mfn_group" in body else {}
            story.files[name] = pretty({"evidence": f"licence {deal}, signed 25 September 2026"} | group)
            story.send((body["licensee"], "registry.write"), f"POST /v1/deals/{deal}/versions/1:accept", name, status=200)


def _mandated(story: Story) -> None:
    story.step("2026-09-24T12:00:00", "Nordton sets its tariff, and accepts the mandates that its members gave")
    society = ("nordton", "registry.write")
    story.put(society, "/v1/societies/nordton/tariff", cast.TARIFF)
    story.files["societies/accepted.json"] = pretty({"evidence": "membership contract on file"})
    name = name_of(Mandate.model_validate(cast.MANDATE))
    for party in (party for party, body in cast.parties().items() if "mandates" in body):
        story.send(society, f"POST /v1/parties/{party}/mandates/{name}:accept", "societies/accepted.json", status=200)


def _cleared(story: Story) -> None:
    story.step("2026-10-01T10:00:00", "Brightloom asks what it may train on; Tremolo does not ask")
    asked = {"clearance_id": CLEARANCE, "use": "training", "day": "2026-10-02", "model": MODELS["brightloom"]}
    works = [f"isrc:{song.isrc}" for song in catalogue.songs()] + [f"isrc:{catalogue.late_isrc()}"]
    story.post(("brightloom", "disclosures.write"), "/v1/clearances", "clearances/brightloom.json", pretty(asked | {"works": works}))


def _trained(story: Story) -> None:
    story.step("2026-10-05T08:00:00", "two labs say what they trained on, Brightloom without what was denied")
    for lab, day in (("brightloom", "2026-10-02"), ("tremolo", "2026-10-04")):
        run: Json = {"run_id": f"{lab}-2026-10", "model": MODELS[lab], "trained_on": day}
        run |= {"clearance_id": CLEARANCE} if lab == "brightloom" else {}
        run["works"] = usage.trained_on(lab)
        story.post((lab, "disclosures.write"), "/v1/training-runs", f"training/{lab}.json", pretty(run))


def _attributed(story: Story) -> None:
    """Tremolo measures its own tracks too; what Tracewell says after it is in force."""
    own = {"report_id": "own-2026-10", "model": MODELS["tremolo"], "method": "in-house", "method_version": "0.3"}
    story.post(
        ("tremolo", "disclosures.write"),
        "/v1/attributions",
        "attributions/tremolo-own.json",
        listed(own, usage.measured_otherwise("tremolo")),
    )
    for lab, sender, method in (("brightloom", "brightloom", "in-house"), ("tremolo", "tracewell", "tracewell")):
        head = {"report_id": f"{lab}-2026-10", "licensee": lab, "model": MODELS[lab], "method": method, "method_version": "2.1"}
        body = listed(head, usage.disclosed(lab))
        story.post((sender, "disclosures.write"), "/v1/attributions", f"attributions/{lab}.json", body)


def _batch(story: Story, reporter: str, week: tuple[int, int]) -> None:
    batch = f"2026-10-{week[0]:02d}-to-{week[1]:02d}"
    if reporter == DROPPING:
        story.drop(reporter, f"{batch}.csv", table(week_of(reporter, *week)))
        return
    body = listed({"batch_id": batch}, week_of(reporter, *week))
    story.post((reporter, "usage.write"), "/v1/usage", f"usage/{reporter}/{batch}.json", body)


def _used(story: Story) -> None:
    for number, week in enumerate(WEEKS):
        day = f"2026-10-{week[1] + 1:02d}" if week[1] < usage.DAYS else "2026-11-01"
        story.step(f"{day}T05:00:00", f"platforms and labs report {week[0]} to {week[1]} October")
        for reporter in (*PLATFORMS, *MODELS):
            if (reporter, week) != LATE_BATCH:
                _batch(story, reporter, week)
        if number == 0:
            _attributed(story)
    body = f"usage/kestrel/2026-10-{WEEKS[-1][0]:02d}-to-{WEEKS[-1][1]:02d}.json"
    story.step("2026-11-01T06:00:00", "Kestrel sends its last batch again, to be sure")
    story.send(("kestrel", "usage.write"), "POST /v1/usage", body, status=200)


def _closed(story: Story) -> None:
    story.step("2026-11-05T09:00:00", "labs report revenue, a levy is deposited, finance posts exchange rates")
    for lab, currency, net, subscribers in (("brightloom", "USD", "41250.40", 5210), ("tremolo", "EUR", "18730.00", 2904)):
        report = {"report_id": f"{lab}-2026-10", "month": "2026-10", "currency": currency, "net_revenue": net, "subscribers": subscribers}
        story.post((lab, "disclosures.write"), "/v1/revenue", f"revenue/{lab}.json", pretty(report))
    records = [record for week in WEEKS for record in week_of("brightloom", *week)]
    complete = {"month": "2026-10", "batches": len(WEEKS), "records": len(records)}
    story.post(("brightloom", "usage.write"), "/v1/completeness", "completeness/brightloom-2026-10.json", pretty(complete))
    story.post(("", "admin"), "/v1/levies", "levies/training-levy.json", pretty(cast.levy()))
    for settlement in ("2026-10", "2026-11"):
        story.files[f"fx/{settlement}.json"] = pretty(cast.rates())
        story.send(("", "finance"), f"PUT /v1/fx/{settlement}", f"fx/{settlement}.json", status=200)


def _settled(story: Story, month: str, day: str) -> None:
    story.step(f"{day}T06:20:00", f"the schedule settles {month}")


def _corrected(story: Story) -> None:
    story.step("2026-11-12T09:00:00", "Fjordcast sends what it forgot, Kestrel corrects a day, Copperline is registered")
    _batch(story, *LATE_BATCH)
    records = [record for record in week_of("kestrel", 14, 14) if record["subject"].startswith("output:")]
    again = [record | {"revision": 1, "quantity": max(0, record["quantity"] - 2)} for record in records]
    again = [record | {"revenue": usage.decimal(record["quantity"] * 3_900, 6)} for record in again]
    body = listed({"batch_id": "2026-10-14-correction"}, again)
    story.post(("kestrel", "usage.write"), "/v1/usage", "usage/kestrel/2026-10-14-correction.json", body)
    for work, (owner, registered) in catalogue.late_works().items():
        story.put((owner, "registry.write"), f"/v1/works/{work}", registered)


def _quiet(story: Story) -> None:
    story.step("2026-12-03T09:00:00", "Brightloom declares that it sent nothing for November")
    quiet = {"month": "2026-11", "batches": 0, "records": 0}
    story.post(("brightloom", "usage.write"), "/v1/completeness", "completeness/brightloom-2026-11.json", pretty(quiet))


def _collected(story: Story) -> None:
    story.step("2026-12-01T09:00:00", "finance records what came for the invoices of October; Tremolo has paid a part")
    for licensee, currency, amount, number in cast.COLLECTED:
        body: Json = {"collection_id": f"bank-2026-11-{number}", "licensee": licensee, "currency": currency, "amount": amount}
        body |= {"received_on": "2026-11-30", "invoices": [number]}
        story.post(("", "finance"), "/v1/collections", f"collections/{licensee}-{currency}.json", pretty(body))


def build() -> dict[str, bytes]:
    """Every generated file by its path under `events/`."""
    story = Story()
    for part in (_registered, _cleared, _trained, _used, _closed):
        part(story)
    _settled(story, "2026-10", "2026-11-10")
    _corrected(story)
    _collected(story)
    _quiet(story)
    _settled(story, "2026-11", "2026-12-10")
    files = {f"story/{name}": body for name, body in story.files.items()}
    files["story/story.json"] = pretty({"steps": story.steps})
    files |= {f"samples/{name}": pretty(body) for name, body in samples.build(story.files).items()}
    return files | {f"bad/{name}": pretty(body) for name, body in bad.build().items()}


def main() -> None:
    """Write what changed, and remove what the story no longer has."""
    built = build()
    for path in sorted(path for folder in ("story", "samples", "bad") for path in (HERE / folder).rglob("*.*")):
        if path.relative_to(HERE).as_posix() not in built:
            path.unlink()
    for name, body in built.items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != body:
            path.write_bytes(body)
            sys.stdout.write(f"wrote {name}\n")


if __name__ == "__main__":
    main()
