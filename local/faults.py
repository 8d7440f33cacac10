"""Failures on demand: a worker that dies between any two writes, an answer that gets lost, a batch that is half done."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import get_ident
from typing import TYPE_CHECKING, Any

from local.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

WRITES = {
    "dynamodb": {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"},
    "s3": {"PutObject", "DeleteObject", "DeleteObjects", "CopyObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"},
    "sqs": {"SendMessage", "SendMessageBatch"},
    "stepfunctions": {"StartExecution"},
}


class WorkerKilled(BaseException):
    """The process is gone. Not an `Exception`: no handler may catch it, as none can catch its own death."""


@dataclass
class Faults:
    """Counts the writes that handlers issue, and breaks one of them when asked."""

    writes: int = 0
    fired: bool = False
    _allowed: int | None = None
    _service: str | None = None
    _lost_response: bool = False
    _error: Exception | None = None
    _dead: bool = False
    _struck: bool = False
    _unprocessed: int = field(default=0)
    _denied: str = ""
    _reads_let: int = 0
    _reads_denied: int | None = None
    _thread: int | None = None
    _unreachable: str = ""

    def fail_after(self, writes: int, *, service: str | None = None, lost_response: bool = False, error: Exception | None = None) -> None:
        """Lets so many writes (of one service, or of any) pass and breaks the next one, once.

        `lost_response` applies that write before the worker dies. `error` is raised in its place, and the worker lives on.
        """
        self.clear()
        self._allowed, self._service, self._lost_response, self._error = writes, service, lost_response, error

    def kill_at(self, calls: int, *, answered: bool = False) -> None:
        """Lets so many calls of any kind pass, reads too, and kills the worker before the next one, or once it is `answered`.

        What a handler asks on threads of its own has no order: those calls are not counted.
        """
        self.fail_after(calls, lost_response=answered)
        self._thread = get_ident()

    def unprocessed(self, calls: int) -> None:
        """Makes the next so many batch calls leave half of their requests unprocessed."""
        self._unprocessed = calls

    def deny(self, pattern: str, *, after: int = 0, times: int | None = None) -> None:
        """Denies reads of objects whose key fits a pattern, all (or so many) behind the first `after`: a policy, or a disabled key."""
        self.clear()
        self._denied, self._reads_let, self._reads_denied = pattern, after, times

    def unreachable(self, pattern: str) -> None:
        """What schedules start takes nothing where its ARN fits a pattern: it is throttled for as long as a schedule tries, or gone."""
        self._unreachable = pattern

    def reaches(self, target_arn: str) -> bool:
        """Whether what a schedule starts takes it."""
        return not (self._unreachable and fnmatchcase(target_arn, self._unreachable))

    def clear(self) -> None:
        """No faults, and the count at zero."""
        self.__init__()  # type: ignore[misc]

    def invocation_ended(self) -> None:
        """The next invocation is a new process."""
        self._dead = False

    def before_call(self, service: str, operation: str) -> None:
        """Called before a handler's request leaves; raises what was asked for."""
        if self._dead:
            raise WorkerKilled
        if self._thread is not None:
            if self._thread != get_ident():
                return
        elif operation not in WRITES.get(service, ()) or self._service not in {None, service}:
            return
        due = self._allowed is not None and not self.fired and self.writes == self._allowed
        self.writes += 1
        if not due:
            return
        self.fired = True
        if self._error is not None:
            raise self._error
        if self._lost_response:
            self._struck = True
            return
        self._dead = True
        raise WorkerKilled

    def before_read(self, operation: str, params: Mapping[str, Any]) -> None:
        """Called before a handler reads an object; raises where that is denied, as S3 says it to whom may list the bucket too."""
        if not self._denied or operation not in {"GetObject", "HeadObject"} or not fnmatchcase(params["Key"], self._denied):
            return
        self._reads_let -= 1
        if self._reads_let >= 0 or self._reads_denied == 0:
            return
        if self._reads_denied is not None:
            self._reads_denied -= 1
        self.fired = True
        raise refusal("403" if operation == "HeadObject" else "AccessDenied", "Access Denied", operation, 403)

    def after_call(self) -> None:
        """Called when an answer came back; it gets lost here if asked."""
        if self._struck and self._thread in {None, get_ident()}:
            self._struck, self._dead = False, True
            raise WorkerKilled

    def split(self, requests: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
        """A batch as it is, or its halves: what is done now and what is left over."""
        if not self._unprocessed:
            return requests, {}
        self._unprocessed -= 1
        flat = [(table, request) for table, group in requests.items() for request in group]
        cut = max(1, len(flat) // 2) if len(flat) > 1 else 0
        return _by_table(flat[:cut]), _by_table(flat[cut:])


def _by_table(flat: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    tables: dict[str, list[Any]] = {}
    for table, request in flat:
        tables.setdefault(table, []).append(request)
    return tables
