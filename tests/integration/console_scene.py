"""The console's people and pages: a month settled and another begun, who may see which page, and who may send which form.

Both tables are held to the routes that the console declares: a page or a form that nobody described fails a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from local import what_if
from tests.integration import scenario
from tests.integration.visitors import Visitor

if TYPE_CHECKING:
    from local.stack import Stack

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}"
RIGHTS = ("statements.read", "registry.write")
LICENSEE = ("usage.write", "disclosures.write", "registry.write")
PERSONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "musician": ("ann", RIGHTS),
    "stranger": ("dora", RIGHTS),
    "society": ("stim", RIGHTS),
    "lab": ("fox", LICENSEE),
    "finance": ("", ("finance",)),
    "operator": ("", ("admin",)),
}
OFFICE = {"finance", "operator"}
OWNERS = {"musician", "stranger", "society"}
OFFER = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-12-01", "territories": ["*"]}
"""A deal that the musician has not answered."""

LOOKED_AT = {
    "musician": [
        "/console",
        "/console/earnings",
        "/console/waiting",
        "/console/statements",
        "/console/statements/2026-10",
        "/console/works/hostile",
        "/console/deals/offer",
        "/console/account",
        "/console/lines/2026-10/{line}",
        "/console/works",
        "/console/deals",
        "/console/asked",
        "/console/would-have-earned",
        "/console/events",
        "/console/keys/hers",
    ],
    "society": [
        "/console",
        "/console/members",
        "/console/tariff",
        "/console/distributions",
        "/console/distributions/2026-10",
        "/console/statements/2026-10",
    ],
    "lab": [
        "/console",
        "/console/batches",
        "/console/disclosures",
        "/console/clearances/ask-1",
        "/console/completeness",
        "/console/batches/b-1",
        "/console/clearances",
        "/console/invoices",
        "/console/keys",
    ],
    "finance": [
        "/console",
        "/console/month",
        "/console/settlements/2026-10",
        "/console/settlements/2026-10/lines",
        "/console/receivables",
        "/console/payments",
        "/console/suspense",
        "/console/breaches",
        "/console/approvals",
        "/console/rates",
        "/console/what-ifs",
        "/console/what-ifs/certain-only-2026-10",
        "/console/settlements",
    ],
    "operator": [
        "/console",
        "/console/health",
        "/console/operations",
        "/console/runbook",
        "/console/costs?month=2026-10",
        "/console/parties/ann",
        "/console/members?society=stim",
        "/console/parties",
    ],
}
"""Pages that a browser looks at as somebody; `{line}` is one of the musician's."""


def furnish(stack: Stack) -> None:
    """A month settled, another one reported, a deal proposed, an adjustment waiting; whatever people write is hostile."""
    stack.reset()
    scenario.world(stack)
    scenario.register(stack, "parties", "dora", {"name": HOSTILE, "kind": "creator", "country": "SE", "payout": scenario.BANK}, "dora")
    scenario.work(stack, "hostile", "ann", {"ann": "1"}, identifiers=["isrc:SEABC2600003"], title=HOSTILE)
    deal = OFFER | {"terms": [{"mechanism": "direct_play", "rate": "0.004"}]}
    assert stack.http("PUT", "/v1/deals/offer", party="fox", scope="registry.write", json=deal).status == 201
    clearance = {"clearance_id": "ask-1", "use": "training", "day": "2026-10-05", "works": [scenario.ISRC]}
    assert stack.http("POST", "/v1/clearances", party="fox", scope="disclosures.write", json=clearance).status == 201
    assert stack.http("PUT", "/v1/parties/fox/clients/fox-batch", scope="admin").status == 200
    hook = {"url": "http://127.0.0.1:9/", "enabled": False, "note": HOSTILE}
    assert stack.http("PUT", "/v1/webhooks/hers", party="ann", scope="statements.read", json=hook).status == 201
    stack.at("2026-11-10T06:00:00Z")
    assert scenario.settle(stack)["status"] == "sealed"
    picked = what_if.load(what_if.SCENARIOS / "certain-only.yaml") | {"what_if_id": "certain-only-2026-10"}
    assert stack.http("POST", "/v1/what-ifs", scope="finance", json=picked).status == 202
    stack.drain()
    by_hand = {"adjustment_id": "adj-1", "party": "ann", "amount": "5", "currency": "EUR", "reason": HOSTILE, "evidence": HOSTILE}
    token = stack.token(None, "finance", sub="somebody-else")
    assert stack.http("POST", "/v1/adjustments", token=token, json=by_hand).status == 201
    scenario.usage(stack, "b-11", (scenario.ISRC, "2026-11-03", 4), ("output:gen-1", "2026-11-04", 9))
    scenario.accrue(stack, "2026-11-10T06:15:00Z")
    assert not stack.errors


def visitor(stack: Stack, who: str) -> Visitor:
    made = Visitor(stack)
    party, groups = PERSONS[who]
    answer = made.sign_in(party, *groups)
    assert answer.status == 200, answer.text
    return made


def line_of(stack: Stack, party: str) -> str:
    told = stack.http("GET", "/v1/statements/2026-10", party=party, scope="statements.read").json()
    return str(told["sources"][0]["works"][0]["lines"][0]["line_id"])


def mandate_of(stack: Stack, member: str) -> str:
    told = stack.http("GET", f"/v1/parties/{member}", scope="admin").json()
    return str(told["accords"][0]["mandate"])


def invoice_of(stack: Stack) -> str:
    (first, *_) = stack.http("GET", "/v1/invoices", scope="finance").json()["items"]
    return str(first["number"])


def pages(stack: Stack) -> dict[str, set[str]]:
    """Every page, and who may see it."""
    everybody = set(PERSONS)
    line = line_of(stack, "ann")
    return {
        "/console": everybody,
        "/console/events": everybody,
        "/console/earnings": OWNERS,
        "/console/would-have-earned": OWNERS | OFFICE,
        "/console/waiting": OWNERS,
        "/console/statements": {*OWNERS, *OFFICE},
        "/console/statements/2026-10": {"musician", "society"},
        "/console/statements?party_id=ann": {"musician", *OFFICE},
        "/console/statements/2026-10?party_id=ann": {"musician", *OFFICE},
        f"/console/lines/2026-10/{line}": {"musician", *OFFICE},
        f"/console/lines/2026-10/{line}/text": {"musician", *OFFICE},
        f"/console/ask?settlement_id=2026-10&line_id={line}": {"musician", *OFFICE},
        "/console/statements/2026-10/file/html": {"musician", "society"},
        "/console/statements/2026-10/file/csv?party_id=ann": {"musician", *OFFICE},
        "/console/works": everybody,
        "/console/works/track": everybody,
        "/console/deals": everybody,
        "/console/deals/offer": {"musician", "lab", *OFFICE},
        "/console/account": OWNERS | {"lab"},
        "/console/batches": {"lab"},
        "/console/batches/b-1": {"lab"},
        "/console/batches?reporter=fox": {"lab", *OFFICE},
        "/console/disclosures": {"lab"},
        "/console/clearances": everybody - OFFICE,
        "/console/clearances/ask-1": {"lab"},
        "/console/completeness": {"lab", *OFFICE},
        "/console/invoices": everybody,
        f"/console/invoices/{invoice_of(stack)}/json": {"lab", *OFFICE},
        "/console/month": OFFICE,
        "/console/settlements": OFFICE,
        "/console/settlements/2026-10": OFFICE,
        "/console/settlements/2026-10/lines": OFFICE,
        "/console/settlements/2026-10/lines?party_id=ann&title=track": OFFICE,
        "/console/settlements/2026-10/files/lines.csv": OFFICE,
        "/console/settlements/2026-10/files/statements/ann.json": OFFICE,
        "/console/settlements/2026-10/zip": OFFICE,
        "/console/receivables": OFFICE,
        "/console/payments": OFFICE,
        "/console/suspense": everybody - {"lab"},
        "/console/breaches": everybody - {"lab"},
        "/console/approvals": OFFICE,
        "/console/rates": OFFICE,
        "/console/what-ifs": OFFICE,
        "/console/what-ifs/certain-only-2026-10": OFFICE,
        "/console/what-ifs/certain-only-2026-10/files/payees.csv": OFFICE,
        "/console/health": OFFICE,
        "/console/operations": OFFICE,
        "/console/runbook": OFFICE,
        "/console/costs?month=2026-10": OFFICE,
        "/console/members": {"society"},
        "/console/members?society=stim": {"society", *OFFICE},
        "/console/members?society=ann": set(),
        "/console/tariff": {"society"},
        "/console/tariff?society=stim": everybody,
        "/console/distributions": {"society"},
        "/console/distributions?society=stim": {"society", *OFFICE},
        "/console/distributions/2026-10": {"society"},
        "/console/distributions/2026-10?society=stim": {"society", *OFFICE},
        "/console/distributions/2026-10/file": {"society"},
        "/console/parties": everybody,
        "/console/parties/ann": everybody,
        "/console/asked": everybody,
        "/console/keys": everybody,
        "/console/keys/hers": {"musician"},
        "/console/no-such-page": set(),
    }


class FormSent(NamedTuple):
    """A form: where it goes, what is in it, and whom the API lets do it."""

    action: str
    fields: dict[str, str]
    allowed: set[str]


def forms(stack: Stack) -> list[FormSent]:
    """Every form, at least once; each would be right if the right person sent it."""
    tariff = {"society": "stim", "rights-0": "recording", "admin_fee-0": "0.9"}
    rows = "party,name,country,rights,uses\nnils,Nils,SE,recording,play\n"
    preview = {"what": "preview", "month": "2026-10", "preview_id": "look-x"}
    adjusted = {"adjustment_id": "x", "party": "ann", "amount": "9", "currency": "EUR", "reason": "r", "evidence": "e"}
    written_off = {"write_off_id": "x", "invoice": invoice_of(stack), "reason": "r", "evidence": "e"}
    refund = {"refund_id": "x", "licensee": "fox", "currency": "EUR", "amount": "1", "reason": "r", "evidence": "e"}
    opening = "party,currency,balance\nann,EUR,9\n"
    collected = {"collection_id": "x", "licensee": "fox", "currency": "EUR", "amount": "1", "received_on": "2026-11-09"}
    cleared = {"clearance_id": "x", "use": "training", "day": "2026-10-05", "works": scenario.ISRC}
    owner, society, office = {"musician", "operator"}, {"society", "operator"}, OFFICE
    mandates, hooks = f"/console/members/bob/mandates/{mandate_of(stack, 'bob')}", "/console/keys/hers"
    return [
        FormSent("/console/works/track/permissions", {"training": "deny", "version": "1"}, owner),
        *(FormSent(f"/console/deals/offer/versions/1/{verdict}", {}, owner) for verdict in ("accept", "refuse")),
        FormSent("/console/account", {"currency": "EUR", "threshold": "5"}, OWNERS | {"lab"}),
        FormSent("/console/clearances", cleared, OWNERS | {"lab"}),
        FormSent("/console/completeness", {"month": "2026-10", "batches": "9", "records": "9"}, {"lab"}),
        FormSent("/console/members", {"society": "stim", "rows": rows}, society),
        *(FormSent(f"{mandates}/{verdict}", {}, society) for verdict in ("accept", "refuse", "end")),
        FormSent("/console/tariff", tariff, society),
        FormSent("/console/quarantine/usage%3Afox%3A2026-11-03%3A0000/retry", {}, office),
        FormSent("/console/parties/ann/confirm", {}, office),
        FormSent("/console/settlements", preview, office),
        FormSent("/console/approvals/adjustments", adjusted, office),
        FormSent("/console/approvals/write-offs", written_off, office),
        FormSent("/console/approvals/refunds", refund, office),
        FormSent("/console/approvals/opening-balances", {"opening_id": "x", "evidence": "e", "rows": opening}, office),
        FormSent("/console/approvals/adjustments/adj-1/accept", {}, office),
        FormSent("/console/rates", {"settlement_id": "2026-11", "from-0": "EUR", "to-0": "SEK", "rate-0": "11", "source-0": "ECB"}, office),
        FormSent("/console/receivables", collected, office),
        FormSent("/console/payments/2026-10/answers", {"answer": "payment_id,status,reason\n"}, office),
        FormSent("/console/keys", {"endpoint_id": "hers", "url": "https://127.0.0.1/"}, set(PERSONS)),
        *(
            FormSent(f"{hooks}/{action}", {"since": "2026-10-01"}, {"musician"})
            for action in ("rotate", "replay", "stop", "start", "remove")
        ),
        FormSent("/console/parties/fox/clients", {"client_id": "mine"}, {"operator"}),
        FormSent("/console/parties/fox/clients/fox-batch/release", {}, {"operator"}),
        FormSent("/console/what-ifs", {"scenario": "unregistered-fund", "month": "2026-10"}, office),
        *(FormSent(f"/console/what-ifs/certain-only-2026-10/{action}", {}, office) for action in ("share", "unshare")),
    ]
