"""JSON schemas of bodies that are read by hand, which several routes or the OpenAPI document need."""

from typing import Any, Final

from overtone.facts.limits import BATCH_RECORDS_MAX, QUANTITY_MAX, RECORD_ID_LENGTH_MAX, REVISION_MAX
from overtone.facts.usage import Records
from overtone.facts.usage_kinds import KNOWN_USES, USE_LENGTH_MAX

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_DECIMAL: Final = {"type": "string", "pattern": r"^(0|[1-9]\d*)(\.\d+)?$"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON schemas
    return {"type": "object", "required": required, "properties": properties}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON schemas
    return _object(required, **properties) | {"additionalProperties": False}


def _list(items: dict[str, Any], most: int | None = None) -> dict[str, Any]:
    return {"type": "array", "items": items} | ({"maxItems": most} if most else {})


_USAGE_RECORD: Final = _closed(
    [name for name in Records._fields if name not in {"revision", "revenue", "currency"}],
    record_id={"type": "string", "minLength": 1, "maxLength": RECORD_ID_LENGTH_MAX},
    revision={"type": "integer", "minimum": 0, "maximum": REVISION_MAX, "default": 0},
    subject={"type": "string", "description": "output:<id> or isrc:<ISRC>"},
    use={"type": "string", "maxLength": USE_LENGTH_MAX, "examples": list(KNOWN_USES), "description": "what was done with it; an open list"},
    used_on={"type": "string", "format": "date"},
    quantity={"type": "integer", "minimum": 0, "maximum": QUANTITY_MAX, "description": "0 voids the record"},
    revenue=_DECIMAL,
    currency={"type": "string", "description": "ISO 4217; goes with revenue"},
    territory={"type": "string", "description": "ISO 3166-1 alpha-2, or *"},
    reporter=_TEXT,
)
USAGE_BATCH: Final = _closed(
    ["batch_id", "records"],
    batch_id=_TEXT,
    atomic={"type": "boolean", "default": False},
    reporter=_TEXT,
    records=_list(_USAGE_RECORD, BATCH_RECORDS_MAX),
)
_FAULT: Final = _object(["message"], index=_COUNT, record_id=_TEXT, field=_TEXT, message=_TEXT)
RECEIPT: Final = _object(
    ["status", "received", "accepted", "rejected", "digest", "accepted_at"],
    batch_id=_TEXT,
    reporter=_TEXT,
    status={"enum": ["committed", "withdrawn"]},
    received=_COUNT,
    accepted=_COUNT,
    rejected=_list(_FAULT),
    digest=_TEXT,
    accepted_at={"type": "string", "format": "date-time"},
    counts={"type": "object", "additionalProperties": _COUNT},
)
USAGE_RECORDS: Final = _object(["records"], records=_list(_USAGE_RECORD), next=_TEXT)
COMPLETENESS: Final = _object(
    ["month", "complete", "reporters"], month=_TEXT, complete={"type": "boolean"}, reporters=_list({"type": "object"})
)

_REPLAYED: Final = "The same again: its first receipt, with Idempotency-Replayed: true"
RECEIPTS: Final = {201: RECEIPT, 200: _REPLAYED}
