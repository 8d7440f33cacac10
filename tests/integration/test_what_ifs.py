"""What-ifs on the local stack: asked, run by the settlement's machine, read as files; facts, books and chain stay as they were."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from overtone.errors import Conflict
from tests.integration import scenario
from tests.integration.scenario import FINANCE, UNKNOWN, settle, usage
from tests.interruptions import before_each_write

if TYPE_CHECKING:
    from local.gateway import Response
    from local.stack import Stack

PATCH = {"deals": [{"replace": "ann-direct", "patch": {"terms": [{"mechanism": "per_output", "rate": "0.026"}]}}]}
SUSPENDED = {"registry": [{"keys": ["*"], "shares": [{"party": "fund", "share": "1"}], "permissions": scenario.ALLOWED}]}
MONTHS = ["2026-10"]
AMENDED = {"licensee": "fox", "licensor": "ann", "currency": "EUR", "from": "2026-01-01", "territories": ["SE"]}


@pytest.fixture
def settled(stack: Stack) -> Stack:
    scenario.world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    return stack


def post(stack: Stack, what_if_id: str, change: Any, party: str | None = None, **more: Any) -> Response:
    body = {"what_if_id": what_if_id, "months": MONTHS, "change": change} | more
    return stack.http("POST", "/v1/what-ifs", party=party, scope="statements.read" if party else FINANCE, json=body)


def done(stack: Stack, what_if_id: str, change: Any, party: str | None = None, **more: Any) -> dict[str, Any]:
    """Ask, let the machine run, and read the result."""
    reply = post(stack, what_if_id, change, party, **more)
    assert reply.status == 202, reply.text
    stack.drain()
    assert not stack.errors, stack.errors
    shown = get(stack, f"/v1/what-ifs/{what_if_id}", party).json()
    assert shown["status"] == "done", shown
    return dict(json.loads(file_of(stack, what_if_id, "result.json", party)))


def get(stack: Stack, path: str, party: str | None = None) -> Response:
    return stack.http("GET", path, party=party, scope="statements.read" if party else FINANCE)


def file_of(stack: Stack, what_if_id: str, name: str, party: str | None = None) -> bytes:
    link = get(stack, f"/v1/what-ifs/{what_if_id}/files/{name}", party)
    assert link.status == 307, link.text
    return stack.http("GET", link.headers["location"]).body


def everything(stack: Stack) -> str:
    """A hash of all facts, accruals, books and of the chain: of every item and object but what-ifs' own."""
    items = [item for table in ("UsageTable", "RegistryTable", "LedgerTable") for item in stack.items(table) if item["pk"] != "WHATIFS"]
    objects = {key: body for key, body in stack.objects("SettlementBucket").items() if "what-ifs/" not in key}
    told = sorted(map(repr, items)) + [f"{key} {hashlib.sha256(body).hexdigest()}" for key, body in sorted(objects.items())]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def moved(result: dict[str, Any]) -> dict[str, str]:
    """Differences by payee, those that are none left out."""
    (money,) = result["currencies"]
    return {row["payee"]: row["difference"] for row in money["payees"] if row["difference"] != "0"}


def books(stack: Stack, prefix: str, head: int) -> list[list[Any]]:
    """The lines of books in a folder, without the settlement that posted them last."""
    objects = [body for key, body in sorted(stack.objects("SettlementBucket").items()) if key.startswith(prefix)]
    texts = [text for body in objects for text in gzip.decompress(body).splitlines()[head:]]
    return sorted(json.loads(text)[:-1] for text in texts)


@pytest.mark.fair  # compares instants to the microsecond, and what is tried again takes time
def test_what_if_nothing_nothing_and_what_if_something_that_and_nothing_else_is_touched(settled: Stack) -> None:
    before = everything(settled)
    nothing = done(settled, "nothing", {})
    assert nothing["basis"] == {"settlement_id": "2026-10", "cutoff": "2026-11-10T06:00:00.000000Z", "before": "what is sealed"}
    assert moved(nothing) == {}
    assert books(settled, "work/what-ifs/-/nothing/001/parts/", 1) == books(settled, "books/", 0), "to the byte"
    manifest = json.loads(settled.objects("SettlementBucket")["2026-10/manifest.json"])["totals"]
    assert [nothing["currencies"][0]["totals"][name]["after"] for name in ("owed", "parties", "suspense", "residue")] == [
        manifest[0][name] for name in ("owed", "parties", "suspense", "residue")
    ]
    more = done(settled, "more", PATCH)
    assert "ann" in moved(more)
    found = done(settled, "found", SUSPENDED)
    (money,) = found["currencies"]
    waits = {row["reason"]: row for row in money["suspense"]}
    gone = sum(1 for row in money["works"] if row["work_key"] == UNKNOWN and row["work_id"] == "")
    assert waits["unregistered"]["difference"].startswith("-")
    assert gone == 1, "it was nobody's before"
    assert "fund" in moved(found)
    assert money["totals"]["owed"]["difference"] == "0"
    assert everything(settled) == before
    assert not [item for item in settled.items("LedgerTable") if item["pk"] == "FENCE"]


def test_what_ifs_compare_compose_and_answer_the_same_again(settled: Stack) -> None:
    first = done(settled, "first", PATCH)
    both = done(settled, "both", [PATCH, SUSPENDED])
    rest = done(settled, "rest", [PATCH, SUSPENDED], compare="first", title="<b>the rest</b>")
    sums = [Sums.of(result) for result in (first, rest, both)]
    assert sums[0].plus(sums[1]) == sums[2].amounts
    assert rest["basis"]["before"] == "another what-if"
    again = post(settled, "first", PATCH)
    assert (again.status, again.json()["status"]) == (200, "done")
    other = post(settled, "first", SUSPENDED)
    assert (other.status, other.json()["title"]) == (409, "Conflict")
    listed = get(settled, "/v1/what-ifs").json()
    assert [item["what_if_id"] for item in listed["items"]] == ["rest", "both", "first"]
    assert listed["next_cursor"] is None
    page = file_of(settled, "rest", "page.html").decode()
    assert "<b>" not in page
    assert "&lt;b&gt;the rest" in page
    rows = list(csv.DictReader(io.StringIO(file_of(settled, "both", "payees.csv").decode())))
    assert {row["payee"]: row["name"] for row in rows}["ann"] == "Ann"
    assert get(settled, "/v1/what-ifs/both/files/secrets.txt").status == 404


class Sums:
    """Differences in pico by payee."""

    def __init__(self, amounts: dict[str, int]) -> None:
        self.amounts = amounts

    @classmethod
    def of(cls, result: dict[str, Any]) -> Sums:
        from overtone.money import parse_amount  # noqa: PLC0415 - beside its one use

        return cls({payee: parse_amount(text) for payee, text in moved(result).items()})

    def plus(self, other: Sums) -> dict[str, int]:
        payees = {*self.amounts, *other.amounts}
        return {payee: self.amounts.get(payee, 0) + other.amounts.get(payee, 0) for payee in payees}


def test_what_came_after_the_seal_is_in_both_worlds(settled: Stack) -> None:
    usage(settled, "late", ("output:gen-1", "2026-10-20", 40))
    scenario.accrue(settled, "2026-11-11T08:00:00Z")
    late = done(settled, "late", {})
    assert (late["basis"]["before"], moved(late)) == ("computed from the same facts", {})
    assert "ann" in moved(done(settled, "late-more", PATCH))


def test_a_party_asks_for_its_own_deals_and_sees_its_own(settled: Stack) -> None:
    assert post(settled, "x", {"deals": [{"end": "open"}]}, "ann").status == 403
    assert post(settled, "x", SUSPENDED, "ann").status == 403
    result = done(settled, "mine", PATCH, "ann")
    (money,) = result["currencies"]
    assert list(moved(result)) == ["ann"]
    assert {row["payee"] for row in money["payees"]} == {"ann"}
    assert {row["deal_id"] for row in money["licensees"]} == {"ann-direct", "open"}
    assert "Bob" not in file_of(settled, "mine", "page.html", "ann").decode()
    licensee = done(settled, "ours", {"deals": [{"replace": "ann-direct", "patch": {"territories": ["*"]}}]}, "fox")
    payees = {row["payee"]: row["name"] for row in licensee["currencies"][0]["payees"]}
    assert all(payee.startswith("masked-") and not name for payee, name in payees.items())
    assert get(settled, "/v1/what-ifs/mine").status == 404, "a party's questions are its own"
    assert get(settled, "/v1/what-ifs/mine/files/result.json", "bob").status == 404
    assert get(settled, "/v1/what-ifs", "ann").json()["items"][0]["what_if_id"] == "mine"


def test_nonsense_is_refused_at_once_and_facts_that_move_end_it(settled: Stack) -> None:
    refused = {
        "change.0.deals.0.end": post(settled, "x", {"deals": [{"end": "gone"}]}),
        "change.0.levies.0.replace": post(settled, "x", {"levies": [{"replace": "gone", "amount": "1"}]}),
        "change.0.registry.0.keys.0": post(settled, "x", {"registry": [SUSPENDED["registry"][0] | {"keys": [scenario.ISRC]}]}),
        "months.0": post(settled, "x", {}, months=["2027-01"]),
    }
    for path, reply in refused.items():
        assert (reply.status, reply.json()["errors"][0]["field"]) == (422, path), reply.text
    assert post(settled, "x", {}, compare="gone").status == 404
    assert post(settled, "moves", {}).status == 202
    owner = next(item["owner"] for item in settled.items("LedgerTable") if item["pk"] == "WHATIFS")
    asked = {"settlement_id": "what-ifs/-/moves", "request": {"what_if": "what-ifs/-/moves"}, "owner": owner}
    assert settled.invoke("Settlement", asked | {"step": "drain", "looks": 1})["pending"] == 0
    parts = settled.invoke("Settlement", asked | {"step": "plan"})["parts"]
    usage(settled, "late", ("output:gen-1", "2026-10-20", 40))
    settled.invoke("Aggregate", {"now": "2026-11-10T06:15:00Z"})
    settled.at("2026-11-10T06:20:00Z")
    assert parts
    settled.drain()
    shown = get(settled, "/v1/what-ifs/moves").json()
    assert shown["status"] == "failed", shown
    assert Conflict.__name__ in shown["detail"]
    settled.errors.clear()
    assert done(settled, "moves", {})["basis"]["before"] == "computed from the same facts"


def test_where_money_comes_from_is_by_what_deals_said_in_the_month(settled: Stack) -> None:
    """A deal that holds for Norway from next year on moved October's money of Sweden there."""
    known = done(settled, "before", PATCH)
    terms = {"terms": [{"mechanism": "micro_royalty", "rate": "0.013"}], "effective_from": "2027-01-01"}
    scenario.register(settled, "deals", "ann-direct", AMENDED | terms | {"territories": ["NO"]})
    again = done(settled, "after", PATCH)
    assert [one["territories"] for one in again["currencies"]] == [one["territories"] for one in known["currencies"]]


def test_what_deals_bring_before_and_after_is_each_by_their_own_territories(settled: Stack) -> None:
    """A deal for Sweden that a what-if widens to the world moved what it brings today to Norway, too."""
    priced = {"terms": [{"mechanism": "per_output", "rate": "0.026"}]}
    scenario.register(settled, "deals", "ann-direct", AMENDED | priced | {"effective_from": "2026-01-01"})
    settle(settled, "again")
    world = done(settled, "world", {"deals": [{"replace": "ann-direct", "patch": {"territories": ["*"]}}]})
    same = done(settled, "same", {"deals": [{"replace": "ann-direct", "patch": {"pays": "on_receipt"}}]})
    before = [[(row["territory"], row["before"]) for row in one["territories"]] for result in (world, same) for one in result["currencies"]]
    assert sorted(before[0]) == sorted(before[1])
    assert moved_to(world, "NO") != "0"


def moved_to(result: dict[str, Any], territory: str) -> str:
    return str(next(row["difference"] for row in result["currencies"][0]["territories"] if row["territory"] == territory))


def test_one_question_that_comes_twice_at_the_same_moment_is_asked_once(settled: Stack) -> None:
    """Whoever was slower was told of a conflict, with itself: the same question has the same answer."""
    first: list[int] = []

    def comes_too(count: int) -> None:
        if count == 0:
            first.append(post(settled, "twice", PATCH).status)

    with before_each_write(settled, "FinanceApi", comes_too):
        again = post(settled, "twice", PATCH)
    assert (first, again.status) == ([202], 202), again.text
    settled.drain()
    shown = get(settled, "/v1/what-ifs/twice").json()
    assert (shown["status"], shown["requested_at"]) == ("done", again.json()["requested_at"])

    def asks_another(count: int) -> None:
        if count == 0:
            first.append(post(settled, "other", SUSPENDED).status)

    with before_each_write(settled, "FinanceApi", asks_another):
        assert post(settled, "other", PATCH).status == 409
