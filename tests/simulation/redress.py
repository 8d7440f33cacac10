"""What is moved, taken back, paid back or given up: corrections that move a record, withdrawn reports, reversals, refunds, write-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tests.simulation import world
from tests.simulation.actors import Broken
from tests.simulation.invariants import BROUGHT_OVER

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.gateway import Response
    from tests.simulation.actors import Actors

PERSONS: Final = ("p-1", "p-2")
FORGOTTEN: Final = 0.3
"""How often a record that is moved does not say from where."""


class Redress:
    """Those who said or paid something wrong, and put it right."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice, self.stack = actors, dice, actors.stack
        self._asked: list[str] = []

    def acts(self) -> dict[Callable[[], str], int]:
        """What they do, and how often among what everybody does."""
        return {
            self.move: 2,
            self.withdraw_report: 1,
            self.withdraw_run: 1,
            self.reverse: 2,
            self.refund: 1,
            self.write_off: 1,
            self.bring_over: 1,
            self.claim_opened: 1,
        }

    # ------------------------------------------------------------ what was said

    def move(self) -> str:
        """A record stood under the wrong day or subject; it says where, or forgets to."""
        dice = self._dice
        sent = [(reporter, record) for reporter, body in self._actors.batches for record in body["records"] if "replaces" not in record]
        if not sent:
            return "nothing to move"
        reporter, record = dice.choice(sent)
        name = dice.choice(["used_on", "subject"])
        told: dict[str, Any] = {"used_on": self._actors.day(), "subject": f"output:{dice.choice(world.OUTPUTS)}"}
        if told[name] == record[name]:
            return "it stands there already"
        moved = record | {name: told[name], "replaces": {name: record[name]}, "revision": dice.randint(1, 4)}
        if dice.random() < FORGOTTEN:
            del moved["replaces"]
        return f"the {name} corrected, {self._actors.send(reporter, [moved])}"

    def withdraw_report(self, *, forgotten: bool = False) -> str:
        """A lab takes a report of outputs back: it was never said. Of what is `forgotten` nobody may know any more."""
        known = sorted({(known[2], known[1]) for known in self._actors.reference.disclosures})
        if not known:
            return "no report to take back"
        lab, report = self._dice.choice(known)

        def then(reply: Response) -> None:
            self._fine(reply, "withdrawing", report, *([404] if forgotten else []))
            self._actors.reference.withdraw_report(lab, report)

        return f"{lab} takes report {report} back: {self._insist('DELETE', f'/v1/attributions/{quote(report, safe=str())}', lab, then)}"

    def withdraw_run(self) -> str:
        """A lab takes a training run back."""
        reference = self._actors.reference
        known = sorted(name for name, run in reference.runs.items() if (name[0], run["whole"]) not in reference.restated)
        if not known:
            return "no run to take back"
        lab, run = self._dice.choice(known)

        def then(reply: Response) -> None:
            self._fine(reply, "withdrawing", run)
            self._actors.reference.withdraw_run(lab, run)

        return f"{lab} takes run {run} back: {self._insist('DELETE', f'/v1/training-runs/{run}', lab, then)}"

    def _insist(self, method: str, path: str, party: str, then: Callable[[Response], None]) -> str:
        return self._actors.insist(lambda: self._actors.call(method, path, party, "disclosures.write"), then)

    @staticmethod
    def _fine(reply: Response, what: str, name: str, *also: int) -> None:
        if reply.status >= 300 and reply.status not in also:
            raise Broken("answered", f"{what} {name} -> {reply.status} {reply.text[:300]}")

    # ------------------------------------------------------------ what was paid

    def _listed(self, path: str) -> list[dict[str, Any]]:
        reply = self._actors.call("GET", path, None, "finance")
        return list(reply.json()["items"]) if reply.status == 200 else []

    def reverse(self) -> str:
        """The bank takes a licensee's money back, or it had never come."""
        came = [one for one in self._listed("/v1/collections") if "reversal" not in one]
        if not came:
            return "no money came that could go back"
        name = self._dice.choice(came)["collection_id"]
        body = {
            "kind": self._dice.choice(["recalled", "posted_wrongly"]),
            "reversed_on": self.stack.now.date().isoformat(),
            "evidence": "e",
        }

        def then(reply: Response) -> None:
            self._fine(reply, "reversing", name, 409, 422)

        path = f"/v1/collections/{name}:reverse"
        answers = self._actors.insist(lambda: self._actors.call("POST", path, None, "finance", body), then)
        return f"{name} is {body['kind']}: {answers}"

    def refund(self) -> str:
        """A licensee's credit is paid back, when two of finance agree."""
        body = {"refund_id": f"f-{self._actors.number()}", "licensee": self._dice.choice(world.LABS), "currency": "EUR", "amount": "0.01"}
        return self._agreed("/v1/refunds", "refund_id", body | {"reason": "r", "evidence": "e"})

    def write_off(self) -> str:
        """Finance gives an invoice up, when two of them agree."""
        unpaid = [one["number"] for one in self._listed("/v1/invoices") if one["status"] in {"open", "part_paid"}]
        if not unpaid:
            return "every invoice is paid"
        body = {"write_off_id": f"o-{self._actors.number()}", "invoice": self._dice.choice(unpaid), "reason": "r", "evidence": "e"}
        return self._agreed("/v1/write-offs", "write_off_id", body)

    def bring_over(self) -> str:
        """Balances of another system, and what waited there, before anything is settled."""
        dice = self._dice
        ann, bob, cid = (dice.choice(world.HOLDERS) for _ in range(3))
        balances: list[dict[str, Any]] = [
            {"party": ann, "currency": "EUR", "balance": "40.5", "reserve": dice.choice(["0", "7.25"]), "periods": 2},
            {"party": bob, "currency": dice.choice(world.CURRENCIES), "balance": dice.choice(["-3", "0.000000000001"])},
            {"party": cid, "currency": "EUR", "deal_id": "open-fox", "licensee": "fox", "unrecouped": "11"},
            {"suspense": "unclaimed_share", "month": "2026-05", "currency": "EUR", "balance": "9.75", "work": "rec-0", "title": "Rec-0"},
        ]
        some = dice.sample(balances, dice.randint(1, len(balances)))
        body = {"opening_id": f"open-{self._actors.number()}", "evidence": "the books of before", "balances": some}
        return self._agreed("/v1/opening-balances", "opening_id", body)

    def claim_opened(self) -> str:
        """What waited in another system's suspense is found to be somebody's."""
        waiting = [one for one in self._listed("/v1/suspense") if one["mechanism"] == BROUGHT_OVER]
        if not waiting:
            return "nothing of another system waits"
        one = self._dice.choice(waiting)
        opened = {"opening_id": one["deal_id"], "reason": one["reason"], "month": one["usage_month"], "work": one["work_id"]}
        body = {"adjustment_id": f"own-{self._actors.number()}", "party": self._dice.choice(world.HOLDERS), "currency": one["currency"]}
        body |= {"amount": self._dice.choice([one["amount"], "0.5"]), "reason": "r", "evidence": "e", "suspense": opened}
        return self._agreed("/v1/adjustments", "adjustment_id", body)

    def _agreed(self, path: str, name: str, body: dict[str, Any]) -> str:
        """One proposes; nobody accepts his own; another accepts."""
        proposed = self._as_person(PERSONS[0], path, body)
        self._fine(proposed, "proposing", path, 409, 422, 500, 503)
        if proposed.status >= 300:
            return f"{path} of {body} is refused: {proposed.status}"
        accept = f"{path}/{body[name]}:accept"
        if self._as_person(PERSONS[0], accept, None).status < 300:
            raise Broken("agreed", f"one person proposed and accepted {body}")
        accepted = self._as_person(PERSONS[1], accept, None)
        self._fine(accepted, "accepting", accept, 409, 422, 500, 503)
        return f"{path} of {body} is proposed, and accepted by another: {accepted.status}"

    def _as_person(self, person: str, path: str, body: Any) -> Response:
        return self._actors.as_person(person, path, body)
