"""A small world in which everything that settles occurs once: for tests that settle it in many ways."""

import csv
import io
from decimal import Decimal
from typing import Any

from local.gateway import Response
from local.stack import Stack

SETTLED = "2026-11-10T06:00:00Z"
ISRC, OTHER_ISRC, UNKNOWN = "isrc:SEABC2600001", "isrc:SEABC2600002", "isrc:SEABC2600099"
ALLOWED = {"training": {"default": "allow"}, "generation": {"default": "allow"}}
BANK = {"currency": "EUR", "method": "sepa", "iban": "SE4550000000058398257466", "threshold": "0"}
FINANCE = "finance"
DISCLOSED = {
    "gen-1": {ISRC: "0.31", OTHER_ISRC: "0.2", "iswc:T0345246801": "0.12"},
    "gen-2": {UNKNOWN: "0.4", ISRC: "0.333333333"},
}


def register(stack: Stack, kind: str, name: str, body: dict[str, Any], party: str | None = None) -> Response:
    scope = "registry.write" if party else "admin"
    reply = stack.http("PUT", f"/v1/{kind}/{name}", party=party, scope=scope, json=body)
    assert reply.status in {200, 201}, reply.text
    return reply


def party(stack: Stack, name: str, kind: str, **more: Any) -> None:
    """A party that registers itself, a society by an admin; its societies accept the mandates that it gives."""
    by = None if kind == "society" else name
    reply = register(stack, "parties", name, {"name": name.title(), "kind": kind, "country": "SE"} | more, by).json()
    for stands in reply.get("accords", ()):
        if stands["status"] == "proposed":
            accept(stack, name, stands["mandate"], stands["society"])


def accept(stack: Stack, party: str, mandate: str, society: str) -> None:
    reply = stack.http("POST", f"/v1/parties/{party}/mandates/{mandate}:accept", party=society, scope="registry.write")
    assert reply.status == 200, reply.text


def work(stack: Stack, name: str, owner: str, shares: dict[str, str], kind: str = "recording", **more: Any) -> None:
    listed = [{"party": holder, "share": share} for holder, share in shares.items()]
    register(stack, "works", name, {"title": name.title(), "kind": kind, "shares": listed, "permissions": ALLOWED} | more, owner)


def deal(stack: Stack, name: str, *terms: dict[str, Any], **more: Any) -> None:
    body = {"licensee": "fox", "licensor": None, "currency": "EUR", "from": "2026-01-01", "territories": ["*"], "terms": list(terms)}
    register(stack, "deals", name, body | more)


def usage(stack: Stack, batch: str, *played: tuple[str, str, int], by: str = "fox", **more: Any) -> None:
    records = [
        {
            "record_id": f"{batch}-{number}",
            "subject": subject,
            "use": "stream",
            "used_on": day,
            "quantity": quantity,
            "revenue": "0.03",
            "currency": "EUR",
            "territory": "SE",
        }
        | more
        for number, (subject, day, quantity) in enumerate(played)
    ]
    reply = stack.http("POST", "/v1/usage", party=by, scope="usage.write", json={"batch_id": batch, "records": records})
    assert reply.status == 201, reply.text
    assert not reply.json()["rejected"], reply.text


def disclose(
    stack: Stack,
    report: str,
    outputs: dict[str, dict[str, str]],
    revision: int = 0,
    confidence: str = "0.9",
    method: str = "sureel",
) -> None:
    records = [
        {
            "output_id": output,
            "revision": revision,
            "confidence": confidence,
            "shares": [{"work": work, "share": share} for work, share in shares.items()],
        }
        for output, shares in outputs.items()
    ]
    body = {"report_id": report, "model": "fox-1", "method": method, "method_version": "2.1", "records": records}
    reply = stack.http("POST", "/v1/attributions", party="fox", scope="disclosures.write", json=body)
    assert reply.status == 201, reply.text
    assert not reply.json()["rejected"], reply.text


def sent(stack: Stack, path: str, body: dict[str, Any], by: str = "fox") -> None:
    reply = stack.http("POST", path, party=by, scope="disclosures.write", json=body)
    assert reply.status == 201, reply.text


def accrue(stack: Stack, now: str) -> None:
    """What the schedule does, and no other schedule."""
    stack.at(now)
    stack.invoke("Aggregate", {"now": now})
    stack.drain()


def world(stack: Stack) -> None:
    """Parties, works, deals; October's usage, disclosures, training and revenue, accrued."""
    stack.at("2026-09-01T08:00:00Z")
    party(stack, "stim", "society", payout=BANK)
    party(stack, "ann", "creator", payout=BANK)
    mandate = {"society": "stim", "rights": ["composition"], "uses": ["training", "generation", "output", "play", "levy"]}
    fees = {"territories": ["*"], "admin_fee": "0.1", "cultural_deduction": "0.05"}
    party(stack, "bob", "creator", mandates=[mandate | fees])
    party(stack, "fox", "licensee")
    work(stack, "song", "bob", {"bob": "1"}, "composition", identifiers=["iswc:T0345246801"])
    work(stack, "track", "ann", {"ann": "0.75"}, identifiers=[ISRC], composition="song")
    work(stack, "other", "ann", {"ann": "1"}, identifiers=[OTHER_ISRC])
    deal(
        stack,
        "open",
        {"mechanism": "per_output", "rate": "0.007", "revenue_share": "0.25", "combine": "greater_of"},
        {"mechanism": "training_run", "fee": "100", "fee_per_work": "0.5"},
        {"mechanism": "revenue_pool", "share": "0.03", "basis": "influence"},
        sides={"recording": "0.6", "composition": "0.4"},
    )
    deal(stack, "ann-direct", {"mechanism": "micro_royalty", "rate": "0.013"}, licensor="ann", territories=["SE"])
    stack.at("2026-10-05T08:00:00Z")
    run = {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-10-02"}
    works = [{"work": ISRC, "weight": "3.5"}, {"work": OTHER_ISRC, "weight": "2"}, {"work": UNKNOWN, "weight": "1"}]
    sent(stack, "/v1/training-runs", run | {"works": works})
    sent(stack, "/v1/revenue", {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "1234.56", "subscribers": 9})
    disclose(stack, "rep-1", DISCLOSED)
    usage(stack, "b-1", ("output:gen-1", "2026-10-03", 12), ("output:gen-2", "2026-10-04", 7), ("output:gen-1", "2026-10-04", 5))
    usage(stack, "b-2", ("output:gen-1", "2026-10-03", 1), (ISRC, "2026-10-03", 3), territory="NO")
    accrue(stack, "2026-10-05T08:15:00Z")
    assert not stack.errors, stack.errors


def small_world(stack: Stack) -> None:
    """One work, one owner paid, one share waiting in suspense, one price and one pool: the least that takes every step."""
    stack.at("2026-09-01T08:00:00Z")
    party(stack, "ann", "creator", payout=BANK)
    party(stack, "fox", "licensee")
    work(stack, "track", "ann", {"ann": "0.75"}, identifiers=[ISRC])
    deal(stack, "open", {"mechanism": "per_output", "rate": "0.007"}, {"mechanism": "revenue_pool", "share": "0.03", "basis": "influence"})
    stack.at("2026-10-05T08:00:00Z")
    sent(stack, "/v1/revenue", {"report_id": "rev-10", "month": "2026-10", "currency": "EUR", "net_revenue": "1234.56", "subscribers": 9})
    disclose(stack, "rep-1", {"gen-1": {ISRC: "0.31"}})
    usage(stack, "b-1", ("output:gen-1", "2026-10-03", 12))
    accrue(stack, "2026-10-05T08:15:00Z")
    assert not stack.errors, stack.errors


def work_of(stack: Stack, *payees: str, rate: str = "1", share: str = "1", uses: int = 12) -> None:
    """One work that some own in equal shares, what an output owes to it, and so many uses of that, accrued."""
    stack.at("2026-09-01T08:00:00Z")
    for name in payees:
        party(stack, name, "creator", payout=BANK)
    party(stack, "fox", "licensee")
    work(stack, "track", payees[0], dict.fromkeys(payees, str(Decimal(1) / len(payees))), identifiers=[ISRC])
    deal(stack, "open", {"mechanism": "per_output", "rate": rate})
    stack.at("2026-10-05T08:00:00Z")
    disclose(stack, "rep-1", {"gen-1": {ISRC: share}})
    usage(stack, "b-1", ("output:gen-1", "2026-10-03", uses))
    accrue(stack, "2026-10-05T08:15:00Z")


def ask(stack: Stack, settlement_id: str = "2026-10", through: str = "2026-10", scope: str = FINANCE, **more: Any) -> Response:
    return stack.http("POST", "/v1/settlements", scope=scope, json={"settlement_id": settlement_id, "through": through} | more)


def shown(stack: Stack, settlement_id: str = "2026-10") -> dict[str, Any]:
    reply = stack.http("GET", f"/v1/settlements/{settlement_id}", scope=FINANCE)
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def settle(stack: Stack, settlement_id: str = "2026-10", through: str = "2026-10", **more: Any) -> dict[str, Any]:
    reply = ask(stack, settlement_id, through, **more)
    assert reply.status == 202, reply.text
    stack.drain()
    return shown(stack, settlement_id)


def step(stack: Stack, name: str, settlement_id: str = "2026-10", **more: Any) -> dict[str, Any]:
    """One step of a settlement, as its own execution would run it."""
    key = {"pk": "SETTLEMENTS", "sk": settlement_id}
    owner = stack.table("LedgerTable").get_item(Key=key)["Item"]["owner"]
    event = {"step": name, "settlement_id": settlement_id, "request": {"settlement_id": settlement_id}, "owner": owner}
    answer: dict[str, Any] = stack.invoke("Settlement", event | more)
    return answer


def files_of(stack: Stack, settlement_id: str = "2026-10", *, preview: bool = False) -> dict[str, bytes]:
    """Every file of a settlement as it lies in the bucket, by name."""
    prefix = f"previews/{settlement_id}/" if preview else f"{settlement_id}/"
    found = stack.objects("SettlementBucket").items()
    return {key.removeprefix(prefix): body for key, body in found if key.startswith(prefix)}


def lines_of(stack: Stack, settlement_id: str = "2026-10") -> list[dict[str, str]]:

    return list(csv.DictReader(io.StringIO(files_of(stack, settlement_id)["lines.csv"].decode())))


def payments(stack: Stack, settlement_id: str = "2026-10") -> dict[str, dict[str, str]]:
    """The rows of `payments.csv` by payee."""
    rows = csv.DictReader(io.StringIO(files_of(stack, settlement_id)["payments.csv"].decode()))
    return {row["party_id"]: row for row in rows}
