"""CloudEvents 1.0 are usage records in another envelope."""

import json
from typing import Any

import pytest

from overtone.errors import Rejected
from overtone.facts import sheets
from overtone.formats import cloudevents
from overtone.formats.cloudevents import BATCH, EVENT

DATA = {"subject": "output:a", "use": "stream", "used_on": "2026-10-01", "quantity": 3, "territory": "SE"}


def event(**more: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "e-1", "source": "https://api.example/parties/fox", "type": "usage", "data": DATA} | more


def read(content: object, media_type: str = BATCH) -> sheets.Checked:
    return sheets.check(cloudevents.read_whole(json.dumps(content).encode(), media_type), "fox", "2026-10-03")


@pytest.mark.parametrize("source", ["fox", "//fox", "/parties/fox/", "urn:overtone:fox", "https://api.example/parties/fox"])
def test_the_id_is_the_record_s_and_the_source_the_reporter(source: str) -> None:
    checked = read([event(source=source), event(id="e-2", time="2026-10-02T23:00:00Z", subject="output:b", data={**DATA, "quantity": 4})])
    assert checked.faults == []
    assert [checked.records.to_json(row)["record_id"] for row in range(2)] == ["e-1", "e-2"]
    assert read(event(), EVENT).accepted == 1


def test_what_data_leaves_out_is_read_from_the_event() -> None:
    bare = {name: value for name, value in DATA.items() if name not in {"subject", "used_on"}}
    checked = read([event(data=bare, subject="output:b", time="2026-10-02T23:00:00Z")])
    assert (checked.records.subject[0], checked.records.used_on[0]) == ("output:b", "2026-10-02")


def test_another_s_event_is_refused_by_its_field() -> None:
    (fault,) = read([event(source="/parties/hare")]).faults
    assert (fault.field, fault.index) == ("reporter", 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"specversion": "0.3"}, "event 0: specversion: '0.3'"),
        ({"id": ""}, "event 0: id: missing"),
        ({"data": "text"}, "event 0: data"),
        ({"data": {**DATA, "record_id": "x"}}, "event 0: data.record_id"),
    ],
)
def test_what_is_no_event_is_refused_by_its_place(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Rejected) as refused:
        read([event(**change)])
    assert words in refused.value.detail
    with pytest.raises(Rejected):
        read(event())
    with pytest.raises(Rejected):
        read([7])
