"""A world in which every list of the API has several items, and how somebody adds one more to each while others read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from overtone.stores import quarantine
from tests.integration import scenario
from tests.integration.scenario import ISRC, OTHER_ISRC

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway import Response
    from local.stack import Stack

EACH, FEW = 4, 3
"""Of most things there are so many before anybody reads; of what takes long a few."""
SECOND: Final = "2026-12-10T06:00:00Z"
MANDATE: Final = {"society": "stim", "rights": ["composition", "recording"], "uses": ["training", "generation", "output", "play"]}
PRICE: Final = {"mechanism": "micro_royalty", "rate": "0.1"}
DEAL: Final = {"currency": "EUR", "from": "2026-01-01", "territories": ["*"], "terms": [PRICE]}
HOOK: Final = "/v1/webhooks/w-0"
REPORTERS: Final = ("fox", "gnu")
OWNERS: Final = ("ann", "m0", "bob")


SECONDS: Final = timedelta(seconds=1)


class World(NamedTuple):
    """The stack, and the dice of whoever acts in it."""

    stack: Stack
    named: list[str]

    def ask(self, method: str, path: str, scope: str, party: str | None = None, body: Any = None) -> Response:
        """A request that somebody may make, and that succeeds."""
        self.stack.at(self.stack.now.replace(microsecond=0) + SECONDS)
        token = self.stack.token(party, scope, sub="alice")
        reply = self.stack.http(method, path, token=token, json=body)
        assert reply.status < 300, (method, path, reply.text)
        return reply


def _put_work(world: World, n: int) -> None:
    owner = OWNERS[n % 2]
    body: dict[str, Any] = {
        "title": f"River {n} {'Blå' if n % 3 else 'sång'}",
        "kind": "recording",
        "identifiers": [f"isrc:SEABC26{n + 100:05d}"],
    }
    permissions = {"training": {"default": "allow"}, "generation": {"default": "deny" if n % 2 else "allow"}}
    body |= {"shares": [{"party": owner, "share": "0.9"}], "permissions": permissions}
    world.ask("PUT", f"/v1/works/w{n}", "registry.write", owner, body)


def _put_deal(world: World, n: int) -> None:
    scope, party = ("registry.write", REPORTERS[n % 2]) if n % 4 == 1 else ("admin", None)
    world.ask("PUT", f"/v1/deals/d{n}", scope, party, DEAL | {"licensee": REPORTERS[n % 2], "licensor": OWNERS[n % 3]})


def _use(world: World, n: int) -> None:
    day, reporter = f"2026-1{n // 2 % 2}-{n % 5 + 1:02d}", REPORTERS[n % 2]
    subjects = (ISRC, OTHER_ISRC, f"isrc:SEABC26{n % EACH + 100:05d}", "isrc:SEABC2600099", f"output:gen-{n % 3}")
    records = [
        {"record_id": f"u{n}-{place}", "subject": subject, "use": "stream", "used_on": day, "quantity": 5 + n, "territory": "SE"}
        | {"revenue": "3.5", "currency": "EUR" if n % 3 else "USD"}
        for place, subject in enumerate(subjects)
    ]
    world.ask("POST", "/v1/usage", "usage.write", reporter, {"batch_id": f"u{n}", "records": records})


def _disclose(world: World, n: int) -> None:
    record = {"output_id": f"new-{n}", "confidence": "0.9", "shares": [{"work": ISRC, "share": "0.5"}]}
    body = {"report_id": f"a{n}", "model": "m", "method": "x", "method_version": "1", "records": [record]}
    world.ask("POST", "/v1/attributions", "disclosures.write", "fox", body)


def _train(world: World, n: int) -> None:
    body = {"run_id": f"t{n}", "model": "fox-1", "trained_on": "2026-10-02", "works": [{"work": ISRC, "weight": "1"}]}
    world.ask("POST", "/v1/training-runs", "disclosures.write", "fox", body)


def _earn(world: World, n: int) -> None:
    body = {"report_id": f"v{n}", "month": "2026-10", "currency": "EUR", "net_revenue": "1", "revision": n + 1}
    world.ask("POST", "/v1/revenue", "disclosures.write", "fox", body)


def _levy(world: World, n: int) -> None:
    body = {"levy_id": f"l{n}", "month": "2026-10", "currency": "EUR", "amount": "1", "distribution": {"formula": "equal"}}
    world.ask("POST", "/v1/levies", "admin", None, body)


def _clear(world: World, n: int) -> None:
    body = {"clearance_id": f"k{n}", "use": "training", "day": "2026-10-01", "works": [ISRC]}
    world.ask("POST", "/v1/clearances", "disclosures.write", "fox", body)


def _dispute(world: World, n: int) -> None:
    world.ask("POST", "/v1/disputes", "registry.write", "bob", {"dispute_id": f"q{n}", "work": f"w{n % EACH}", "reason": "mine"})


def _hold(world: World, n: int) -> None:
    world.ask(
        "POST", "/v1/holds", "finance", None, {"hold_id": f"h{n}", "licensee": "gnu", "months": [f"2025-0{n % 9 + 1}"], "reason": "r"}
    )


def _collect(world: World, n: int) -> None:
    about = {"collection_id": f"c{n}", "licensee": REPORTERS[n % 2], "currency": "EUR", "amount": "0.05"}
    world.ask("POST", "/v1/collections", "finance", None, about | {"received_on": world.stack.now.date().isoformat(), "separate": True})


def _adjust(world: World, n: int) -> None:
    body = {"adjustment_id": f"j{n}", "party": "ann", "amount": "1", "currency": "EUR", "reason": "r", "evidence": "e"}
    world.ask("POST", "/v1/adjustments", "finance", None, body)


def _open(world: World, n: int) -> None:
    if "/v1/adjustments" in world.named:  # settled: balances are opened before
        _adjust(world, n)
        return
    body = {"opening_id": f"o{n}", "evidence": "e", "balances": [{"party": "ann", "currency": "EUR", "balance": "1"}]}
    world.ask("POST", "/v1/opening-balances", "finance", None, body)


def _refund(world: World, n: int) -> None:
    body = {"refund_id": f"f{n}", "licensee": "hen", "currency": "EUR", "amount": "0.01", "reason": "r", "evidence": "e"}
    world.ask("POST", "/v1/refunds", "finance", None, body)


def _write_off(world: World, n: int) -> None:
    number = world.ask("GET", "/v1/invoices?licensee=gnu", "finance").json()["items"][0]["number"]
    body = {"write_off_id": f"x{n}", "invoice": number, "reason": "r", "evidence": "e"}
    world.ask("POST", "/v1/write-offs", "finance", None, body)


def _bind(world: World, n: int) -> None:
    world.ask("PUT", f"/v1/parties/fox/clients/client-{n}", "admin")


def _set_aside(world: World, n: int) -> None:
    """As a worker does that cannot go on."""
    reason: quarantine.AsideReason = "failed" if n % 2 else "invariant_broken"
    name = f"usage#{REPORTERS[n % 2]}#2026-1{n % 2}-{n % 27 + 1:02d}#{n % 7:04d}" if n % 3 else f"training#fox#run-{n}#0000"
    world.stack.at(world.stack.now + SECONDS)
    quarantine.add(name, reason, "as it was found", records=n, month=f"2026-1{n % 2}")


def _hook(world: World, n: int) -> None:
    world.ask("PUT", f"/v1/webhooks/w-{n}", "statements.read", "ann", {"url": "http://127.0.0.1:9/", "enabled": n == 0})


def _tell(world: World, n: int) -> None:
    """Ann and the office are told of something, and her webhook is called in vain."""
    body = {"clearance_id": f"e{n}", "use": "training", "day": "2026-10-01", "works": [ISRC]}
    world.ask("POST", "/v1/clearances", "disclosures.write", "gnu", body)
    world.stack.drain()


def _what_if(world: World, n: int) -> None:
    world.ask("POST", "/v1/what-ifs", "finance", None, {"what_if_id": f"y{n}", "months": ["2026-10"], "change": {"levies": []}})
    world.stack.drain()


def _share(world: World, n: int) -> None:
    _what_if(world, 1000 + n)
    world.ask("POST", f"/v1/what-ifs/y{1000 + n}:share", "finance")


def _join(world: World, n: int) -> None:
    """A creator gives the society a mandate, which it accepts, refuses, or has not answered."""
    body = {"name": f"Member {n}", "kind": "creator", "country": "SE", "payout": scenario.BANK, "mandates": [MANDATE]}
    told = world.ask("PUT", f"/v1/parties/m{n}", "registry.write", f"m{n}", body).json()
    word = ("accept", "accept", "refuse", "")[n % 4]
    if word:
        world.ask("POST", f"/v1/parties/m{n}/mandates/{told['accords'][0]['mandate']}:{word}", "registry.write", "stim", {})


def _export(world: World, _n: int) -> None:
    day = (world.stack.now + timedelta(days=1)).date().isoformat()
    world.stack.at(f"{day}T01:00:00Z")
    world.stack.invoke("PermissionsExport", {"time": f"{day}T01:00:00Z"})


def _preview(world: World, n: int) -> None:
    world.ask(
        "POST",
        "/v1/settlements",
        "finance",
        None,
        {"settlement_id": f"p{n}", "through": f"{world.stack.now:%Y-%m}", "preview": True, "early": True},
    )
    world.stack.drain()


ADDED: Final[dict[str, Callable[[World, int], None]]] = {
    "/v1/adjustments": _adjust,
    "/v1/attributions": _disclose,
    "/v1/batches": _use,
    "/v1/clearances": _clear,
    "/v1/collections": _collect,
    "/v1/deals": _put_deal,
    "/v1/disputes": _dispute,
    "/v1/events": _tell,
    "/v1/holds": _hold,
    "/v1/levies": _levy,
    "/v1/opening-balances": _open,
    "/v1/parties": _join,
    "/v1/parties/{party_id}/clients": _bind,
    "/v1/permissions": _export,
    "/v1/quarantine": _set_aside,
    "/v1/refunds": _refund,
    "/v1/revenue": _earn,
    "/v1/settlements": _preview,
    "/v1/shared-what-ifs": _share,
    "/v1/societies/{society_id}/members": _join,
    "/v1/training-runs": _train,
    "/v1/webhooks": _hook,
    "/v1/webhooks/{endpoint_id}/deliveries": _tell,
    "/v1/what-ifs": _what_if,
    "/v1/works": _put_work,
    "/v1/write-offs": _write_off,
}
"""What comes to a list one by one."""


def _seal(world: World, n: int) -> None:
    """The next month is settled, all at once."""
    stack = world.stack
    _use(world, 4 * n + 102)
    scenario.accrue(stack, f"2027-{n + 2:02d}-10T06:00:00Z")
    assert scenario.settle(stack, f"later-{n}", f"2027-{n + 1:02d}")["status"] == "sealed"


MEANWHILE: Final[dict[str, Callable[[World, int], None]]] = ADDED | {
    "/v1/breaches": _seal,
    "/v1/costs": _use,
    "/v1/invoices": _seal,
    "/v1/invoices/{number}/lines": _collect,
    "/v1/payments": _collect,
    "/v1/periods": _seal,
    "/v1/settlements/{settlement_id}/lines": _use,
    "/v1/societies/{society_id}/distributions/{settlement_id}": _use,
    "/v1/statements": _seal,
    "/v1/suspense": _seal,
}
"""What somebody does while a list is read: of those that a settlement leaves, the next one is sealed."""
SLOW: Final = frozenset({_seal, _preview, _what_if, _share, _export, _tell})
"""What takes long, and so happens once while a list is read."""


def furnish(stack: Stack) -> World:
    """Two months settled, and of everything several."""
    scenario.world(stack)
    world = World(stack, [])
    for name in ("gnu", "hen"):
        scenario.party(stack, name, "licensee")
    for path in ("/v1/parties", "/v1/works", "/v1/deals", "/v1/opening-balances"):
        _several(world, path)
    scenario.deal(stack, "gnu-open", {"mechanism": "direct_play", "revenue_share": "0.3"}, licensee="gnu")
    scenario.deal(stack, "fox-plays", {"mechanism": "direct_play", "revenue_share": "0.2"})
    stack.at("2026-11-07T00:00:00Z")
    _several(world, "/v1/batches")
    _several(world, "/v1/batches")
    for path in ("/v1/webhooks", "/v1/attributions", "/v1/training-runs", "/v1/revenue", "/v1/levies", "/v1/disputes", "/v1/clearances"):
        _several(world, path)
    scenario.accrue(stack, "2026-11-09T00:00:00Z")
    for settlement, through, at in (("2026-10", "2026-10", scenario.SETTLED), ("2026-11", "2026-11", SECOND)):
        stack.at(at)
        rates = [{"from": "USD", "to": "EUR", "rate": "0.9", "source": "s"}]
        world.ask("PUT", f"/v1/fx/{settlement}", "finance", None, {"rates": rates})
        assert scenario.settle(stack, settlement, through)["status"] == "sealed", scenario.shown(stack, settlement)
        scenario.accrue(stack, "2026-12-01T00:00:00Z")
    world.ask(
        "POST",
        "/v1/collections",
        "finance",
        None,
        {"collection_id": "credit", "licensee": "hen", "currency": "EUR", "amount": "9", "received_on": "2026-12-01"},
    )
    for path in ADDED:
        if path not in {"/v1/parties", "/v1/works", "/v1/deals", "/v1/opening-balances", "/v1/batches"}:
            _several(world, path)
    assert not stack.errors, stack.errors
    return world


def _several(world: World, path: str) -> None:
    for _ in range(FEW if ADDED[path] in SLOW else EACH):
        add(world, path)


def add(world: World, path: str) -> None:
    """One more of a list."""
    world.named.append(path)
    act = MEANWHILE[path]
    act(world, sum(MEANWHILE[one] is act for one in world.named) - 1)
