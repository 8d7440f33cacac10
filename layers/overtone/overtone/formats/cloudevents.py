"""Usage as CloudEvents 1.0, one or a batch: an event's `id` is the record id, its `source` the reporter, its `data` the rest."""

import re
from typing import Any, Final

from overtone.errors import Fault, Rejected
from overtone.facts.sheets import Sheet, read_rows
from overtone.formats.jsonbody import parse_json

EVENT: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_VERSION: Final = "1.0"
_LAST: Final = re.compile(r"[/:#]+")
_DAY: Final = len("2026-10-01")


def read_whole(raw: bytes, media_type: str) -> Sheet:
    """The events of a body as a sheet; raises `Malformed`, and `Rejected` for what is no event, naming its place."""
    content = parse_json(raw)
    events = [content] if media_type == EVENT else content
    if not isinstance(events, list):
        raise Rejected(f"a body of {BATCH} is a list of events; send [{{…}}], or one event as {EVENT}")
    return read_rows([_record(event, place) for place, event in enumerate(events)])


def _record(event: object, place: int) -> dict[str, Any]:
    if not isinstance(event, dict):
        raise _wrong(place, "", "an event is a JSON object with specversion, id, source, type and data")
    if event.get("specversion") != _VERSION:
        raise _wrong(place, "specversion", f"{event.get('specversion')!r:.80} is no version that is read; send CloudEvents {_VERSION}")
    for name in ("id", "source", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise _wrong(place, name, "missing; every event of CloudEvents 1.0 has one")
    data = event.get("data")
    if not isinstance(data, dict):
        raise _wrong(place, "data", "expected a usage record without its record_id as a JSON object")
    if data.get("record_id", event["id"]) != event["id"]:
        raise _wrong(place, "data.record_id", "the event's id is the record's; leave the field out")
    named = {"subject": event.get("subject"), "used_on": str(event.get("time") or "")[:_DAY] or None}
    known = {name: value for name, value in named.items() if value is not None}
    return known | data | {"record_id": event["id"], "reporter": _LAST.split(event["source"].rstrip("/"))[-1]}


def _wrong(place: int, field: str, message: str) -> Rejected:
    return Rejected(f"event {place}: {field}: {message}" if field else f"event {place}: {message}", [Fault(message, field, index=place)])
