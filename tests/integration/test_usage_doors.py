"""What is right of a usage record is right at every door: five bodies and four kinds of dropped files say and keep the same."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from tests.integration.dropping import drop
from tests.integration.test_usage_api import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.stack import Stack

    Rows = Sequence[dict[str, Any]]

COLUMNS: Final = ("record_id", "subject", "use", "used_on", "quantity", "revenue", "currency", "territory", "royalty_bearing")
BOM: Final = b"\xef\xbb\xbf"


class Answer(NamedTuple):
    """What a door said: whether it took the batch, how many records, which not (index, field, message), and its words for all."""

    taken: bool
    accepted: int
    rejected: list[tuple[int, str, str]]
    detail: str


def _object(rows: Rows) -> bytes:
    return json.dumps({"batch_id": "b", "records": rows}, indent=1).encode()


def _lines(rows: Rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _table(separator: str) -> Callable[[Rows], bytes]:
    def made(rows: Rows) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, delimiter=separator, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: str(value).lower() if value is False else value for name, value in row.items()} for row in rows)
        return text.getvalue().encode()

    return made


def _events(rows: Rows) -> bytes:
    def event(row: dict[str, Any]) -> dict[str, Any]:
        data = {name: value for name, value in row.items() if name != "record_id"}
        return {"specversion": "1.0", "id": row["record_id"], "source": "/parties/fox", "type": "usage", "data": data}

    return json.dumps([event(row) for row in rows], indent=1).encode()


BODIES: Final[dict[str, Callable[[Rows], bytes]]] = {
    "application/json": _object,
    "application/x-ndjson": _lines,
    "text/csv": _table(","),
    "text/tab-separated-values": _table("\t"),
    "application/cloudevents-batch+json": _events,
}
FILES: Final[dict[str, Callable[[Rows], bytes]]] = {
    "ndjson": _lines,
    "csv": _table(","),
    "tsv": _table("\t"),
    "csv.gz": _table(","),
}
DOORS: Final = {**BODIES, **FILES}


def sent(stack: Stack, door: str, raw: bytes) -> Answer:
    """A batch by a door, always of the same name."""
    if door in FILES:
        given = drop(stack, f"b.{door}", gzip.compress(raw) if door.endswith(".gz") else raw)
        faults, taken = given.get("rejected") or given.get("errors", []), given["status"] == "committed"
    else:
        query = {} if door == "application/json" else {"batch_id": "b"}
        reply = stack.http("POST", "/v1/usage", party="fox", scope="usage.write", body=raw, headers={"content-type": door}, query=query)
        given, taken = reply.json(), reply.status in {200, 201}
        faults = given.get("rejected") or given.get("errors", [])
    named = [(fault.get("index", -1), fault.get("field", ""), fault["message"]) for fault in faults]
    return Answer(taken, given.get("accepted", 0), named, given.get("detail", ""))


def stored(stack: Stack, door: str) -> list[dict[str, Any]]:
    name = "b%2300001" if door in FILES else "b"
    records: list[dict[str, Any]] = stack.http("GET", f"/v1/usage/{name}/records", party="fox", scope="usage.write").json()["records"]
    return sorted(records, key=lambda one: str(one["record_id"]))


REFUSED: Final[list[tuple[dict[str, Any], str, str]]] = [
    ({"currency": "BGN"}, "currency", "until 2026-01-31; for later days send EUR"),
    ({"used_on": "0001-01-01"}, "used_on", "the days taken now are 2000-01-01 to"),
    ({"used_on": "2126-10-01"}, "used_on", "the days taken now are 2000-01-01 to"),
    ({"territory": "UK"}, "territory", "send GB"),
    ({"territory": "AN"}, "territory", "withdrawn from ISO 3166-1 on 2010-12-15"),
    ({"territory": "2120"}, "territory", "Europe, a group"),
    ({"quantity": 0, "revenue": "5.00"}, "quantity", "revenue"),
    ({"revenue": "1" + "0" * 18 + ".000000000001"}, "revenue", "at most 10^18"),
    ({"revenue": "0.0000000000001"}, "revenue", "12 decimals"),
]
TAKEN: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({"currency": "BGN", "used_on": "2026-01-31"}, {"currency": "BGN"}),
    ({"territory": "Worldwide"}, {"territory": "*"}),
    ({"territory": "752"}, {"territory": "SE"}),
    ({"revenue": "1" + "0" * 18}, {"revenue": "1" + "0" * 18}),
    ({"revenue": "+0.010"}, {"revenue": "0.01"}),
    ({"revenue": ".01"}, {"revenue": "0.01"}),
    ({"revenue": "0.010000000000000"}, {"revenue": "0.01"}),
    ({"royalty_bearing": False}, {"royalty_bearing": False}),
    ({"quantity": 0, "revenue": ..., "currency": ...}, {"quantity": 0}),
]


@pytest.mark.parametrize("door", sorted(DOORS))
def test_a_fault_is_told_alike_and_takes_no_good_record_with_it(fox: Stack, door: str) -> None:
    rows = [*(record(number, **change) for number, (change, _, _) in enumerate(REFUSED)), record(99)]
    answer = sent(fox, door, DOORS[door](rows))
    assert (answer.taken, answer.accepted) == (True, 1)
    assert [(index, field) for index, field, _ in answer.rejected] == [(number, field) for number, (_, field, _) in enumerate(REFUSED)]
    for (_, _, message), (_, _, words) in zip(answer.rejected, REFUSED, strict=True):
        assert words in message
    assert [one["record_id"] for one in stored(fox, door)] == ["r-99"]


@pytest.mark.parametrize("door", sorted(DOORS))
def test_what_is_written_otherwise_is_kept_alike(fox: Stack, door: str) -> None:
    answer = sent(fox, door, DOORS[door]([record(number, **change) for number, (change, _) in enumerate(TAKEN)]))
    assert (answer.taken, answer.rejected) == (True, [])
    for kept, (_, said) in zip(stored(fox, door), TAKEN, strict=True):
        assert {name: kept[name] for name in said} == said


@pytest.mark.parametrize("door", sorted(DOORS))
def test_any_line_end_with_a_mark_and_without_a_last_end_loses_no_record(fox: Stack, door: str) -> None:
    """The same content each time: where one end lost a record, the batch of that name would be another, and refused."""
    raw = DOORS[door]([record(number) for number in range(3)])
    for end in (b"\r", b"\r\n", b"\n"):
        assert sent(fox, door, BOM + raw.rstrip(b"\n").replace(b"\n", end)) == (True, 3, [], "")
    assert [one["record_id"] for one in stored(fox, door)] == ["r-0", "r-1", "r-2"]


@pytest.mark.parametrize("door", sorted(DOORS))
def test_utf_16_is_refused_by_name(fox: Stack, door: str) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        answer = sent(fox, door, DOORS[door]([record()]).decode().encode(encoding))
        assert (answer.taken, answer.accepted, "UTF-16" in answer.detail) == (False, 0, True), answer
    assert [item["pk"] for item in fox.items("UsageTable") if not item["pk"].startswith("DROP#")] == []


@pytest.mark.parametrize("door", sorted(DOORS))
def test_a_batch_of_which_nothing_is_kept_claims_nothing_and_is_taken_mended_under_its_name(fox: Stack, door: str) -> None:
    bad = sent(fox, door, DOORS[door]([record(number, territory="UK") for number in range(2)]))
    assert (bad.taken, bad.accepted, [index for index, _, _ in bad.rejected]) == (False, 0, [0, 1])
    mended = sent(fox, door, DOORS[door]([record(number, territory="GB") for number in range(2)]))
    assert (mended.taken, mended.accepted, mended.rejected) == (True, 2, [])
