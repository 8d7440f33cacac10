"""Errors as RFC 9457 problem documents: the one place where a domain error gets an HTTP answer."""

from typing import Any, Final

from overtone.api.log import logger, ring
from overtone.errors import InvariantBroken, OvertoneError

MEDIA_TYPE: Final = "application/problem+json"
FAULTS_LISTED_MAX: Final = 1_000
"""Faults in one answer; Lambda's answer is limited to 6 MB."""


def problem_of(error: Exception) -> dict[str, Any]:
    """The problem document of any error. What is not ours says nothing of its inside."""
    if isinstance(error, InvariantBroken):
        ring(error)
    elif not isinstance(error, OvertoneError):
        logger.exception("unexpected error", exc_info=error)
        error = OvertoneError("the cause is in the log; send the same request again later")
    kind = type(error)
    document: dict[str, Any] = {
        "type": f"urn:overtone:problem:{_kebab(kind.__name__)}",
        "title": kind.title,
        "status": kind.status,
        "detail": str(error),
    }
    if error.faults:
        document["errors"] = [fault.to_json() for fault in error.faults[:FAULTS_LISTED_MAX]]
    return document


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
