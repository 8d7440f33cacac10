"""A lab asks before it trains, and what it was told stands in its run and on its breaches; of a lab that does not ask owners are told."""

import csv
import gzip
import io
from typing import Any
from urllib.parse import quote

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.errors import Retryable
from overtone.settlement import clearance
from tests.integration import scenario
from tests.integration.dropping import drop
from tests.interruptions import before_each_write

YES, NO, OPEN = "isrc:SEABC2600001", "isrc:SEABC2600002", "isrc:SEABC2600003"
UNKNOWN, LIMITED, DISPUTED = "isrc:SEABC2600099", "isrc:SEABC2600004", "isrc:SEABC2600005"
ASKED = [YES, NO, OPEN, UNKNOWN, LIMITED, DISPUTED]
DENY = {"training": {"default": "deny"}}


def ask(stack: Stack, clearance_id: str, works: list[str], party: str = "fox", **more: Any) -> Response:
    body = {"clearance_id": clearance_id, "use": "training", "day": "2026-10-02", "works": works} | more
    return stack.http("POST", "/v1/clearances", party=party, scope="disclosures.write", json=body)


def train(stack: Stack, run: str, works: list[str], party: str = "fox", **more: Any) -> Response:
    body = {"run_id": run, "model": f"{party}-1", "trained_on": "2026-10-02", "works": [{"work": work} for work in works]} | more
    return stack.http("POST", "/v1/training-runs", party=party, scope="disclosures.write", json=body)


def events(stack: Stack, party: str | None, scope: str = "statements.read", query: str = "") -> list[dict[str, Any]]:
    reply = stack.http("GET", f"/v1/events{query}", party=party, scope=scope)
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


def standings(reply: Response) -> dict[str, str]:
    return {answer["work"]: answer["standing"] for answer in reply.json()["works"]}


@pytest.fixture
def world(stack: Stack) -> Stack:
    """ann allows, bob denies; fox has a direct deal with each, gnu one with ann that is nobody else's business."""
    for name in ("ann", "bob"):
        scenario.party(stack, name, "creator", payout=scenario.BANK)
    for name in ("fox", "gnu"):
        scenario.party(stack, name, "licensee")
    scenario.work(stack, "yes", "ann", {"ann": "1"}, identifiers=[YES], permissions={"training": {"licensees": {"gnu": "deny"}}})
    scenario.work(stack, "no", "bob", {"bob": "1"}, identifiers=[NO], permissions=DENY)
    scenario.work(stack, "open", "gnu", {"gnu": "1"}, identifiers=[OPEN])
    limit = {"training": {"default": "limit", "max_share": "0.25"}}
    scenario.work(stack, "limited", "ann", {"ann": "1"}, identifiers=[LIMITED], permissions=limit)
    scenario.work(stack, "disputed", "ann", {"ann": "1"}, identifiers=[DISPUTED], disputed=True)
    for licensor in ("ann", "bob"):
        scenario.deal(stack, f"fox-{licensor}", {"mechanism": "training_run", "fee": "100"}, licensor=licensor)
    scenario.deal(stack, "gnu-ann", {"mechanism": "training_run", "fee": "7"}, licensor="ann", licensee="gnu")
    stack.at("2026-10-01T09:00:00Z")
    return stack


def test_each_work_stands_as_its_owners_word_and_the_labs_own_deals_say(world: Stack) -> None:
    made = ask(world, "c-1", ASKED)
    assert made.status == 201, made.text
    assert standings(made) == {
        YES: "allowed",
        NO: "denied",
        OPEN: "unlicensed",
        UNKNOWN: "unregistered",
        LIMITED: "limited",
        DISPUTED: "disputed",
    }
    assert made.json()["counts"] == dict.fromkeys(map(str, clearance.ClearanceStanding), 1)
    answers = {answer["work"]: answer for answer in made.json()["works"]}
    assert (answers[YES]["deal_id"], answers[YES]["deal_version"], answers[YES]["work_version"]) == ("fox-ann", 1, 1)
    assert answers[LIMITED]["max_share"] == "0.25"
    assert standings(ask(world, "c-1", [YES], "gnu")) == {YES: "denied"}
    for party in ("fox", "gnu"):
        other = "gnu" if party == "fox" else "fox"
        shown = world.http("GET", "/v1/clearances/c-1", party=party, scope="disclosures.write").text
        assert not any(secret in shown for secret in (f"{other}-ann", f'"{other}"', "licensees"))


def test_a_clearance_is_kept_as_it_was_given(world: Stack) -> None:
    first = ask(world, "c-1", [YES, NO])
    scenario.work(world, "no", "bob", {"bob": "1"}, identifiers=[NO], permissions=scenario.ALLOWED)
    again = ask(world, "c-1", [NO, YES])
    assert (again.status, again.json(), again.headers["idempotency-replayed"]) == (200, first.json(), "true")
    assert ask(world, "c-1", [YES]).status == 409
    assert standings(ask(world, "c-2", [NO])) == {NO: "allowed"}
    link = world.http("GET", "/v1/clearances/c-1/works", party="fox", scope="disclosures.write")
    assert link.status == 307
    (stored,) = [body for key, body in world.objects("SettlementBucket").items() if key.startswith("clearances/fox/c-1/")]
    assert len(gzip.decompress(stored).splitlines()) == 2
    listed = world.http("GET", "/v1/clearances?limit=1", party="fox", scope="disclosures.write").json()
    assert [item["clearance_id"] for item in listed["items"]] == ["c-1"]
    assert world.http("GET", "/v1/clearances/c-1", party="gnu", scope="disclosures.write").status == 404
    assert world.http("GET", "/v1/clearances/c-1?licensee=fox", scope="finance").json()["digest"] == first.json()["digest"]


def test_of_two_questions_that_come_at_once_under_one_id_one_is_answered(world: Stack) -> None:
    """The slower one was answered with what the other had asked: a lab took it for its own, and trained on it."""
    first: list[int] = []

    def another(count: int) -> None:
        if count == 0:
            first.append(ask(world, "c-1", [YES]).status)

    with before_each_write(world, "RegistryApi", another):
        slower = ask(world, "c-1", [NO])
    assert (first, slower.status) == ([201], 409), slower.text
    kept = world.http("GET", "/v1/clearances/c-1", party="fox", scope="disclosures.write")
    assert standings(kept) == {YES: "allowed"}


def test_a_file_and_a_call_that_come_at_once_under_one_id_are_one_question(world: Stack) -> None:
    called: list[int] = []

    def call(_count: int) -> None:
        if not called and any(key.startswith("clearances/fox/c-1") for key in world.objects("SettlementBucket")):
            called.append(ask(world, "c-1", [YES]).status)

    with before_each_write(world, "UsageDrop", call):
        receipt = drop(world, "c-1.csv", f"work,use,day\n{NO},training,2026-10-02\n", kind="clearances")
    assert called == [201]
    assert (receipt["status"], "another question" in receipt["detail"]) == ("refused", True), receipt


@pytest.mark.parametrize("number", ["0", "2", "00000000199", "1000000000", "9" * 40, "1.0", "\u0661"])
def test_a_clearance_has_the_files_that_it_says_and_no_other(world: Stack, number: str) -> None:
    ask(world, "c-1", [YES])
    path = "/v1/clearances/c-1/works?file="
    assert world.http("GET", path + "1", party="fox", scope="disclosures.write").status == 307
    assert world.http("GET", path + quote(number), party="fox", scope="disclosures.write").status == 422


def test_what_cannot_be_asked_is_refused_with_the_place(world: Stack) -> None:
    for works, status in (([], 422), (["isrc:X"], 422), ([YES] * (clearance.WORKS_MAX + 1), 413)):
        assert ask(world, "c-9", works).status == status
    assert ask(world, "c-9", [YES], licensee="gnu").status == 403
    assert ask(world, "c-9", [YES] * clearance.WORKS_MAX).status == 201


def test_one_lab_asks_and_leaves_out_what_was_denied_another_does_not_and_the_owner_reads_of_it(world: Stack) -> None:
    cleared = standings(ask(world, "c-1", [YES, NO]))
    run = train(world, "run-1", [work for work, standing in cleared.items() if standing == "allowed"], clearance_id="c-1")
    assert run.status == 201, run.text
    assert (run.json()["clearance_id"], run.json()["standing"]["allowed"], run.json()["standing"]["denied"]) == ("c-1", 1, 0)
    assert train(world, "run-x", [YES], clearance_id="c-7").status == 422
    careless = train(world, "run-2", [YES, NO, UNKNOWN], "gnu").json()["standing"]
    assert (careless["denied"], careless["unregistered"]) == (2, 1)
    scenario.work(world, "yes", "ann", {"ann": "1"}, identifiers=[YES], permissions=DENY, effective_from="2026-10-01")
    scenario.accrue(world, "2026-10-05T08:15:00Z")
    world.at(scenario.SETTLED)
    assert scenario.settle(world)["status"] == "sealed"
    rows = list(csv.DictReader(io.StringIO(scenario.files_of(world)["breaches.csv"].decode())))
    found = {
        (row["licensee"], row["work_id"], row["party_id"], row["kind"], row["amount"], row["currency"], row["cleared"]) for row in rows
    }
    assert found == {
        ("fox", "yes", "ann", "denied_use", "100", "EUR", "c-1: allowed under version 1"),
        ("gnu", "yes", "ann", "denied_use", "7", "EUR", ""),
        ("gnu", "no", "bob", "denied_use", "0", "", ""),
        ("gnu", "", "", "unlicensed", "0", "", ""),
    }
    mine = world.http("GET", "/v1/breaches", party="bob", scope="statements.read").json()["items"]
    assert [(row["licensee"], row["work_id"], row["quantity"]) for row in mine] == [("gnu", "no", "1")]
    told = [event for event in events(world, "bob") if event["type"] == "breach.found"]
    assert [(event["licensee"], event["breach"], event["rows"]) for event in told] == [("gnu", "denied_use", 1)]


def test_a_breach_by_outputs_says_what_had_been_cleared_before_the_use(world: Stack) -> None:
    """The newest clearance for generation, of that model or of any, that asked for the work by the day of its first use."""
    scenario.deal(world, "outputs", {"mechanism": "per_output", "rate": "0.1"}, licensor="ann")
    for clearance_id, when, more in (
        ("old", "2026-10-01T09:00:00Z", {}),
        ("other-model", "2026-10-02T09:00:00Z", {"model": "fox-2"}),
        ("mine", "2026-10-02T10:00:00Z", {"model": "fox-1"}),
        ("too-late", "2026-10-04T09:00:00Z", {}),
    ):
        world.at(when)
        asked = [YES, NO] if clearance_id == "old" else [YES]
        assert ask(world, clearance_id, asked, use="generation", **more).status == 201
    world.at("2026-10-03T09:00:00Z")
    for name, key in (("yes", YES), ("no", NO), ("limited", LIMITED)):
        owner = "bob" if name == "no" else "ann"
        denied = {"generation": {"default": "deny"}}
        scenario.work(world, name, owner, {owner: "1"}, identifiers=[key], permissions=denied, effective_from="2026-10-01")
    world.at("2026-10-05T08:00:00Z")
    scenario.usage(world, "u-1", ("output:gen-1", "2026-10-03", 10))
    scenario.disclose(world, "d-1", {"gen-1": {YES: "0.4", NO: "0.3", LIMITED: "0.3"}})
    scenario.accrue(world, "2026-10-05T08:15:00Z")
    world.at(scenario.SETTLED)
    assert scenario.settle(world)["status"] == "sealed"
    rows = csv.DictReader(io.StringIO(scenario.files_of(world)["breaches.csv"].decode()))
    assert {row["work_id"]: row["cleared"] for row in rows if row["kind"] == "denied_use"} == {
        "yes": "mine: allowed under version 1",
        "no": "old: unlicensed under version 1",
        "limited": "",
    }


def test_owners_are_told_of_clearances_and_finance_of_the_settlement(world: Stack) -> None:
    ask(world, "c-1", [YES, NO, LIMITED])
    told = {party: [e["works"] for e in events(world, party, query="?type=clearance.made")] for party in ("ann", "bob", "gnu")}
    assert told == {"ann": [2], "bob": [1], "gnu": []}
    world.at(scenario.SETTLED)
    scenario.settle(world)
    assert [event["settlement_id"] for event in events(world, None, "finance", "?type=settlement.sealed")] == ["2026-10"]


def test_a_file_of_works_is_answered_as_files(world: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overtone.steps.drop_clearances.FILE_WORKS", 2)
    head = '{"clearance_id": "big", "use": "training", "day": "2026-10-02"}\n'
    lines = "".join(f'{{"work": "{work}"}}\n' for work in ASKED[:5])
    world.put_object("DropBucket", "clearances/fox/q4.ndjson", (head + lines).encode())
    rows = "".join(f"{work},training,2026-10-02\n" for work in ASKED[:5])
    world.put_object("DropBucket", "clearances/fox/same.csv", f"work,use,day\n{rows}".encode())
    world.put_object("DropBucket", "clearances/fox/bad.csv", b"work,use,day\nisrc:X,training,2026-10-02\n")
    world.drain()
    receipts = {key: body for key, body in world.objects("DropBucket").items() if key.startswith("receipts/fox/")}
    by_name = {key.split("/")[-1]: body.decode() for key, body in receipts.items()}
    assert '"files": 3' in by_name["q4.ndjson.json"]
    assert '"status": "refused"' in by_name["bad.csv.json"]
    for name in ("big", "same"):
        shown = world.http("GET", f"/v1/clearances/{name}", party="fox", scope="disclosures.write")
        assert standings(shown) == standings(ask(world, f"call-{name}", ASKED[:5]))
    assert not world.errors, world.errors


def test_who_owns_works_is_told_of_a_clearance_that_took_two_deliveries(world: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    late = iter((False, True))
    monkeypatch.setattr("overtone.steps.drop_clearances.FILE_WORKS", 2)
    monkeypatch.setattr("overtone.steps.drop_clearances.is_late", lambda _: next(late, False))
    rows = "".join(f"{work},training,2026-10-02\n" for work in (YES, NO, LIMITED))
    world.put_object("DropBucket", "clearances/fox/two.csv", f"work,use,day\n{rows}".encode())
    world.drain()
    assert world.http("GET", "/v1/clearances/two", party="fox", scope="disclosures.write").status == 200
    told = {party: [e["works"] for e in events(world, party, query="?type=clearance.made")] for party in ("ann", "bob")}
    assert told == {"ann": [2], "bob": [1]}


def test_owners_that_a_kept_clearance_could_not_tell_are_told_as_it_is_asked_for_again(
    world: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(_: object) -> None:
        raise Retryable("no time left")

    monkeypatch.setattr("overtone.stores.clearances.TOLD_TOGETHER_MAX", 1)
    with monkeypatch.context() as killed:
        killed.setattr("overtone.stores.events.put", no_more)
        assert ask(world, "c-1", [YES, NO, LIMITED]).status == 503
    world.at("2026-10-01T10:00:00Z")
    for _ in range(2):
        assert ask(world, "c-1", [YES, NO, LIMITED]).status == 200
    told = {party: [(e["works"], e["at"][:13]) for e in events(world, party, query="?type=clearance.made")] for party in ("ann", "bob")}
    assert told == {"ann": [(2, "2026-10-01T09")], "bob": [(1, "2026-10-01T09")]}


# --- events


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_line_of_a_table_ends_where_lines_of_tables_do(world: Stack, odd: str) -> None:
    """A title with what Unicode calls a line's end made two rows of one, and the file was refused for a work that it did not name."""
    given = drop(world, "cleared.csv", f"work,use,day,title\n{YES},training,2026-10-02,One{odd}two\n", kind="clearances")
    assert (given["status"], given["received"]) == ("committed", 1), given


def test_a_table_of_works_with_two_columns_of_works_is_refused(world: Stack) -> None:
    """Works of the last column were cleared, and whoever trained on those of the first had their answer."""
    given = drop(world, "twice.csv", f"work,use,day,work\n{YES},training,2026-10-02,isrc:SEABC2600002\n", kind="clearances")
    assert (given["status"], given["errors"][0]["field"]) == ("refused", "work"), given
    given = drop(world, "once.csv", f"work,use,day,title,title\n{YES},training,2026-10-02,One,Two\n", kind="clearances")
    assert given["status"] == "committed", given


def test_a_proposal_a_changed_share_and_changed_bank_details_are_told_to_whom_they_concern(world: Stack) -> None:
    proposed = {"licensee": "fox", "licensor": "bob", "currency": "EUR", "from": "2026-01-01"}
    body = proposed | {"terms": [{"mechanism": "per_output", "rate": "0.1"}]}
    world.http("PUT", "/v1/deals/new", party="bob", scope="registry.write", json=body)
    world.http("POST", "/v1/deals/new/versions/1:accept", party="fox", scope="registry.write")
    scenario.work(world, "yes", "ann", {"ann": "0.5", "bob": "0.5"}, identifiers=[YES])
    scenario.party(world, "bob", "creator", payout=scenario.BANK | {"threshold": "5"})
    assert [(e["type"], e["by"]) for e in events(world, "fox", query="?since=2026-10-01") if e.get("deal_id") == "new"] == [
        ("deal.proposed", "bob")
    ]
    mine = events(world, "bob", query="?since=2026-10-01")
    assert {event["type"] for event in mine} == {"deal.accepted", "share.changed", "bank_details.changed"}
    assert [(e["before"], e["after"], e["by"]) for e in mine if e["type"] == "share.changed"] == [("0", "0.5", "ann")]
    page = world.http("GET", "/v1/events?since=2026-10-01&limit=1", party="bob", scope="statements.read").json()
    following = world.http("GET", f"/v1/events?since=2026-10-01&cursor={page['next_cursor']}", party="bob", scope="statements.read").json()
    assert [event["type"] for event in page["items"] + following["items"]] == [event["type"] for event in mine]
    assert world.http("GET", "/v1/events?party=bob", party="ann", scope="statements.read").status == 403
    assert world.http("GET", "/v1/events?type=nothing", party="ann", scope="statements.read").status == 422
