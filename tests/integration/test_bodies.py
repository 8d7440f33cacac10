"""Bodies with all that the document says they may hold: an answer that is changed and sent back, and what other tests leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration import scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

KEPT = {"rights": ["composition"], "uses": ["play"], "members": ["creator"], "admin_fee": "0.1", "cultural_deduction": "0"}
TARIFF: dict[str, Any] = {"rates": [KEPT]}
THINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "parties/bob": ("bob", {"language": "sv"}),
    "works/song": ("bob", {"title": "Another Song"}),
    "deals/ann-direct": ("", {"to": "2027-12-31"}),
    "deals/said": ("", {"to": "2028-11-30"}),
    "parties/ended": ("ended", {"language": "de"}),
    "parties/stim": ("", {"language": "es"}),
    "societies/stim/tariff": ("stim", {"rates": [KEPT | {"admin_fee": "0.2"}]}),
}
"""Whose each is ("": the operator's), and something about it to change."""


@pytest.fixture(scope="module")
def world(deployed_stack: Stack) -> Iterator[Stack]:
    deployed_stack.reset()
    scenario.world(deployed_stack)
    reply = deployed_stack.http("PUT", "/v1/societies/stim/tariff", party="stim", scope="registry.write", json=TARIFF)
    assert reply.status in {200, 201}, reply.text
    yield deployed_stack
    deployed_stack.reset()


@pytest.fixture(scope="module")
def agreed(world: Stack) -> Stack:
    """Each verdict given with its reasons: of deals, of mandates, of a handover, of a society."""

    def call(method: str, path: str, party: str, **body: Any) -> dict[str, Any]:
        scope = "registry.write" if party else "admin"
        reply = world.http(method, f"/v1/{path}", party=party or None, scope=scope, json=body)
        assert reply.status in {200, 201}, (path, reply.text)
        found: dict[str, Any] = reply.json()
        return found

    for name, verdict, by in (("said", "accept", "fox"), ("refused", "refuse", "fox"), ("withdrawn", "withdraw", "ann")):
        call("PUT", f"deals/{name}", "ann", **LICENSED, terms=[GREATER], mfn_group="g-1")
        call("POST", f"deals/{name}/versions/1:{verdict}", by, **WHY, mfn_group="g-1")
    for verdict, by in (("accept", "stim"), ("refuse", "stim"), ("withdraw", "own")):
        member = {"accept": "ended"}.get(verdict, f"m-{verdict}")
        mandate = {"society": "stim", "rights": ["recording"], "uses": ["play"], "territories": ["*"]}
        proposed = call("PUT", f"parties/{member}", member, name=member, kind="creator", country="SE", mandates=[mandate])
        of = f"parties/{member}/mandates/{proposed['accords'][0]['mandate']}"
        call("POST", f"{of}:{verdict}", member if by == "own" else by, **WHY)
    ended = call("GET", "parties/ended", "ended")["accords"][0]["mandate"]
    call("POST", f"parties/ended/mandates/{ended}:end", "stim", **{"from": "2026-12-01", "reason": "moves"})
    for verdict, by in (("withdraw", "ann"), ("accept", "bob")):
        call("POST", "works/other:transfer", "ann", to="bob", evidence="contract")
        call("POST", f"works/other/transfer:{verdict}", by, reason="as we said")
    call("POST", "societies/stim:approve", "", evidence="licence 7")
    return world


@pytest.mark.parametrize("thing", THINGS)
def test_an_answer_may_be_changed_and_sent_back(agreed: Stack, thing: str) -> None:
    owner, change = THINGS[thing]

    def call(method: str, path: str = thing, body: object = None) -> dict[str, Any]:
        who: dict[str, Any] = {"party": owner, "scope": "registry.write"} if owner else {"scope": "admin"}
        reply = agreed.http(method, f"/v1/{path}", json=body, **who)
        assert reply.status in {200, 201}, (method, path, reply.text)
        found: dict[str, Any] = reply.json()
        return found

    read = call("GET")
    assert call("PUT", body=read)["version"] == read["version"], "the same again changes nothing"
    changed = call("PUT", body=read | change)
    assert changed["version"] == read["version"] + (read | change != read)
    assert call("PUT", body=changed)["version"] == changed["version"], "the answer to a PUT as well"
    *_, newest = call("GET", f"{thing}/versions?diff=true")["versions"]
    assert call("PUT", body=newest)["version"] == changed["version"], "and one of a list of versions, with what it changed"


ADDRESS = {"lines": ["Strandvägen 1", "2 tr"], "postal_code": "114 51", "city": "Stockholm", "country": "SE"}
ACH = {"method": "ach", "routing_number": "011000015", "account_number": "12345678", "account_type": "checking"}
SWIFT = {"method": "swift", "iban": scenario.BANK["iban"], "bic": "ESSESESS", "holder": "Full Two"}
CAP = {"amount": "1000", "per": "year"}
TIERS = {"tiers": [{"from": "0", "rate": "0.02"}, {"from": "1000", "rate": "0.01"}], "tier_period": "year", "cap": CAP}
CONFIDENCE = {"min": "0.5", "fallback": "training", "basis": "weight"}
TERMS: list[dict[str, Any]] = [
    {"mechanism": "direct_play", **TIERS},
    {"mechanism": "micro_royalty", **TIERS, "uses": ["generation"]},
    {"mechanism": "per_output", "rate": "0.01", "revenue_share": "0.1", "combine": "sum", "confidence": CONFIDENCE, "blend": True}
    | {"unattributed": True, "uses": ["sync"], "cap": CAP},
    {"mechanism": "training_run", "tiers": [{"from": "0", "rate": "2"}], "tier_period": "year", "cap": CAP, "split": "weight"},
    {"mechanism": "revenue_pool", "basis": "influence", "tier_period": "year", "cap": CAP, "minimum_per_use": "0.001"}
    | {"tiers": [{"from": "0", "revenue_share": "0.1"}], "confidence": CONFIDENCE, "blend": True, "unattributed": True, "whole": "all"},
    {"mechanism": "minimum_guarantee", "amount": "100", "period": "quarter", "recoupable": True, "cap": CAP},
    {"mechanism": "licence_fee", "fee": {"amount": "10", "per": "month"}, "basis": "presence", "cap": CAP},
]
OPEN = {"licensee": "fox", "currency": "EUR", "from": "2028-01-01", "to": "2028-12-31", "territories": ["NO"]}
"""Deals of years to come, so that they price nothing here."""
WHOLE_DEAL = OPEN | {
    "licensor": None,
    "extended": False,
    "consent": "opt_out",
    "detail": ["use"],
    "eligibility": {"min_uses": 10, "human_only": True},
    "late_interest": "0.08",
    "mfn_group": "g-1",
    "models": ["fox-9"],
    "off_the_top": [{"party": "stim", "share": "0.05", "label": "culture"}],
    "pays": "on_receipt",
    "requires": "both_sides",
    "rights": ["mechanical"],
    "services": ["radio"],
    "sides": {"recording": "0.5", "composition": "0.4", "likeness": "0.1"},
    "tail": {"months": 6},
    "terms": [{"mechanism": "per_output", "rate": "0.01"}],
}
LICENSED = OPEN | {"licensor": "ann"}
EQUALLY = {"formula": "equal"}
CHANGE = {
    "attribution": [{"deals": ["open"], "basis": "presence", "fallback": "suspense", "min_confidence": "0.7"}],
    "consent": [{"deals": ["open"], "consent": "opt_out"}],
    "eligibility": [{"deals": ["open"], "eligibility": {"min_uses": 2}}],
    "permissions": [{"works": ["track"]} | {use: {"default": "allow"} for use in ("training", "generation", "likeness")}],
    "registry": [{"keys": [scenario.UNKNOWN], "shares": [{"party": "ann", "share": "1"}], "title": "Found"}],
    "deals": [{"add": "one-more", "deal": WHOLE_DEAL}, {"end": "ann-direct", "on": "2026-10-20"}],
    "levies": [
        {"add": "levy-x", "administrator": "stim", "month": "2026-10", "currency": "EUR", "amount": "10", "distribution": EQUALLY},
        {"replace": "levy-1", "formula": "capped_influence", "cap": "5"},
    ],
}
RULES = {
    "Plays": "quantity",
    "Recording": {"column": "subject", "prefix": "isrc:"},
    "Day": {"column": "used_on", "format": "DD.MM.YYYY"},
    "Kind": {"column": "use", "values": {"S": "stream"}},
    "Net": {"column": "revenue", "decimals": 2},
}
MAPPING = {"columns": RULES, "decimal_mark": ",", "thousands": ".", "encoding": "latin-1", "separator": ";"}
PLAY = {"record_id": "r-1", "subject": scenario.ISRC, "use": "stream", "used_on": "2026-10-03", "quantity": 1, "territory": "SE"}
LEVY = {"levy_id": "levy-1", "month": "2026-10", "currency": "EUR", "amount": "100", "administrator": "stim"}
MEMBER = {"party": "nils", "name": "Nils", "kind": "creator", "country": "SE", "ipi": "00014107338", "isni": "0000000121032683"}
AI = ("composition", "instrumentation", "lyrics", "post_production", "vocals")
BUYOUT = {"mechanism": "buyout", "amount": "50", "covers": ["per_output"], "split": "weight", "cap": CAP}
ADVANCE = {"mechanism": "advance", "amount": "50", "party": "ann", "recoup_group": "ann", "cap": CAP}
INSTALMENTS = {"mechanism": "advance", "instalments": [{"on": "2028-02-01", "amount": "10"}]}
GREATER = {"mechanism": "direct_play", "rate": "0.01", "revenue_share": "0.2", "combine": "greater_of"}
ABOUT = {"title": "All at once", "about": "Each change there is.", "source": "Nobody asks this.", "compare": "sealed"}
NOISE = {"attribution": [{"deals": ["*"], "noise": {"shares": "0.2", "confidence": "0.1", "seed": 7, "draw": 1}}]}
MOVED = {"used_on": "2026-10-03", "subject": scenario.ISRC}
WEIGHED = {"work": scenario.ISRC, "weight": "2"}
REVENUE = {"report_id": "full", "month": "2026-10", "currency": "EUR", "net_revenue": "10", "licensee": "fox"}
DISCLOSED = {"records": [{"output_id": "gen-9", "confidence": "0.9", "shares": [{"work": scenario.ISRC, "share": "0.5"}]}]}
WORLD = {"territories": ["*"]}
OPENED = [
    {"party": "ann", "currency": "EUR", "balance": "10", "reserve": "2", "periods": 2},
    {"party": "ann", "currency": "EUR", "deal_id": "open", "licensee": "fox", "unrecouped": "5"},
    {"currency": "EUR", "balance": "3", "suspense": "unregistered", "month": "2026-01", "work": "lost", "title": "Lost"},
]
ASKED = {"early": True, "strict": True, "restart": True, "waive": [{"reporter": "fox", "month": "2026-10", "reason": "known"}]}
WHY = {"reason": "as we said", "evidence": "letter 3"}
ADMIN, FOX, STIM = ("", "admin"), ("fox", "usage.write disclosures.write registry.write"), ("stim", "registry.write")
BODIES: list[tuple[str, str, tuple[str, str], dict[str, Any]]] = [
    (
        *("PUT", "parties/full-1", ADMIN),
        {"name": "Full One", "kind": "creator", "country": "US", "isni": "0000000121032683", "address": ADDRESS}
        | {"tax": {"id": "12-3456789", "treaty": True, "treaty_until": "2027-12-31"}, "reserve": {"rate": "0.1", "periods": 3}}
        | {"payout": ACH | {"currency": "USD", "holder": "Full One"}},
    ),
    (
        *("PUT", "parties/full-2", ADMIN),
        {"name": "Full Two", "kind": "publisher", "country": "SE", "tax": {"self_billing": True}, "payout": SWIFT | {"currency": "EUR"}},
    ),
    (
        *("PUT", "parties/full-3", ADMIN),
        {"name": "Full Three", "kind": "licensee", "country": "SE", "record_ids": "unique", "tax": {"vat_rate": "0.25"}, "propose": True},
    ),
    (
        *("PUT", "works/full", ("ann", "registry.write")),
        {"title": "Full", "kind": "recording", "identifiers": ["isrc:SEABC2600009"], "ai": dict.fromkeys(AI, "assisted")}
        | {"shares": [{"party": "ann", "share": "1", "territories": ["SE"]}, {"party": "bob", "share": "1", "not_in": ["SE"]}]},
    ),
    *(("PUT", f"deals/all-{number}", ADMIN, LICENSED | {"terms": [term]}) for number, term in enumerate(TERMS)),
    ("PUT", "deals/buyout", ADMIN, LICENSED | {"terms": [BUYOUT]}),
    ("PUT", "deals/advance", ADMIN, LICENSED | {"terms": [ADVANCE]}),
    ("PUT", "deals/instalments", ADMIN, LICENSED | {"terms": [INSTALMENTS]}),
    ("PUT", "deals/greater", ADMIN, LICENSED | {"terms": [GREATER], "evidence": "letter", "propose": True, "mfn_group": None}),
    ("PUT", "deals/whole", ADMIN, WHOLE_DEAL | {"mfn_group": None, "from": "2029-01-01", "to": "2029-12-31"}),
    ("POST", "levies", ADMIN, LEVY | {"distribution": EQUALLY}),
    ("POST", "levies", ADMIN, LEVY | {"amount": "120", "revision": 1, "distribution": EQUALLY}),
    ("POST", "what-ifs", ("", "finance"), {"what_if_id": "all", "months": ["2026-10"], "change": CHANGE} | ABOUT),
    ("POST", "what-ifs", ("", "finance"), {"what_if_id": "noise", "months": ["2026-10"], "change": NOISE}),
    (
        *("PUT", "parties/fox/mapping", FOX),
        MAPPING | {"skip_lines": 1, "row_numbers": True, "others": "ignore", "constants": {"currency": "SEK"}},
    ),
    (
        *("POST", "usage", FOX),
        {"batch_id": "full-1", "atomic": True, "reporter": "fox", "records": [PLAY | {"revision": 1, "reporter": "fox"}]},
    ),
    (
        *("POST", "usage", FOX),
        {"batch_id": "full-2", "records": [PLAY | {"revision": 2, "used_on": "2026-10-04", "royalty_bearing": True, "replaces": MOVED}]},
    ),
    ("POST", "training-runs", FOX, {"run_id": "run-1", "model": "fox-1", "trained_on": "2026-10-02", "revision": 1, "works": [WEIGHED]}),
    ("POST", "revenue", FOX, REVENUE | {"model": "fox-1", "service": "radio", "territory": "SE", "subscribers": 2}),
    (
        *("POST", "attributions", FOX),
        {"report_id": "full", "model": "fox-1", "method": "m", "method_version": "1", "atomic": True} | DISCLOSED,
    ),
    ("POST", "completeness", FOX, {"month": "2026-10", "batches": 3, "records": 6, "revenue": {"EUR": "1"}, "reporter": "fox"}),
    (
        *("POST", "clearances", FOX),
        {"clearance_id": "full", "licensee": "fox", "use": "training", "day": "2026-10-05", "works": ["work:track"]},
    ),
    (
        *("POST", "societies/stim/members", STIM),
        {"members": [MEMBER | {"rights": ["composition"], "uses": ["play"]} | WORLD], "evidence": "list"},
    ),
    ("PUT", "webhooks/full", FOX, {"url": "http://127.0.0.1:9/", "enabled": False, "note": "ours", "types": ["batch.rejected"]}),
    ("POST", "holds", ("", "finance"), {"hold_id": "full", "months": ["2026-10"], "reason": "looked into", "subject": "output:gen-1"}),
    ("POST", "opening-balances", ("", "finance"), {"opening_id": "full", "evidence": "books", "balances": OPENED}),
    ("POST", "settlements", ("", "finance"), {"settlement_id": "look", "through": "2026-10", "preview": True} | ASKED),
    ("PUT", "tax-rates", ("", "finance"), {"rates": [{"country": "US", "from": "2026-01-01", "rate": "0.3", "treaty_rate": "0"}]}),
]


@pytest.mark.parametrize(("method", "path", "who", "body"), BODIES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_body_with_all_that_it_may_hold_is_taken(
    world: Stack, method: str, path: str, who: tuple[str, str], body: dict[str, Any]
) -> None:
    reply = world.http(method, f"/v1/{path}", party=who[0] or None, scope=who[1], json=body)
    assert reply.status in {200, 201, 202}, reply.text
    assert not (reply.json() or {}).get("rejected"), reply.text
