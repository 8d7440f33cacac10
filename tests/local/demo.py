"""`make demo`: deploy the template on the local stand-in, play the story in events/, settle twice, leave the files in out/.

Anything unexpected ends it with an error: a status that the story does not foresee, a handler that crashed, a settlement
that was not sealed, files that do not add up.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from overtone import verify
from overtone.formats import statement_text
from overtone.statement import Statement
from tests.local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parent.parent.parent
STORY: Final = ROOT / "events" / "story"
OUT: Final = ROOT / "out"
MUSICIAN: Final = "june-calloway"
SETTLEMENTS: Final = ("2026-10", "2026-11")
LEDGER_BUCKETS: Final = 8
ACCRUE_WITHIN: Final = timedelta(minutes=15)


class Unexpected(Exception):
    """Something happened that the story does not tell."""


class Player:
    """Plays the story's steps on a stack, as its parties."""

    def __init__(self, stack: Stack, tell: Callable[[str], None]) -> None:
        self.stack = stack
        self.tell = tell
        self._tokens: dict[tuple[str, str], str] = {}

    def play(self) -> None:
        """Every step, and what the schedules do in between."""
        steps = json.loads((STORY / "story.json").read_bytes())["steps"]
        self.stack.at(steps[0]["at"])
        for step in steps:
            self._tick(step["at"])
            answers = [self._send(request) for request in step["requests"]]
            self._tick(_later(step["at"]))
            self.tell(f"{step['at'][:10]}  {step['told']}{_outcome(answers)}")

    def _tick(self, now: str) -> None:
        self.stack.tick(now)
        if self.stack.errors:
            function, error = self.stack.errors[0]
            raise Unexpected(f"{function} crashed: {type(error).__name__}: {error}")

    def _send(self, request: dict[str, Any]) -> dict[str, Any]:
        sender = (request["party"], request["scope"])
        if sender not in self._tokens:
            self._tokens[sender] = self.stack.token(*sender)
        body, headers = (STORY / request["body"]).read_bytes(), {"content-type": "application/json"}
        answer = self.stack.http(request["method"], request["path"], token=self._tokens[sender], body=body, headers=headers)
        if answer.status != request["status"]:
            raise Unexpected(f"{request['method']} {request['path']} ({request['body']}): {answer.status} {answer.text}")
        return {"path": request["path"], "status": answer.status} | (answer.json() if answer.body else {})


def _later(at: str) -> str:
    return (datetime.fromisoformat(at) + ACCRUE_WITHIN).isoformat()


def _outcome(answers: list[dict[str, Any]]) -> str:
    """How much was sent, and what was seen of it before."""
    batches = [answer for answer in answers if answer["path"] == "/v1/usage"]
    if not batches:
        return f": {len(answers)} requests" if answers else ""
    records = sum(answer["accepted"] for answer in batches)
    again = "; the first receipt came back, nothing counts twice" if all(a["status"] == 200 for a in batches) else ""
    return f": {records} records in {len(batches)} batch{'es' if len(batches) > 1 else ''}{again}"


def fetch(stack: Stack, settlement_id: str) -> Path:
    """A settlement's files as finance downloads them: listed, then each through its link."""
    token = stack.token(None, "finance")
    told = stack.http("GET", f"/v1/settlements/{settlement_id}", token=token)
    if told.status != 200 or told.json()["status"] != "sealed":
        raise Unexpected(f"settlement {settlement_id} is not sealed: {told.status} {told.text}")
    folder = OUT / settlement_id
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("manifest.json", *(entry["name"] for entry in told.json()["files"])):
        link = stack.http("GET", f"/v1/settlements/{settlement_id}/files/{name}", token=token)
        content = stack.http("GET", link.headers["location"])
        if (link.status, content.status) != (307, 200):
            raise Unexpected(f"{settlement_id}/{name}: {link.status}, {content.status}")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.body)
    return folder
