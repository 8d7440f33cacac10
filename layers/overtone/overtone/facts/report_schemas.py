"""What the records of reports hold, as JSON Schemas: they are read one by one, so that a bad one does not take the others with it."""

from typing import Any, Final

from overtone.facts.limits import EVIDENCE_URI_LENGTH_MAX, OUTPUT_SHARES_MAX, REVISION_MAX, WEIGHT_DIGITS_MAX
from overtone.facts.splits import SPLITS
from overtone.fields import SHARE_PATTERN

_TEXT: Final = {"type": "string"}
_SHARE: Final = _TEXT | {"pattern": SHARE_PATTERN, "examples": ["0.31"]}
_WORK: Final = {"type": "string", "examples": ["isrc:SEABC2600001", "iswc:T0345246801"]}
_WEIGHT: Final = rf"^(0|[1-9]\d{{0,{WEIGHT_DIGITS_MAX - 1}}})(\.\d{{1,9}})?$"


def _closed(required: tuple[str, ...], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


_ATTRIBUTED: Final = _closed(("work", "share"), work=_WORK, share=_SHARE, side=_TEXT | {"enum": list(SPLITS)}, confidence=_SHARE)
_EVIDENCE: Final = _closed(
    ("uri", "sha256"),
    uri={"type": "string", "maxLength": EVIDENCE_URI_LENGTH_MAX},
    sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
)
DISCLOSED_OUTPUT: Final = _closed(
    ("output_id", "confidence", "shares"),
    output_id=_TEXT,
    revision={"type": "integer", "minimum": 0, "maximum": REVISION_MAX, "default": 0},
    confidence=_SHARE,
    basis=_TEXT | {"enum": ["together", "by_side"], "default": "together"},
    shares={"type": "array", "items": _ATTRIBUTED, "maxItems": OUTPUT_SHARES_MAX},
    evidence=_EVIDENCE,
)
"""A record of `POST /v1/attributions`."""
_COUNTED: Final = {"anyOf": [{"type": "string", "pattern": _WEIGHT}, {"type": "integer", "minimum": 0}]}
TRAINED_WORK: Final = _closed(("work",), work=_WORK, weight=_COUNTED | {"default": "1", "examples": ["3.5", 1200]})
"""A work of `POST /v1/training-runs`."""
