"""Every call of the client, once: what is sent and what the answer is. The sync and the async client only carry them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx

    from overtone_client.answers import (
        Clearance,
        Completeness,
        Event,
        Explanation,
        MonthCompleteness,
        Page,
        Receipt,
        Settlement,
        Statement,
        Whoami,
    )

T = TypeVar("T")
JSON = "application/json"
GZIP_FROM_BYTES = 4_096
"""Smaller bodies are sent as they are."""


def _json(response: httpx.Response) -> Any:  # noqa: ANN401 - the call says which type it is
    return response.json() if response.content else None


def _location(response: httpx.Response) -> str:
    return str(response.headers["location"])


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read. `query` without the parameters that are empty."""

    method: str
    path: str
    read: Callable[[httpx.Response], T] = _json
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    media_type: str = JSON

    @property
    def headers(self) -> dict[str, str]:
        """The headers beside the token."""
        if not self.content:
            return {}
        packed = {"Content-Encoding": "gzip"} if len(self.content) >= GZIP_FROM_BYTES else {}
        return {"Content-Type": self.media_type} | packed

    @property
    def body(self) -> bytes:
        """The body as it goes over the wire; the same call has the same bytes."""
        return gzip.compress(self.content, mtime=0) if len(self.content) >= GZIP_FROM_BYTES else self.content

    def at(self, cursor: str) -> Call[T]:
        """The same list, from a cursor on."""
        return replace(self, query={**self.query, "cursor": cursor})


def _segment(text: str) -> str:
    return quote(text, safe="~:")


def _query(**named: str | bool | int | None) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in named.items() if value not in (None, "")}


def _body(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def raw(method: str, path: str, body: object = None, query: Mapping[str, str] | None = None) -> Call[Any]:
    """Any call of the API, for what has no call of its own here."""
    return Call(method.upper(), path, query=query or {}, content=b"" if body is None else _body(body))


def whoami() -> Call[Whoami]:
    """For whom the token acts."""
    return Call("GET", "/v1/whoami")


def post_usage(batch_id: str, records: Sequence[Mapping[str, Any]], *, atomic: bool = False) -> Call[Receipt]:
    """A batch of usage; the same `batch_id` with the same records gets the same receipt."""
    return Call("POST", "/v1/usage", content=_body({"batch_id": batch_id, "atomic": atomic, "records": list(records)}))


def post_usage_body(
    batch_id: str, content: bytes, media_type: str, *, atomic: bool = False, rows_of: str = "", first_row: int = 0
) -> Call[Receipt]:
    """A batch of usage as CSV, TSV or NDJSON; `first_row` is its first row's number in the file `rows_of`, where rows are numbered."""
    numbered = {"rows_of": rows_of or None, "first_row": first_row or None}
    query = _query(batch_id=batch_id, atomic=atomic or None, **numbered) if media_type != JSON else {}
    return Call("POST", "/v1/usage", query=query, content=content, media_type=media_type)


def usage_receipt(batch_id: str) -> Call[Receipt]:
    """A batch's receipt, with what became of its records in `counts`."""
    return Call("GET", f"/v1/usage/{_segment(batch_id)}")


def withdraw_usage(batch_id: str) -> Call[Receipt]:
    """Take a batch back."""
    return Call("DELETE", f"/v1/usage/{_segment(batch_id)}")


def clear(clearance_id: str, works: Sequence[str], use: str, day: str, model: str = "") -> Call[Clearance]:
    """Ask what may be used for `training` or `generation`, before it is."""
    body = {"clearance_id": clearance_id, "use": use, "day": day, "works": list(works)} | ({"model": model} if model else {})
    return Call("POST", "/v1/clearances", content=_body(body))


def declare(month: str, batches: int, records: int, revenue: Mapping[str, str] | None = None) -> Call[Completeness]:
    """Say what was sent for a month; `revenue` by currency."""
    body = {"month": month, "batches": batches, "records": records, "revenue": dict(revenue or {})}
    return Call("POST", "/v1/completeness", content=_body(body))


def completeness(month: str) -> Call[MonthCompleteness]:
    """What is missing of a month."""
    return Call("GET", f"/v1/completeness/{_segment(month)}")


def settle(settlement_id: str, through: str, **options: Any) -> Call[Settlement]:  # noqa: ANN401 - fields of the request
    """Settle through a month; `options` are `preview`, `early`, `strict`, `restart` and `waive`."""
    return Call("POST", "/v1/settlements", content=_body({"settlement_id": settlement_id, "through": through} | options))


def settlement(settlement_id: str, after: str = "") -> Call[Settlement]:
    """A settlement with its files behind the one called `after`."""
    return Call("GET", f"/v1/settlements/{_segment(settlement_id)}", query=_query(after=after))


def file_location(settlement_id: str, name: str) -> Call[str]:
    """Where a file of a settlement can be read, for five minutes, without a token."""
    path = "/".join(_segment(part) for part in name.split("/"))
    return Call("GET", f"/v1/settlements/{_segment(settlement_id)}/files/{path}", _location)


def statement(settlement_id: str, party_id: str = "") -> Call[Statement]:
    """A royalty statement: the token's party's own, or for finance the one named."""
    return Call("GET", f"/v1/statements/{_segment(settlement_id)}", query=_query(party_id=party_id))


def statement_file(settlement_id: str, form: str, party_id: str = "") -> Call[bytes | str]:
    """A statement as `csv`, `html`, `pdf` or `members`: its bytes, or where they can be read."""
    query = _query(format=form, party_id=party_id)
    return Call("GET", f"/v1/statements/{_segment(settlement_id)}", _bytes_or_place, query=query)


def _bytes_or_place(response: httpx.Response) -> bytes | str:
    return _location(response) if response.is_redirect else response.content


def explain(settlement_id: str, line_id: str) -> Call[Explanation]:
    """Why a line is what it is."""
    return Call("GET", f"/v1/explain/{_segment(settlement_id)}/{_segment(line_id)}")


def explain_text(settlement_id: str, line_id: str) -> Call[str]:
    """The same, to read."""
    return Call("GET", f"/v1/explain/{_segment(settlement_id)}/{_segment(line_id)}", _text, query={"format": "text"})


def _text(response: httpx.Response) -> str:
    return response.text


def events(since: str = "", kind: str = "", party: str = "", limit: int = 1_000) -> Call[Page[Event]]:
    """What the token's party is told, in order of time; `since` is an instant or a day."""
    return Call("GET", "/v1/events", query=_query(since=since, type=kind, party=party, limit=limit))
