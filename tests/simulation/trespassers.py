"""Who tries to read or to write what is another's, and must not succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulation import world
from tests.simulation.actors import Actors, Broken
from tests.simulation.readers import SHELVES, held

if TYPE_CHECKING:
    from random import Random


class Trespassers:
    """Parties that reach for what is not theirs."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self.actors, self.dice = actors, dice
        self._registered: set[tuple[str, str]] = set()
        """By party what was nobody's, or its own by then, when it was tried: it may be the party's since."""

    def trespass(self) -> str:
        """Somebody reads or writes what is another's: never with success."""
        dice = self.dice
        mine, other = dice.sample(world.REPORTERS, 2)
        batch = dice.choice(sorted(self.actors.reference.batches) or [(other, "b-0")])
        thief = next(name for name in world.REPORTERS if name != batch[0])
        tries: list[tuple[str, str, str, str, Any, dict[str, str]]] = [
            ("GET", f"/v1/usage/{batch[1]}", thief, "usage.write", None, {"reporter": batch[0]}),
            ("GET", f"/v1/usage/{batch[1]}/records", thief, "usage.write", None, {"reporter": batch[0]}),
            ("POST", "/v1/revenue", mine, "disclosures.write", _revenue(other), {}),
            ("POST", "/v1/training-runs", mine, "disclosures.write", _run(other), {}),
            ("POST", "/v1/attributions", mine, "disclosures.write", _report(other), {}),
            ("POST", "/v1/levies", mine, "disclosures.write", {}, {}),
            ("POST", "/v1/settlements", mine, "statements.read", {}, {}),
            ("GET", "/v1/settlements", "ann", "statements.read", None, {}),
            ("GET", "/v1/suspense", "ann", "statements.read", None, {}),
            ("PUT", "/v1/parties/bob", "ann", "registry.write", world.party(dice, "bob"), {}),
            ("PUT", "/v1/works/rec-0", "ann", "registry.write", world.work(dice, "rec-0"), {}),
            ("PUT", "/v1/deals/open-fox", "ann", "registry.write", world.deal(dice, None, "fox"), {}),
            ("GET", "/v1/deals/mono-fox", "ann", "registry.write", None, {}),
            ("GET", "/v1/deals/mono-fox", "lyre", "disclosures.write", None, {}),
            ("GET", "/v1/parties/bob/versions", "ann", "registry.write", None, {}),
        ]
        for settlement, record in sorted(self.actors.settlements.items()):
            if record["status"] == "sealed":
                tries.append(("GET", f"/v1/statements/{settlement}", "ann", "statements.read", None, {"party": "bob"}))
                tries.append(("GET", f"/v1/settlements/{settlement}/files/lines.csv", "ann", "statements.read", None, {}))
        method, path, party, scope, body, query = dice.choice(tries)
        if method == "PUT" and self._owner(path) in {None, party}:
            self._registered.add((party, path))
        reply = self.actors.call(method, path, party, scope, body, query)
        if reply.status < 400 and (party, path) not in self._registered and not _is_public(path, reply.text):
            raise Broken("tenant", f"{party} ({scope}) {method} {path} {query} -> {reply.status} {reply.text[:300]}")
        self.actors.deeds.did("somebody trespassed")
        return f"{party} tries {method} {path}: {reply.status}"

    def _owner(self, path: str) -> str | None:
        """Whose what is registered there is; what is nobody's becomes whoever's it is who comes first, also where its answer is lost."""
        shelf, name = path.rsplit("/", 1)
        return held(self.actors.stack, SHELVES[shelf]).get(name)


def _is_public(path: str, text: str) -> bool:
    """Whether an answer shows no more than anybody may see: a party's name and kind, one's own statement and waiting money."""
    if path.startswith("/v1/parties/"):
        return not any(name in text for name in ("payout", "iban", "withholding", "mandates", "on_hold"))
    if path == "/v1/suspense":  # an owner sees what waits for its own works
        return not any(f'"{name}"' in text for name in world.HOLDERS if name != "ann")
    return path.startswith("/v1/statements/") and '"party_id":"bob"' not in text.replace(" ", "")


def _revenue(licensee: str) -> dict[str, Any]:
    return {"report_id": "x", "licensee": licensee, "month": "2026-10", "currency": "EUR", "net_revenue": "1"}


def _run(licensee: str) -> dict[str, Any]:
    return {
        "run_id": "x",
        "licensee": licensee,
        "model": "m-1",
        "trained_on": "2026-10-01",
        "works": [{"work": world.KEYS[0], "weight": "1"}],
    }


def _report(licensee: str) -> dict[str, Any]:
    record = {"output_id": "gen-0", "confidence": "1", "shares": []}
    return {"report_id": "x", "licensee": licensee, "model": "m-1", "method": "m", "method_version": "1", "records": [record]}
