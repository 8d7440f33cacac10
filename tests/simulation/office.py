"""What finance, banks, societies and those who disagree do: money in and out, proposals and answers, disputes, questions, settings."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from overtone import config
from tests.simulation import world
from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from local.gateway import Response
    from tests.simulation.actors import Actors

PERSONS: Final = ("p-1", "p-2")
"""Of finance: one proposes, the other accepts."""
SETTINGS: Final = {
    "ACCRUE_AT_LEAST_EVERY_HOURS": ("1", "6", "24"),
    "BANK_CHANGE_HOLD_DAYS": ("0", "7"),
    "CLAIM_WINDOW_MONTHS": ("0", "1", "36"),
    "OPEN_REGISTRY": ("off", "on"),
    "PAYS_ON": ("accrual", "receipt"),
    "USAGE_RETENTION_DAYS": ("400", "1095"),
}
"""What an operator changes of a stack that runs, and to what."""


OTHERWISE: Final[tuple[dict[str, Any], ...]] = (
    {"levies": []},
    {"consent": [{"deals": ["*"], "consent": "none"}]},
    {"attribution": [{"deals": ["*"], "min_confidence": "0.5", "fallback": "suspense"}]},
    {"eligibility": [{"deals": ["*"], "eligibility": {"min_uses": 10}}]},
)
"""How else a month could have been."""
AT_ONCE: Final = 0.5
"""How often an operator lets unclaimed money be liquidated at once."""


class Office:
    """Beside `Actors`: those who act on what was accrued and settled."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice, self.stack = actors, dice, actors.stack
        self._proposed: list[tuple[str, int, str, str]] = []
        self._disputes: dict[str, tuple[str, str]] = {}
        self._adjustments: list[str] = []
        self._before = {name: os.environ.get(name) for name in SETTINGS}

    def acts(self, *, quiet: bool) -> dict[Callable[[], str], int]:
        """What it does, and how often among what everybody does."""
        return {
            self.declare: 2,
            self.collect: 3,
            self.adjust: 3,
            self.liquidate: 1 if self._actors.pooled else 0,
            self.propose: 1 if quiet else 4,
            self.dispute: 3,
            self.tariff: 1,
            self.what_if: 1,
            self.settings: 2,
        }

    def leave(self) -> None:
        """The settings are what they were."""
        for name, value in self._before.items():
            _set(name, value)

    def _number(self, letter: str) -> str:
        return f"{letter}-{self._actors.number()}"

    def _month(self) -> str:
        days = self._dice.choice([0, 20, 40])
        return (self.stack.now - timedelta(days=days)).strftime("%Y-%m")

    def _sealed(self) -> str:
        names = sorted(name for name, record in self._actors.settlements.items() if record["status"] == "sealed")
        return self._dice.choice(names) if names else ""

    # ------------------------------------------------------------ completeness

    def declare(self) -> str:
        """A reporter says what it sent for a month: nothing, or more than it did."""
        reporter, month = self._dice.choice(world.REPORTERS), self._month()
        more = self._dice.random() < 0.4
        body: dict[str, Any] = {"month": month, "batches": 500 if more else 0, "records": 9_000 if more else 0, "revenue": {}}

        self._actors.short.add((reporter, month))  # nothing is not what is here, either; also where the answer is lost
        told = self._actors.expect("POST", "/v1/completeness", reporter, "usage.write", body, 409, 422)
        return f"{reporter} declares {month}, {'more than it sent' if more else 'nothing'}: {told}"

    # ------------------------------------------------------------ money

    def collect(self) -> str:
        """A licensee pays some of an invoice, all of it, or something that nobody billed."""
        reply = self._actors.call("GET", "/v1/invoices", None, "finance")
        invoices = reply.json()["items"] if reply.status == 200 else []
        open_ones = [invoice for invoice in invoices if float(invoice["open"]) > 0]
        body: dict[str, Any] = {"collection_id": self._number("c"), "received_on": self.stack.now.date().isoformat(), "separate": True}
        if open_ones and self._dice.random() < 0.9:
            invoice = self._dice.choice(open_ones)
            part = self._dice.choice([invoice["open"], "0.01"])
            body |= {"licensee": invoice["licensee"], "currency": invoice["currency"], "amount": part}
            body["invoices"] = [invoice["number"]] if self._dice.random() < 0.5 else []
        else:
            body |= {"licensee": self._dice.choice(world.LABS), "currency": "EUR", "amount": "12.34"}
        return f"{body['licensee']} pays {body['amount']}: {self._actors.expect('POST', '/v1/collections', None, 'finance', body, 422)}"

    def adjust(self) -> str:
        """One of finance proposes a correction by hand; another accepts one; nobody accepts his own."""
        if self._adjustments and self._dice.random() < 0.6:
            return self._accept(self._adjustments.pop(0))
        name = self._number("adj")
        amount = self._dice.choice(["5", "-3.25", "0.000000000001"])
        body = {
            "adjustment_id": name,
            "party": self._dice.choice(world.HOLDERS),
            "amount": amount,
            "currency": "EUR",
            "reason": "r",
            "evidence": "e",
        }
        reply = self._as_person(PERSONS[0], "/v1/adjustments", body)
        if reply.status < 300:
            self._adjustments.append(name)
        elif reply.status < 500 and reply.status != 422:
            raise Broken("answered", f"an adjustment -> {reply.status} {reply.text[:300]}; sent {body}")
        return f"finance proposes {name} of {amount}: {reply.status}"

    def _accept(self, name: str) -> str:
        own = self._as_person(PERSONS[0], f"/v1/adjustments/{name}:accept", None)
        if own.status < 300:
            raise Broken("agreed", f"one person proposed and accepted {name}")
        other = self._as_person(PERSONS[1], f"/v1/adjustments/{name}:accept", None)
        if other.status >= 500:
            self._adjustments.append(name)
        elif other.status >= 300:
            raise Broken("answered", f"accepting {name} -> {other.status} {other.text[:300]}")
        return f"another person accepts {name}: {other.status}"

    def _as_person(self, person: str, path: str, body: Any) -> Response:
        return self._actors.as_person(person, path, body)

    def liquidate(self) -> str:
        """Finance spreads what nobody claimed; refused while owners may still claim."""
        deals = sorted(item["id"] for item in self.stack.items("RegistryTable", "DEALS") if "id" in item)
        if self._dice.random() < AT_ONCE:
            self._set("CLAIM_WINDOW_MONTHS", "0")
        body = {"liquidation_id": self._number("q"), "deal_id": self._dice.choice(deals), "months": [self._month()], "reason": "old"}

        def then(_reply: Response) -> None:
            known, posted = self._actors.reference.liquidations, {"deal_id": body["deal_id"], "month": body["months"][0]}
            known.extend([posted] if posted not in known else [])

        told = self._actors.expect("POST", "/v1/suspense/liquidations", None, "finance", body, 409, 422, then=then)
        return f"finance liquidates {body['months'][0]} of {body['deal_id']}: {told}"

    # ------------------------------------------------------------ agreeing

    def propose(self) -> str:
        """A licensee offers a deal to a holder, who says yes or no, or it takes the offer back."""
        if self._proposed and self._dice.random() < 0.6:
            name, number, licensee, licensor = self._proposed.pop(0)
            word, party = self._dice.choice([("accept", licensor), ("accept", licensor), ("refuse", licensor), ("withdraw", licensee)])
            told = self._actors.expect(
                "POST", f"/v1/deals/{name}/versions/{number}:{word}", party, "registry.write", {"reason": "so"}, 409, 422
            )
            return f"{party} says {word} to {name}, version {number}: {told}"
        licensee, licensor = self._dice.choice(world.LABS), self._dice.choice(["ann", "mono"])
        name = f"offer-{licensee}-{licensor}"
        body = self._actors.deal(licensor, licensee)

        def then(reply: Response) -> None:
            if reply.json()["status"] == "proposed":
                self._proposed.append((name, int(reply.json()["version"]), licensee, licensor))

        told = self._actors.expect("PUT", f"/v1/deals/{name}", licensee, "registry.write", body, 403, 409, 422, then=then)
        return f"{licensee} offers {name}: {told}"

    def dispute(self) -> str:
        """A holder claims a share of a work; the others agree with it, or it takes the claim back."""
        if self._disputes and self._dice.random() < 0.5:
            name = self._dice.choice(sorted(self._disputes))
            opened_by, _work = self._disputes.pop(name)
            if self._dice.random() < 0.5:
                told = self._actors.expect("POST", f"/v1/disputes/{name}:withdraw", opened_by, "registry.write", None, 409)
                return f"{name} is withdrawn: {told}"
            told = self._actors.expect("POST", f"/v1/disputes/{name}:close", None, "admin", self._outcome(), 409, 422)
            return f"an admin closes {name}: {told}"
        claimant, work = self._dice.choice(world.HOLDERS), self._dice.choice(sorted(world.WORKS))
        name = self._number("d")
        about = self._dice.choice([{}, {}, {"party": self._dice.choice(world.HOLDERS)}])
        body = {"dispute_id": name, "work": work, "reason": "mine"} | about | self._dice.choice([{}, {"share": "0.2"}])

        def then(_reply: Response) -> None:
            self._disputes[name] = (claimant, work)

        told = self._actors.expect("POST", "/v1/disputes", claimant, "registry.write", body, 403, 404, 409, 422, then=then)
        return f"{claimant} disputes {work}: {told}"

    def _outcome(self) -> dict[str, Any]:
        """How a dispute ends: as things stand, or with other shares, perhaps since a day."""
        dice, outcome = self._dice, {"evidence": "letter"}
        if dice.random() < 0.5:
            return outcome
        shares = [{"party": holder, "share": share} for holder, share in world.shares(dice, world.HOLDERS).items()]
        return outcome | {"shares": shares} | dice.choice([{}, {"effective_from": dice.choice(world.DAYS)}])

    def tariff(self) -> str:
        """A society says what it keeps, of some money something else than of other."""
        society, dice = self._dice.choice(world.SOCIETIES), self._dice
        rates = [
            {"admin_fee": dice.choice(["0", "0.12"]), "cultural_deduction": dice.choice(["0", "0.03"])}
            | dice.choice([{}, {"rights": [dice.choice(["recording", "composition"])]}])
            | dice.choice([{}, {"uses": dice.sample(["training", "generation", "output", "play", "levy"], 2)}])
            | dice.choice([{}, {"members": [dice.choice(["creator", "society"])]}])
            for _ in range(dice.randint(1, 3))
        ]
        body = {"rates": rates} | dice.choice([{}, {}, {"effective_from": dice.choice(world.DAYS)}])
        told = self._actors.expect("PUT", f"/v1/societies/{society}/tariff", society, "registry.write", body, 403, 409, 422)
        return f"{society} sets its tariff: {told}"

    # ------------------------------------------------------------ asking

    def what_if(self) -> str:
        """Finance asks what a sealed month would have come to; nothing that is sealed moves, and under no other terms no money does."""
        settlement = self._sealed()
        if not settlement:
            return "nothing is sealed that could have been otherwise"
        month = str(self._actors.settlements[settlement]["through"])
        change: dict[str, Any] = self._dice.choice([{}, {}, *OTHERWISE])
        name = self._number("w")
        body = {"what_if_id": name, "months": [month], "change": change}
        told = self._actors.expect("POST", "/v1/what-ifs", None, "finance", body, 202, 404, 409, 422)
        self.stack.drain()
        result = self.stack.objects("SettlementBucket").get(f"what-ifs/-/{name}/result.json")
        moved = [of["moved"] for of in json.loads(result)["currencies"]] if result else []
        if not change and any((one["gained"], one["lost"]) != ("0", "0") for one in moved):
            raise Broken("pure", f"{month} as it was came to something else: {moved}")
        return f"finance asks what {month} came to under {change}: {told}; {moved or 'no answer yet'}"

    # ------------------------------------------------------------ operating

    def settings(self) -> str:
        """An operator deploys the stack with another setting."""
        name = self._dice.choice(sorted(SETTINGS))
        value = self._dice.choice(SETTINGS[name])
        self._set(name, value)
        return f"{name} is {value} from now on"

    def _set(self, name: str, value: str) -> None:
        _set(name, value)
        self._actors.deeds.did("a setting changed")


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
    config.settings.cache_clear()
