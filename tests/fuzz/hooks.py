"""What schemathesis must be told to send lines and tables: a body that the document calls a text goes as that text."""

from __future__ import annotations

from typing import Any

import schemathesis  # type: ignore[import-not-found] # it lives in an environment of its own


@schemathesis.serializer("application/x-ndjson", "text/csv", "text/tab-separated-values", "application/gzip")  # type: ignore[untyped-decorator]
def text(_context: Any, value: Any) -> bytes:
    """The bytes of a body."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
