"""One journey through a deployed stack, over HTTP and the drop bucket alone, ending in a preview that posts nothing.

It registers parties, a work and a deal under names of its own, which stay: a registry forgets nothing. The usage that it
reports is withdrawn at the end, so the month's settlement holds nothing of it.
"""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import requests

from overtone import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIMEOUT_SECONDS: Final = 30
ROUNDS_MAX: Final = 120
RATE, QUANTITY, SHARE, AMOUNT = "0.01", 12, "0.5", "0.06"
COLUMNS: Final = "record_id,subject,use,used_on,quantity,revenue,currency,territory"


class Failed(Exception):
    """The stack did not do what it should."""


class Target(Protocol):
    """A deployed stack, as seen from outside."""

    url: str
    today: str

    def token(self) -> str:
        """An access token with every scope."""
        ...

    def drop(self, key: str, body: bytes) -> None:
        """Put an object in the drop bucket."""
        ...

    def dropped(self, key: str) -> bytes | None:
        """An object of the drop bucket, if it is there."""
        ...

    def follow(self, location: str) -> bytes:
        """What a presigned link leads to."""
        ...

    def wait(self) -> None:
        """Let some time pass."""
        ...


class Names(NamedTuple):
    """What this journey calls its things."""

    lab: str
    owner: str
    work: str
    deal: str
    output: str
    batch: str
    settlement: str

    @classmethod
    def of(cls, nonce: str) -> Names:
        """Names that nobody else has."""
        kinds = ("lab", "owner", "work", "deal", "output", "batch", "preview")
        return cls(*(f"e2e-{nonce}-{kind}" for kind in kinds))


class Journey:
    """The steps, in order; each raises `Failed` where the stack answers otherwise."""

    def __init__(self, target: Target, nonce: str, out: Path, tell: Callable[[str], None]) -> None:
        self.target, self.names, self.out, self.tell = target, Names.of(nonce), out, tell

    def run(self) -> None:
        """All of it."""
        for step in (self.registers, self.reports, self.drops, self.refuses, self.accrues, self.previews, self.withdraws):
            step()
            self.tell(f"ok  {step.__doc__}")

    def registers(self) -> None:
        """parties, a work and a deal are registered with a real token"""
        lab, owner, today = self.names.lab, self.names.owner, self.target.today
        for party, kind in ((lab, "licensee"), (owner, "creator")):
            self._send("PUT", f"/v1/parties/{party}", {"name": party, "kind": kind, "country": "SE"}, 201)
        allowed = {"training": {"default": "allow"}, "generation": {"default": "allow"}}
        work = {"title": "Journey", "kind": "recording", "shares": [{"party": owner, "share": "1"}], "permissions": allowed}
        self._send("PUT", f"/v1/works/{self.names.work}", work, 201)
        terms = [{"mechanism": "per_output", "rate": RATE, "uses": ["generation"]}]
        deal = {"licensee": lab, "licensor": owner, "currency": "EUR", "from": today, "to": today, "terms": terms}
        self._send("PUT", f"/v1/deals/{self.names.deal}", deal, 201)

    def reports(self) -> None:
        """a batch and a disclosure are committed, and the batch sent again counts once"""
        lab, output = self.names.lab, self.names.output
        record = {"record_id": "r-1", "subject": f"output:{output}", "use": "generation", "used_on": self.target.today}
        batch = {"batch_id": self.names.batch, "reporter": lab, "records": [record | {"quantity": QUANTITY, "territory": "SE"}]}
        self._send("POST", "/v1/usage", batch, 201)
        again = self._send("POST", "/v1/usage", batch, 200)
        self._expect(again.headers.get("Idempotency-Replayed"), "true", "the second receipt")
        shares = [{"work": f"work:{self.names.work}", "share": SHARE}]
        disclosed = {"output_id": output, "confidence": "0.9", "shares": shares}
        method = {"model": "e2e-v1", "method": "none", "method_version": "1"}
        report = {"report_id": self.names.batch, "licensee": lab, "records": [disclosed]} | method
        self._send("POST", "/v1/attributions", report, 201)

    def drops(self) -> None:
        """a file in the drop bucket gets its receipt"""
        row = f"r-2,output:{self.names.output},stream,{self.target.today},3,,,SE"
        self.target.drop(f"usage/{self.names.lab}/{self.names.batch}.csv", f"{COLUMNS}\n{row}\n".encode())
        receipt = f"receipts/{self.names.lab}/{self.names.batch}.json"
        self._until(lambda: self.target.dropped(receipt) is not None, receipt)

    def refuses(self) -> None:
        """no token, no reporter and a float are refused as problem documents"""
        bare = requests.post(f"{self.target.url}/v1/usage", json={}, timeout=TIMEOUT_SECONDS)
        self._expect(bare.status_code, 401, "a call without a token")
        self._send("POST", "/v1/usage", {"batch_id": "b", "records": [{}]}, 403)
        record = {
            "record_id": "r",
            "subject": "output:x",
            "use": "stream",
            "used_on": self.target.today,
            "quantity": 0.5,
            "territory": "SE",
        }
        bad = self._send("POST", "/v1/usage", {"batch_id": "bad", "reporter": self.names.lab, "records": [record]}, 422)
        self._expect(bad.headers["Content-Type"].split(";")[0], "application/problem+json", "a bad batch")

    def accrues(self) -> None:
        """the schedule accrues what was accepted"""
        path = f"/v1/usage/{self.names.batch}?reporter={self.names.lab}"
        self._until(lambda: self._send("GET", path, None, 200).json()["counts"]["accrued"] == 1, path)

    def previews(self) -> None:
        """a preview settles the month, its files verify, and the line is what the deal says"""
        settlement = self.names.settlement
        asked = {"settlement_id": settlement, "through": self.target.today[:7], "preview": True, "early": True}
        self._send("POST", "/v1/settlements", asked, 202)
        path = f"/v1/settlements/{settlement}"
        self._until(lambda: self._status(path) == "previewed", path)
        folder = self._fetched(path)
        code = verify.main([str(folder)])
        self._expect(code, 0, "python -m overtone.verify")
        with (folder / "lines.csv").open(encoding="utf-8", newline="") as file:
            lines = [row for row in csv.DictReader(file) if row["deal_id"] == self.names.deal]
        self._expect([(row["party_id"], row["amount"]) for row in lines], [(self.names.owner, AMOUNT)], "lines.csv")

    def withdraws(self) -> None:
        """a correction takes the usage back, so that nothing of this is ever settled"""
        common = {"subject": f"output:{self.names.output}", "used_on": self.target.today, "revision": 1, "quantity": 0, "territory": "SE"}
        records = [common | {"record_id": "r-1", "use": "generation"}, common | {"record_id": "r-2", "use": "stream"}]
        batch = {"batch_id": f"{self.names.batch}-withdrawn", "reporter": self.names.lab, "records": records}
        self._send("POST", "/v1/usage", batch, 201)

    def _status(self, path: str) -> str:
        told = self._send("GET", path, None, 200).json()
        if told["status"] in {"refused", "failed"}:
            raise Failed(f"{path}: {told}")
        return str(told["status"])

    def _fetched(self, path: str) -> Path:
        files = self._send("GET", path, None, 200).json()["files"]
        folder = self.out / self.names.settlement
        for entry in [{"name": "manifest.json"}, *files]:
            link = self._send("GET", f"{path}/files/{entry['name']}", None, 307)
            body = self.target.follow(link.headers["Location"])
            if "sha256" in entry:
                self._expect(hashlib.sha256(body).hexdigest(), entry["sha256"], entry["name"])
            target = folder / entry["name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        return folder

    def _send(self, method: str, path: str, body: Any, status: int) -> requests.Response:
        answer = requests.request(
            method,
            f"{self.target.url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.target.token()}"},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code != status:
            raise Failed(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer

    def _expect(self, found: object, wanted: object, what: str) -> None:
        if found != wanted:
            raise Failed(f"{what}: {found!r}, expected {wanted!r}")

    def _until(self, done: Callable[[], bool], what: str) -> None:
        for _ in range(ROUNDS_MAX):
            if done():
                return
            self.target.wait()
        raise Failed(f"{what}: not within {ROUNDS_MAX} rounds")
