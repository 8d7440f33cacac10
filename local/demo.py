"""`make demo`: deploy the template on the local stand-in, play the story in events/, settle twice, leave the files in out/.

Anything unexpected ends it with an error: a status that the story does not foresee, a handler that crashed, a settlement
that was not sealed, files that do not add up.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import shutil
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from local import demo_consent
from local.stack import Stack
from overtone import money, verify
from overtone.errors import OvertoneError
from overtone.formats import statement_text
from overtone.payout.statement import Statement
from overtone.payout.words import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway import Response

ROOT: Final = Path(__file__).parent.parent
STORY: Final = ROOT / "events" / "story"
OUT: Final = ROOT / "out"
USAGE: Final = "/v1/usage"
MUSICIAN: Final = "june-calloway"
SETTLEMENTS: Final = ("2026-10", "2026-11")
LEDGER_BUCKETS: Final = 8
PARAMETERS: Final = {
    "SettleCron": "cron(0 6 10 11-12 ? *)",  # the stack is new in October: there is nothing to settle on its 10th
    "PayerName": "Overtone Demo",
    "PayerIban": "SE4090000000071234567897",
    "PayerBic": "OVTNSESS",
    "PayerAchRouting": "123456780",
    "PayerAchCompany": "1OVERTONE1",
}
TRACED: Final = "micro_royalty"
FOLDED_LINES_MAX: Final = 7
RULE: Final = "-" * 100
ACCRUE_WITHIN: Final = timedelta(minutes=15)


class Unexpected(Exception):
    """Something happened that the story does not tell."""


class Ear(logging.Handler):
    """Hears what the functions log as an error: a broken invariant, or an answer that they had not expected to give."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())

    def __enter__(self) -> Self:
        self._logger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger().removeHandler(self)

    @staticmethod
    def _logger() -> Any:
        from overtone.api.log import logger  # noqa: PLC0415 - it reads its name from the environment, which the stack sets

        return logger


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
        for number, step in enumerate(steps, start=1):
            with Ear() as ear:
                self._tick(step["at"])
                answers = [self._send(request) for request in step["requests"]]
                self._tick(_later(step["at"]))
            if ear.heard:
                raise Unexpected(f"logged as an error: {ear.heard[0]}")
            self.tell(f"[{number:2}/{len(steps)}] {step['at'][:10]}  {step['told']}{_outcome(answers)}")

    def _tick(self, now: str) -> None:
        self.stack.tick(now)
        if self.stack.errors:
            function, error = self.stack.errors[0]
            raise Unexpected(f"{function} crashed: {type(error).__name__}: {error}")

    def _send(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._drop(request) if "drop" in request else self._call(request)

    def _drop(self, request: dict[str, Any]) -> dict[str, Any]:
        key = request["drop"]
        self.stack.put_object("DropBucket", key, (STORY / request["body"]).read_bytes())
        self.stack.drain()
        receipt: dict[str, Any] = json.loads(
            self.stack.objects("DropBucket")[f"receipts/{key.removeprefix('usage/').rsplit('.', 1)[0]}.json"]
        )
        if receipt.get("status") != "committed" or receipt["rejected"]:
            raise Unexpected(f"{key}: {receipt}")
        return receipt | {"path": USAGE, "http_status": None}

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        sender = (request["party"], request["scope"])
        if sender not in self._tokens:
            self._tokens[sender] = self.stack.token(*sender)
        body, headers = (STORY / request["body"]).read_bytes(), {"content-type": "application/json"}
        answer = self.stack.http(request["method"], request["path"], token=self._tokens[sender], body=body, headers=headers)
        if answer.status != request["status"]:
            raise Unexpected(f"{request['method']} {request['path']} ({request['body']}): {answer.status} {answer.text}")
        receipt: dict[str, Any] = answer.json()
        return receipt | {"path": request["path"], "http_status": answer.status}


def _later(at: str) -> str:
    return (datetime.fromisoformat(at) + ACCRUE_WITHIN).isoformat()


def _outcome(answers: list[dict[str, Any]]) -> str:
    """How much was sent, and what was seen of it before."""
    batches = [answer for answer in answers if answer["path"] == USAGE]
    if not batches:
        return f" ({len(answers)} requests)" if len(answers) > 1 else ""
    records = sum(answer["accepted"] for answer in batches)
    told = f": {records} records in {len(batches)} batch{'es' if len(batches) > 1 else ''}"
    if any(answer["http_status"] is None for answer in batches):
        told += ", one of them a dropped file"
    if all(answer["http_status"] == 200 for answer in batches):
        told += "; the first receipt came back, nothing counts twice"
    return told


class Office:
    """Finance, with nothing but a token: downloads settlements and checks them."""

    def __init__(self, stack: Stack, out: Path) -> None:
        self.stack = stack
        self.out = out
        self._token = stack.token(None, "finance")

    def sealed(self) -> list[str]:
        """The ids of all settlements, oldest first; each must be sealed."""
        listed = self._get("/v1/settlements").json()["items"]
        if unsealed := [entry for entry in listed if entry["status"] != "sealed"]:
            raise Unexpected(f"not sealed: {unsealed[0]}")
        return sorted(entry["settlement_id"] for entry in listed)

    def fetch(self, settlement_id: str) -> Path:
        """A settlement's files: listed, then each through its link."""
        told = self._get(f"/v1/settlements/{settlement_id}").json()
        folder = self.out / settlement_id
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("manifest.json", *(entry["name"] for entry in told["files"])):
            link = self._get(f"/v1/settlements/{settlement_id}/files/{name}", status=307)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._get(link.headers["location"]).body)
        return folder

    def explain(self, settlement_id: str, line_id: str) -> str:
        """Where a line comes from, in words."""
        return self._get(f"/v1/explain/{settlement_id}/{line_id}", query={"format": "text"}).text

    def _get(self, path: str, *, status: int = 200, query: dict[str, str] | None = None) -> Response:
        answer = self.stack.http("GET", path, token=self._token, query=query)
        if answer.status != status:
            raise Unexpected(f"GET {path}: {answer.status} {answer.text}")
        return answer


def checked(folder: Path) -> str:
    """What `python -m overtone.verify` concludes; raises `Unexpected` where a check fails."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verify.main([str(folder)])
    if code:
        raise Unexpected(said.getvalue())
    return said.getvalue().splitlines()[-1]


def in_short(folder: Path) -> str:
    """What a settlement came to, by currency."""
    totals = json.loads((folder / "manifest.json").read_bytes())["totals"]
    owed = ", ".join(f"{total['currency']} {shown(total['owed'], total['currency'])}" for total in totals if total["owed"] != "0")
    paid = ", ".join(f"{total['currency']} {shown(total['paid'], total['currency'])}" for total in totals if total["paid"] != "0")
    return f"owed {owed or 'nothing'}; paid {paid or 'nothing'}"


def statement_of(folder: Path) -> Statement:
    """The musician's statement in a settlement."""
    return Statement.parse((folder / "statements" / f"{MUSICIAN}.json").read_bytes())


def traced_line(told: Statement) -> str:
    """The line whose way back is printed: the micro-royalty with the fewest generations behind it."""
    lines = [line for source in told.sources if source.mechanism == TRACED for work in source.works for line in work.lines]
    return min(lines, key=lambda line: money.parse_amount(line.quantity)).line_id


def folded(text: str) -> str:
    """The first lines of each paragraph, and how many more it has."""
    kept = []
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        left = len(lines) - FOLDED_LINES_MAX
        kept.append("\n".join(lines if left <= 0 else [*lines[:FOLDED_LINES_MAX], f"  … {left} lines more"]))
    return "\n\n".join(kept) + "\n"


def run(stack: Stack, out: Path, tell: Callable[[str], None]) -> None:
    """The whole demo on a deployed stack."""
    Player(stack, tell).play()
    office = Office(stack, out)
    folders = {settlement_id: office.fetch(settlement_id) for settlement_id in office.sealed()}
    for folder in folders.values():
        tell(f"{checked(folder)}: {in_short(folder)}")
    first, second = (statement_of(folders[settlement_id]) for settlement_id in SETTLEMENTS)
    tell("\n" + statement_text.render(first))
    tell(f"{RULE}\nOne line, traced back to what was used\n{RULE}")
    line_id = traced_line(first)
    explained = out / f"explained-{line_id}.txt"
    explained.write_text(office.explain(first.settlement_id, line_id), encoding="utf-8")
    tell(folded(explained.read_text(encoding="utf-8")))
    tell(f"{RULE}\nWho asked, and who did not\n{RULE}")
    tell(demo_consent.told(stack, folders[SETTLEMENTS[0]]) + "\n")
    tell(f"{RULE}\nThe month after: what came late, as {len(second.adjustments)} corrections; nothing sealed was changed\n{RULE}")
    tell("\n".join(statement_text.render(second).split("\nCorrections of settlement")[0].splitlines()[3:]))
    tell("")
    for settlement_id, folder in folders.items():
        files = sum(path.is_file() for path in folder.rglob("*"))
        tell(f"{os.path.relpath(folder)}/  {files} files of settlement {settlement_id}")
    tell(f"{os.path.relpath(folders[SETTLEMENTS[0]])}/statements/{MUSICIAN}.pdf  is her statement as she gets it")
    tell(f"{os.path.relpath(explained)}  is the whole way back of the line above")


def performed(parameters: dict[str, Any], play: Callable[[Stack], None]) -> int:
    """Play something on a stack of its own; exit code 0 only if nothing happened that it does not tell."""
    began = time.monotonic()
    stack = Stack.deploy(ROOT / "template.yaml", parameters)
    try:
        play(stack)
    except (Unexpected, OvertoneError) as error:
        print(f"unexpected: {error}", file=sys.stderr)
        return 1
    finally:
        stack.close()
    print(f"Done in {time.monotonic() - began:.0f} s.")
    return 0


def main() -> int:
    """Exit code 0 only if all went as the story tells."""
    parser = argparse.ArgumentParser(description="Play a month of a session guitarist on the local stack.")
    parser.add_argument("--out", type=Path, default=OUT, help="where the settlement files go")
    parser.add_argument("--ledger-buckets", type=int, default=LEDGER_BUCKETS, help="changes no figure")
    options = parser.parse_args()
    print("Deploying template.yaml on the local stand-in for AWS …", flush=True)
    parameters = PARAMETERS | {"LedgerBuckets": options.ledger_buckets}
    return performed(parameters, lambda stack: run(stack, options.out, lambda text: print(text, flush=True)))


if __name__ == "__main__":
    sys.exit(main())
