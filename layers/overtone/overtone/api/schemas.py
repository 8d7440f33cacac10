"""JSON schemas of what is read by hand: bodies, and a header."""

from typing import Any, Final

from overtone.facts.limits import BATCH_RECORDS_MAX, QUANTITY_MAX, RECORD_ID_LENGTH_MAX, REVISION_MAX
from overtone.facts.usage import Records
from overtone.facts.usage_kinds import KNOWN_USES, USE_LENGTH_MAX

_TEXT: Final = {"type": "string"}
_AS_WRITTEN: Final = {
    "type": "string",
    "pattern": r"^(\+?(\d+\.?\d*|\.\d+)|-(0+\.?0*|\.0+))$",
    "description": "Any xs:decimal of 0 or more; its shortest form is kept",
}


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
    subject=_TEXT,
    use={"type": "string", "maxLength": USE_LENGTH_MAX, "examples": list(KNOWN_USES), "description": "what was done with it; an open list"},
    used_on={"type": "string", "format": "date"},
    quantity={"type": "integer", "minimum": 0, "maximum": QUANTITY_MAX},
    revenue=_AS_WRITTEN,
    currency={"type": "string"},
    territory={"type": "string"},
    reporter=_TEXT,
    service={"type": "string", "examples": ["free", "premium"], "description": "which of the reporter's services, if it has several"},
    royalty_bearing={"type": "boolean", "default": True},
    replaces=_closed([], used_on={"type": "string", "format": "date"}, subject=_TEXT),
)
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Stands for the body's id where the body has none: 1 to 128 of letters, digits, `.`, `_`, `~`, `-`, such as a UUID",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$"},
}
CLOUD_EVENT: Final = _object(
    ["specversion", "id", "source", "type", "data"],
    specversion={"type": "string", "const": "1.0", "description": "The version of CloudEvents"},
    id={"type": "string", "minLength": 1, "description": "The record's id"},
    source={"type": "string", "minLength": 1, "description": "A URI whose last part is the reporter"},
    type={"type": "string", "minLength": 1, "description": "What it tells of; any word"},
    subject=_TEXT | {"description": "The record's subject, unless `data` says so"},
    time={"type": "string", "description": "When it was; its day is the record's `used_on`, unless `data` says so"},
    data={"type": "object", "additionalProperties": True, "description": "The record without its `record_id`"},
) | {"title": "CloudEvent", "description": "A usage record as an event of CloudEvents 1.0.", "additionalProperties": True}
USAGE_BATCH: Final = _closed(
    ["batch_id", "records"],
    batch_id=_TEXT,
    atomic={"type": "boolean", "default": False},
    reporter=_TEXT,
    records=_list(_USAGE_RECORD, BATCH_RECORDS_MAX),
) | {"title": "UsageBatch", "description": "A batch of usage."}
