"""What platforms, labs, rights holders and finance do, right and wrong, and what each may expect for an answer."""

from __future__ import annotations

import re
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tests.simulation import world
from tests.simulation.deeds import Deeds
from tests.simulation.market import Market
from tests.simulation.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.gateway import Response
    from local.stack import Stack

TRIES_MAX: Final = 8
TOKEN_SECONDS: Final = 3600
_TOKENS: Final[dict[tuple[Stack, str | None, str], tuple[float, str]]] = {}
WITHDRAWAL: Final = "DELETE /v1/usage/{batch_id}"


class Broken(Exception):
    """An invariant does not hold: its name, and what was seen."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant


class Actors:
    """Everybody who calls the API, with what they remember of it. `excused`: whether the last request met a fault."""

    def __init__(self, stack: Stack, dice: Random, excused: Callable[[], bool]) -> None:
        self.stack, self.dice, self._excused = stack, dice, excused
        self.reference, self.deeds = Reference(), Deeds()
        self.batches: list[tuple[str, dict[str, Any]]] = []
        self.pooled, self.in_the_way, self.market = True, "", Market(dice)
        self.unanswered: list[Callable[[], bool]] = []
        self.settlements: dict[str, dict[str, Any]] = {}
        self.short: set[tuple[str, str]] = set()
        """Who declared something else of which month than is here: finance has to waive it."""
        self.declaring: set[str] = set()
        """Whose record ever said that its months wait for a declaration; none is ever right."""
        self.unique: set[str] = set()
        """Whose record ever said that its ids are unique: something may be voided for them."""
        self._withdrawing: set[tuple[str, str]] = set()
        self._numbers = 0

    # ------------------------------------------------------------ calling

    def call(
        self, method: str, path: str, party: str | None, scope: str, json: Any = None, query: dict[str, str] | None = None
    ) -> Response:
        """One request with a token of the party."""
        reply = self.stack.http(method, path, token=self._token(party, scope), json=json, query=query)
        if reply.status == 500 and not self._excused():
            raise Broken("answered", f"{method} {path} -> 500 {reply.text} although nothing failed; sent {json}")
        if reply.status < 300:
            self.deeds.answered(method, path)
        return reply

    def told(self, path: str, party: str | None = None, scope: str = "finance", **query: str) -> dict[str, Any]:
        """What a path says while nothing fails."""
        reply = self.call("GET", path, party, scope, query=query)
        if reply.status != 200:
            raise Broken("answered", f"GET {path} {query} of {party} -> {reply.status} {reply.text[:300]}")
        return dict(reply.json())

    def items(self, path: str, party: str | None = None, scope: str = "finance", **query: str) -> list[dict[str, Any]]:
        """All items of a list while nothing fails, a page after the other where it has pages."""
        page = self.told(path, party, scope, **query)
        found = list(page["items"])
        while cursor := page.get("next_cursor"):
            page = self.told(path, party, scope, **query, cursor=cursor)
            found += page["items"]
        return found

    def as_person(self, person: str, path: str, body: Any) -> Response:
        """Somebody of finance posts in his own name."""
        reply = self.stack.http("POST", path, token=self.stack.token(None, "finance", sub=person), json=body)
        if reply.status < 300:
            self.deeds.answered("POST", path)
        return reply

    def _token(self, party: str | None, scope: str) -> str:
        """The party's token, which other runs in this process have used, too."""
        at, token = _TOKENS.get((self.stack, party, scope), (0.0, ""))
        if monotonic() - at > TOKEN_SECONDS or not token:
            at, token = _TOKENS[self.stack, party, scope] = monotonic(), self.stack.token(party, scope)
        return token

    def insist(self, send: Callable[[], Response], then: Callable[[Response], None]) -> str:
        """Send until there is an answer; a client who gives up tries again another day."""
        patience = self.dice.choice([1, TRIES_MAX])

        def once() -> bool:
            reply = send()
            if reply.status < 500:
                then(reply)
            last.append(reply.status)
            return reply.status < 500

        last: list[int] = []
        if not any(once() for _ in range(patience)):
            self.unanswered.append(once)
        return ", ".join(map(str, last))

    def number(self) -> int:
        """A number that was not used before."""
        self._numbers += 1
        return self._numbers

    def deal(self, licensor: str | None, licensee: str) -> dict[str, Any]:
        """Terms of any mechanism; in some worlds all that the market writes."""
        return self.market.deal_of(world.deal(self.dice, licensor, licensee, pooled=self.pooled), pooled=self.pooled)

    def day(self) -> str:
        past = self.dice.choice([0, 0, 1, 1, 2, 3, 5, 9, 25, 33, 62])
        return (self.stack.now - timedelta(days=past)).date().isoformat()

    # ------------------------------------------------------------ usage

    def record(self, number: int) -> dict[str, Any]:
        """A use of an output, or a play of a recording."""
        dice = self.dice
        output = dice.random() < 0.7
        record: dict[str, Any] = {
            "record_id": f"r-{number}",
            "subject": f"output:{dice.choice(world.OUTPUTS)}" if output else dice.choice(sorted(world.RECORDINGS.values())),
            "use": dice.choice(world.USES) if output else "stream",
            "used_on": self.day(),
            "quantity": dice.choice([1, 3, 12, 250, 10**6]),
            "territory": dice.choice(world.TERRITORIES),
        }
        if dice.random() < 0.7:
            record |= {"revenue": dice.choice(["0.03", "4.01", "0.000000000001", "99.5"]), "currency": dice.choice(world.CURRENCIES)}
        return record | self.market.of_a_use()

    def new_batch(self, reporter: str = "") -> str:
        """Usage, some of it with record ids that were used before."""
        size = self.dice.randint(1, 6)
        names = [self.dice.randint(1, 40) if self.dice.random() < 0.3 else 100 + self.number() for _ in range(size)]
        return self.send(reporter or self.dice.choice(world.REPORTERS), [self.record(number) for number in names])

    def send(self, reporter: str, records: list[dict[str, Any]], batch_id: str = "") -> str:
        body = {"batch_id": batch_id or f"b-{self.number()}", "records": records}
        self.batches.append((reporter, body))
        return self._post_batch(reporter, body)

    def _post_batch(self, reporter: str, body: dict[str, Any]) -> str:
        def then(reply: Response) -> None:
            if reply.status in {200, 201}:
                for kind in self.reference.batch(reporter, body, reply.json()):
                    self.deeds.did(kind)
            elif reply.status != 422 and not (reply.status == 409 and self._is_withdrawn(reporter, body["batch_id"])):
                raise Broken("committed_once", f"{reporter}'s batch {body['batch_id']} -> {reply.status} {reply.text}")

        answers = self.insist(lambda: self.call("POST", "/v1/usage", reporter, "usage.write", body), then)
        return f"{reporter} sends {body['batch_id']} of {len(body['records'])}: {answers}"

    def _is_withdrawn(self, reporter: str, batch_id: str) -> bool:
        """Or may be: a withdrawal that was not answered may have been done."""
        known = self.reference.batches.get((reporter, batch_id))
        return (reporter, batch_id) in self._withdrawing or (known is not None and known.withdrawn)

    def replay(self) -> str:
        """A batch again, byte for byte."""
        if not self.batches:
            return "nothing to send again"
        self.deeds.did("the same batch again")
        return "again, " + self._post_batch(*self.dice.choice(self.batches))

    def conflict(self) -> str:
        """A committed batch's id with other content is refused and changes nothing."""
        if not self.reference.batches:
            return "no batch to contradict"
        reporter, batch_id = self.dice.choice(sorted(self.reference.batches))
        body = {"batch_id": batch_id, "records": [self.record(900000 + self.number())]}
        reply = self.call("POST", "/v1/usage", reporter, "usage.write", body)
        if reply.status < 400:
            raise Broken("committed_once", f"other content under {reporter}'s {batch_id} -> {reply.status}")
        self.deeds.did("other content under a batch's id")
        return f"{reporter} contradicts {batch_id}: {reply.status}"

    def correct(self) -> str:
        """Some records again with another revision and content, or void; in whatever order they come."""
        if not self.batches:
            return "nothing to correct"
        reporter, body = self.dice.choice(self.batches)
        records = []
        for record in body["records"]:
            void: dict[str, Any] = {"quantity": 0} if self.dice.random() < 0.3 else {"quantity": self.dice.choice([2, 7, 40])}
            if "revenue" in record and not void["quantity"]:
                void |= {"revenue": "0"}
            records.append(record | void | {"revision": self.dice.randint(0, 3)})
        return "corrected, " + self.send(reporter, records)

    def bad_batch(self) -> str:
        """Bad records among good ones, atomic or not."""
        wrong: list[dict[str, Any]] = [
            {"quantity": -1},
            {"quantity": 1.5},
            {"subject": "isrc:nonsense"},
            {"used_on": "2031-01-01"},
            {"territory": "ZZ"},
            {"reporter": "somebody"},
            {"revenue": "1"},
        ]
        reporter = self.dice.choice(world.REPORTERS)
        records = [self.record(200000 + self.number()) for _ in range(3)]
        records[1] = records[1] | self.dice.choice(wrong)
        if "revenue" in records[1]:
            records[1].pop("currency", None)
        body = {"batch_id": f"b-{self.number()}", "records": records, "atomic": self.dice.random() < 0.5}
        self.deeds.did("a batch with a fault in it")
        return "with a fault, " + self._post_batch(reporter, body)

    def withdraw(self) -> str:
        """Take a committed batch back."""
        known = [name for name, batch in sorted(self.reference.batches.items()) if not batch.withdrawn]
        if not known:
            return "nothing to withdraw"
        reporter, batch_id = self.dice.choice(known)
        self._withdrawing.add((reporter, batch_id))

        def then(reply: Response) -> None:
            self._withdrawing.discard((reporter, batch_id))
            if reply.status < 300:
                self.reference.batches[reporter, batch_id].withdrawn = True
            elif "Not Found" not in reply.text and reply.status != 405:
                raise Broken("committed_once", f"withdrawing {reporter}'s {batch_id} -> {reply.status} {reply.text}")

        answers = self.insist(lambda: self.call("DELETE", f"/v1/usage/{quote(batch_id, safe='')}", reporter, "usage.write"), then)
        return f"{reporter} withdraws {batch_id}: {answers}"

    def expect(
        self, method: str, path: str, party: str | None, scope: str, body: Any, *also: int, then: Callable[[Response], None] | None = None
    ) -> str:
        """Insist on an answer, which is 200, 201 or one of `also`; what follows from a success."""

        def heard(reply: Response) -> None:
            if reply.status not in {200, 201, *also}:
                raise Broken("answered", f"{method} {path} of {party} -> {reply.status} {reply.text[:400]}; sent {body}")
            if reply.status < 300 and then is not None:
                then(reply)

        return self.insist(lambda: self.call(method, path, party, scope, body), heard)

    # ------------------------------------------------------------ finance

    def settle(self, through: str, settlement_id: str = "", *, preview: bool = False, waive: bool = True, **asked: bool) -> str:
        """Ask for a settlement, `strict` or to `restart` where that is asked; the answer, and what became of it, are looked at later."""
        name = settlement_id or f"{'preview' if preview else 's'}-{self.number():04d}"
        rates = [{"from": "USD", "to": "EUR", "rate": "0.9", "source": "s"}, {"from": "EUR", "to": "USD", "rate": "1.1", "source": "s"}]
        self.expect("PUT", f"/v1/fx/{name}", None, "finance", {"rates": rates}, 409)
        body: dict[str, Any] = {"settlement_id": name, "through": through, "preview": preview, "early": True} | asked
        if waive:
            lacking = self.short | {(reporter, month) for reporter in self.declaring for month in world.MONTHS}
            body["waive"] = [{"reporter": reporter, "month": month, "reason": "known"} for reporter, month in sorted(lacking)]
        reply = self.call("POST", "/v1/settlements", None, "finance", body)
        if reply.status in {200, 202}:
            self.settlements.setdefault(name, {"status": "computing", "through": through, "preview": preview})
        elif reply.status not in {409, 422, 500, 503}:
            raise Broken("answered", f"settlement {name} -> {reply.status} {reply.text}")
        found = re.search(r"settlement (\S+) is running", reply.text)
        self.in_the_way = found[1] if found else ""
        return f"finance asks for {name} through {through}: {reply.status}"

    def settled(self) -> list[str]:
        """What became of the settlements that were asked for; those newly sealed."""
        sealed = []
        for name in self._listed():
            known = self.settlements.setdefault(name, {"status": ""})
            record = self.call("GET", f"/v1/settlements/{name}", None, "finance").json()
            if known["status"] != "sealed" and record["status"] == "sealed":
                sealed.append(name)
            if known["status"] == "sealed" != record["status"]:
                raise Broken("sealed", f"{name} was sealed and is {record['status']}")
            self.settlements[name] = record
        return sealed

    def _listed(self) -> list[str]:
        listed = self.call("GET", "/v1/settlements", None, "finance").json()["items"]
        return sorted(
            record["settlement_id"] for record in listed if self.settlements.get(record["settlement_id"], {}).get("status") != "sealed"
        )
