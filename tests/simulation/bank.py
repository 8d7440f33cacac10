"""What banks answer to payments, in any order, late and again: executed, refused, returned, a second upload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from random import Random

    from local.gateway import Response
    from tests.simulation.actors import Actors

REFUSALS: Final = ("AC01", "AC04", "AM05", "MS03")
"""A wrong account, a closed one, a second upload, no reason said."""


LATE: Final = 0.5
"""How often it answers to the oldest of its files."""


class Bank:
    """Where the payments of sealed settlements are sent."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice, self.stack = actors, dice, actors.stack

    def answer(self) -> str:
        """It says of some payments what became of them."""
        sealed = sorted(name for name, record in self._actors.settlements.items() if record["status"] == "sealed")
        if not sealed:
            return "no bank was asked for anything"
        self._dice.shuffle(sealed)
        if self._dice.random() < LATE:
            sealed.sort(key=lambda name: str(self._actors.settlements[name]["sealed_at"]))
        settlement, paid = next(((name, paid) for name in sealed if (paid := self._payments(name))), ("", []))
        if not paid:
            return f"none of {len(sealed)} settlements pays anybody"
        chosen = self._dice.sample(paid, self._dice.randint(1, min(3, len(paid))))
        lines = []
        for payment in chosen:
            status = self._dice.choice(["executed", "executed", "refused", "returned"])
            lines.append(f"{payment},{status},{'' if status == 'executed' else self._dice.choice(REFUSALS)}")
        body = "\n".join(["payment_id,status,reason", *lines]) + "\n"

        def send() -> Response:
            path = f"/v1/settlements/{settlement}/acknowledgements"
            return self.stack.http("POST", path, token=self.stack.token(None, "finance"), body=body, headers={"content-type": "text/csv"})

        def then(reply: Response) -> None:
            if reply.status < 300:
                self._told(settlement, reply.json())
            elif reply.status != 422:
                raise Broken("answered", f"the bank's answer to {settlement} -> {reply.status} {reply.text[:300]}; sent {body}")

        return f"the bank answers to {settlement}, {', '.join(lines)}: {self._actors.insist(send, then)}"

    def _told(self, settlement: str, answer: dict[str, Any]) -> None:
        did, later = self._actors.deeds.did, self._is_older(settlement)
        if answer["executed"]:
            did("a payment executed")
        for effect in answer["returned"]:
            did(f"a payment {effect['status']}")
            if later and effect["status"] == "refused":
                did("a refusal after a later settlement")

    def _is_older(self, settlement: str) -> bool:
        """Whether another was sealed since."""
        known = self._actors.settlements
        return any(r["status"] == "sealed" and r["sealed_at"] > known[settlement]["sealed_at"] for r in known.values())

    def _payments(self, settlement: str) -> list[str]:
        reply = self._actors.call("GET", "/v1/payments", None, "finance", query={"settlement_id": settlement})
        return [str(item["payment_id"]) for item in reply.json()["items"]] if reply.status == 200 else []
