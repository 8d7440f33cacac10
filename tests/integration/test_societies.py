"""Societies over HTTP and by drop: approved, mandated, with a tariff and members; and what a settlement brings each member."""

import json
from typing import Any

import pytest

from local.gateway import Response
from local.stack import Stack
from overtone.rights.members import MEMBERS_MAX, MEMBERS_POSTED_MAX
from overtone.steps import members
from tests.integration import scenario
from tests.interruptions import AtOnce, before_each_write

USES = ["training", "generation", "output", "play", "levy"]
WRITE = "registry.write"


def call(stack: Stack, method: str, path: str, party: str | None, body: Any = None, scope: str = WRITE) -> Response:
    return stack.http(method, f"/v1/{path}", party=party, scope=scope if party else "admin", json=body)


@pytest.fixture
def stim(stack: Stack) -> Stack:
    stack.at("2026-09-01T08:00:00Z")
    scenario.party(stack, "stim", "society", payout=scenario.BANK)
    return stack


def drop(stack: Stack, name: str, body: str, party: str = "stim") -> dict[str, Any]:
    stack.put_object("DropBucket", f"members/{party}/{name}", body.encode())
    stack.drain()
    receipt: dict[str, Any] = json.loads(stack.objects("DropBucket")[f"receipts/{party}/{name}.json"])
    return receipt


def test_a_society_that_registers_itself_waits_for_an_admin_and_says_so(stack: Stack) -> None:
    stack.at("2026-09-01T08:00:00Z")
    body = {"name": "Own", "kind": "society", "country": "SE", "approval": {"status": "approved"}}
    assert call(stack, "PUT", "parties/own", "own", body).json()["approval"] == {"status": "waiting", "by": "", "at": "", "evidence": ""}
    scenario.register(stack, "parties", "ann", {"name": "Ann", "kind": "creator", "country": "SE"}, "ann")
    asked = call(stack, "PATCH", "parties/ann", "ann", {"mandates": [{"society": "own", "rights": ["recording"], "uses": ["play"]}]})
    (stands,) = asked.json()["accords"]
    assert (stands["status"], stands["waits_for"], stands["society"]) == ("proposed", ["own"], "own")
    assert "waits for own" in asked.json()["warnings"][0]
    accept = f"parties/ann/mandates/{stands['mandate']}:accept"
    tariff = {"rates": [{"admin_fee": "0.1"}]}
    row = {"party": "ann", "rights": ["recording"], "uses": ["play"]}
    assert call(stack, "POST", accept, "own").status == 409
    assert call(stack, "PUT", "societies/own/tariff", "own", tariff).status == 403
    assert call(stack, "POST", "societies/own/members", "own", {"members": [row]}).status == 403
    assert call(stack, "POST", "societies/own:approve", "own", {}).status == 403
    approved = call(stack, "POST", "societies/own:approve", None, {"evidence": "licence 7 of the patent office"})
    assert (approved.status, approved.json()["approval"]["evidence"]) == (200, "licence 7 of the patent office")
    assert call(stack, "POST", "societies/own:approve", None, {}).json()["version"] == approved.json()["version"]
    assert call(stack, "POST", "societies/ann:approve", None, {}).status == 404
    assert call(stack, "POST", accept, "own", {"evidence": "contract 3"}).json()["accords"][0]["status"] == "accepted"
    assert call(stack, "PUT", "societies/own/tariff", "own", tariff).status == 201
    events = stack.http("GET", "/v1/events", party="ann", scope=WRITE).json()["items"]
    assert sorted(event["type"] for event in events) == ["mandate.accepted", "tariff.changed"]


def test_nobody_is_called_as_records_call_an_admin(stack: Stack) -> None:
    """A society of that name had written whatever an admin wrote: it entered whoever that is about as its members, without their yes."""
    scenario.register(stack, "parties", "bob", {"name": "Bob", "kind": "creator", "country": "SE"}, None)
    refused = call(stack, "PUT", "parties/admin", None, {"name": "Admin", "kind": "society", "country": "SE"})
    row = {"party": "bob", "rights": ["recording"], "uses": ["play"]}
    entered = call(stack, "POST", "societies/admin/members", "admin", {"members": [row]})
    assert call(stack, "GET", "parties/bob", None).json()["mandates"] == [], entered.text
    assert (refused.status, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["party_id"])


def test_a_tariff_is_set_ahead_by_its_society_and_read_by_all(stim: Stack) -> None:
    rates = {"rates": [{"admin_fee": "0.1", "rights": ["composition"]}]}
    assert call(stim, "PUT", "societies/stim/tariff", "stim", rates | {"effective_from": "2026-08-31"}).status == 422
    assert call(stim, "PUT", "societies/stim/tariff", "fox", rates).status == 403
    made = call(stim, "PUT", "societies/stim/tariff", "stim", rates)
    assert (made.status, made.json()["applies_from"]) == (201, "2026-09-01")
    later = {"rates": [{"admin_fee": "0.2"}], "effective_from": "2026-11-01"}
    assert call(stim, "PUT", "societies/stim/tariff", "stim", later).status == 200
    read = call(stim, "GET", "societies/stim/tariff", "ann")
    assert read.json()["rates"][0]["admin_fee"] == "0.1"
    assert call(stim, "GET", "societies/stim/tariff?as_of=2026-11-01", "ann").json()["rates"][0]["admin_fee"] == "0.2"
    assert len(call(stim, "GET", "societies/stim/tariff/versions", "ann").json()["versions"]) == 2
    assert call(stim, "GET", "societies/none/tariff", "ann").status == 404


def test_members_come_in_bulk_and_bad_rows_are_named(stim: Stack) -> None:
    scenario.party(stim, "ann", "creator")
    scenario.register(stim, "parties", "bob", {"name": "Bob", "kind": "creator", "country": "SE"}, "bob")
    call(stim, "PATCH", "parties/bob", "bob", {"mandates": [{"society": "stim", "rights": ["composition"], "uses": USES}]})
    table = "party,name,country,rights,uses\n"
    table += "new,New,SE,composition,output|play\nann,,,composition,output\nbob,,,,\nbad,,SE,composition,output\nworse,W,SE,lyrics,output\n"
    receipt = drop(stim, "october.csv", table)
    found = {name: receipt[name] for name in ("status", "received", "entered", "accepted", "proposed", "unchanged", "refused")}
    assert found == {"status": "committed", "received": 5, "entered": 1, "accepted": 1, "proposed": 1, "unchanged": 0, "refused": 2}
    assert [(fault["index"], fault["record_id"], fault["field"]) for fault in receipt["rejected"]] == [
        (3, "bad", "name"),
        (4, "worse", "rights.0"),
    ]
    again = drop(stim, "again.csv", table)
    assert (again["unchanged"], again["entered"], again["proposed"], again["accepted"]) == (3, 0, 0, 0)
    listed = call(stim, "GET", "societies/stim/members?limit=2", "stim").json()
    rest = call(stim, "GET", f"societies/stim/members?cursor={listed['next_cursor']}", "stim").json()
    assert [(one["party"], [m["status"] for m in one["mandates"]]) for one in listed["items"] + rest["items"]] == [
        ("ann", ["proposed"]),
        ("bob", ["accepted"]),
        ("new", ["accepted"]),
    ]
    assert [one["party"] for one in call(stim, "GET", "societies/stim/members?status=proposed", "stim").json()["items"]] == ["ann"]
    assert call(stim, "GET", "societies/stim/members?status=unsure", "stim").status == 422
    assert call(stim, "GET", "societies/stim/members", "ann").status == 403
    call(stim, "PATCH", "parties/bob", "bob", {"mandates": None})
    assert [one["party"] for one in call(stim, "GET", "societies/stim/members?status=ended", "stim").json()["items"]] == ["bob"]
    rows = [{"party": "ann"}] * (MEMBERS_POSTED_MAX + 1)
    assert call(stim, "POST", "societies/stim/members", "stim", {"members": rows}).status == 413
    csv = stim.http(
        "POST", "/v1/societies/stim/members", party="stim", scope=WRITE, body=table.encode(), headers={"content-type": "text/csv"}
    )
    assert csv.json()["received"] == 5
    assert drop(stim, "wrong.csv", "name\nAnn\n")["errors"][0]["field"] == "party"


def test_a_row_that_somebody_was_faster_with_stops_no_other(stim: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another party of the same IPI is registered between the look at a row and its writing."""
    monkeypatch.setattr(members, "ThreadPoolExecutor", AtOnce)
    person = {"name": "New", "country": "SE", "ipi": "00130046332"}
    rows: list[dict[str, Any]] = [{"party": f"new-{number}", "rights": ["composition"], "uses": USES} | person for number in range(3)]
    rows[0]["ipi"] = rows[2]["ipi"] = None

    def act(writes: int) -> None:
        if writes == 2:  # what leads to the first party, and the party
            scenario.register(stim, "parties", "eve", {"kind": "creator"} | person)

    with before_each_write(stim, "RegistryApi", act):
        receipt = call(stim, "POST", "societies/stim/members", "stim", {"members": rows})
    assert receipt.status == 200, receipt.text
    assert (receipt.json()["entered"], [(row["record_id"], row["field"]) for row in receipt.json()["rejected"]]) == (2, [("new-1", "ipi")])


def test_what_a_society_asks_of_a_member_brings_nothing_of_its_record_forward(stim: Stack) -> None:
    """From next year on she is paid elsewhere, and her hold ends: a society's row made both so at once."""
    scenario.party(stim, "ann", "creator", payout=scenario.BANK)
    known = {"name": "Ann", "kind": "creator", "country": "SE", "payout": scenario.BANK}
    moved = known | {"payout": scenario.BANK | {"iban": "DE89370400440532013000"}}
    for record in (known | {"on_hold": True}, moved | {"effective_from": "2027-01-01"}):
        scenario.register(stim, "parties", "ann", record)
    row = {"party": "ann", "rights": ["composition"], "uses": USES}
    assert call(stim, "POST", "societies/stim/members", "stim", {"members": [row]}).json()["proposed"] == 1
    now = call(stim, "GET", "parties/ann", "ann").json()
    assert (now["payout"]["iban"], now["on_hold"]) == (scenario.BANK["iban"], True)
    assert [(one["society"], one["status"]) for one in now["accords"]] == [("stim", "proposed")]
    then = call(stim, "GET", "parties/ann?as_of=2027-01-01", "ann").json()
    assert (then["payout"]["iban"], then["on_hold"]) == ("DE89370400440532013000", False)


@pytest.mark.slow
def test_a_file_of_five_thousand_members_is_taken_and_one_more_is_refused(stim: Stack) -> None:
    head = "party,name,country,rights,uses\n"
    rows = [f"m{number},Member {number},SE,composition,output\n" for number in range(MEMBERS_MAX + 1)]
    assert "exceed" in drop(stim, "more.csv", head + "".join(rows))["detail"]
    receipt = drop(stim, "all.csv", head + "".join(rows[:MEMBERS_MAX]))
    assert (receipt["status"], receipt["entered"], receipt["refused"]) == ("committed", MEMBERS_MAX, 0)


def test_a_sister_society_licenses_in_its_territory_and_pays_the_members_own(stim: Stack) -> None:
    """Stim's own mandate to Gema for Germany is the reciprocal agreement: Gema's deal reaches Stim's members there, and pays Stim."""
    scenario.party(stim, "gema", "society", payout=scenario.BANK)
    scenario.party(stim, "fox", "licensee")
    abroad = {"society": "gema", "rights": ["recording"], "uses": USES, "territories": ["DE"]}
    asked = call(stim, "PATCH", "parties/stim", "stim", {"mandates": [abroad]})
    scenario.party(stim, "ann", "creator", mandates=[{"society": "stim", "rights": ["recording"], "uses": USES}])
    scenario.work(stim, "song", "ann", {"ann": "1"}, identifiers=[scenario.ISRC])
    scenario.deal(stim, "gema-fox", {"mechanism": "per_output", "rate": "1"}, licensor="gema")
    call(stim, "PUT", "societies/stim/tariff", "stim", {"rates": [{"admin_fee": "0.25"}]})
    stim.at("2026-10-05T08:00:00Z")
    scenario.disclose(stim, "rep", {"gen-1": {scenario.ISRC: "1"}})
    scenario.usage(stim, "b-de", ("output:gen-1", "2026-10-03", 100), territory="DE")
    scenario.usage(stim, "b-fr", ("output:gen-1", "2026-10-03", 10), territory="FR")
    scenario.accrue(stim, "2026-10-05T08:15:00Z")
    stim.at("2026-11-10T06:00:00Z")
    scenario.settle(stim)
    assert not scenario.lines_of(stim)  # the sister has not agreed yet
    name = asked.json()["accords"][0]["mandate"]
    scenario.accept(stim, "stim", name, "gema")
    stim.at("2026-12-10T06:00:00Z")
    scenario.settle(stim, "2026-11", "2026-11")
    lines = [(line["party_id"], line["member_id"], line["amount"]) for line in scenario.lines_of(stim, "2026-11") if line["party_id"]]
    assert lines == [("stim", "ann", "100")]
    (sums,) = call(stim, "GET", "societies/stim/distributions/2026-11", "stim", scope="statements.read").json()["items"]
    assert sums == {"member": "ann", "currency": "EUR", "gross": "100", "admin_fee": "25", "cultural_deduction": "0", "net": "75"}
    assert call(stim, "GET", "societies/stim/distributions/2026-11", "ann", scope="statements.read").status == 403
    assert not stim.errors, stim.errors


def test_a_society_ends_a_member_s_mandate_and_collects_until_then(stim: Stack) -> None:
    scenario.party(stim, "fox", "licensee")
    scenario.party(stim, "ann", "creator", mandates=[{"society": "stim", "rights": ["recording"], "uses": USES}], payout=scenario.BANK)
    scenario.work(stim, "song", "ann", {"ann": "1"}, identifiers=[scenario.ISRC])
    scenario.deal(stim, "open", {"mechanism": "per_output", "rate": "1"})
    (stands,) = call(stim, "GET", "parties/ann", "ann").json()["accords"]
    end = f"parties/ann/mandates/{stands['mandate']}:end"
    stim.at("2026-10-02T08:00:00Z")
    assert call(stim, "POST", end, "stim", {"from": "2026-10-02"}).status == 422
    assert call(stim, "POST", end, "fox", {}).status == 404
    over = call(stim, "POST", end, "stim", {"from": "2026-10-04", "reason": "the contract ran out"}).json()["accords"][0]
    assert (over["status"], over["end"]["from"], over["end"]["reason"]) == ("ended", "2026-10-04", "the contract ran out")
    assert call(stim, "POST", end, "stim", {"from": "2026-10-04"}).json()["accords"] == [over]
    (event,) = stim.http("GET", "/v1/events?type=mandate.ended", party="ann", scope=WRITE).json()["items"]
    assert (event["society"], event["applies_from"], event["reason"]) == ("stim", "2026-10-04", "the contract ran out")
    assert [one["party"] for one in call(stim, "GET", "societies/stim/members?status=ended", "stim").json()["items"]] == ["ann"]
    call(stim, "PATCH", "parties/ann", "ann", {"name": "Ann B"})
    stim.at("2026-10-05T08:00:00Z")
    scenario.disclose(stim, "rep", {"gen-1": {scenario.ISRC: "1"}})
    for day, quantity in (("2026-10-03", 100), ("2026-10-04", 7)):
        scenario.usage(stim, f"b-{day}", ("output:gen-1", day, quantity))
    scenario.accrue(stim, "2026-10-05T08:15:00Z")
    stim.at("2026-11-10T06:00:00Z")
    scenario.settle(stim)
    assert sorted((line["party_id"], line["member_id"], line["amount"]) for line in scenario.lines_of(stim)) == [
        ("ann", "ann", "7"),
        ("stim", "ann", "100"),
    ]
    stim.at("2026-10-09T08:00:00Z")
    again = call(stim, "POST", end, "stim", {"from": "2026-10-04"})
    assert (again.status, again.json()["accords"]) == (200, [over]), "said again when its answer was lost for days"


def test_an_end_from_tomorrow_that_is_said_again_days_later_is_the_same(stim: Stack) -> None:
    scenario.party(stim, "ann", "creator", mandates=[{"society": "stim", "rights": ["recording"], "uses": USES}])
    (stands,) = call(stim, "GET", "parties/ann", "ann").json()["accords"]
    end = f"parties/ann/mandates/{stands['mandate']}:end"
    first = call(stim, "POST", end, "stim", {})
    stim.at("2026-09-09T08:00:00Z")
    again = call(stim, "POST", end, "stim", {})
    assert (again.status, again.json()["accords"]) == (200, first.json()["accords"])
    assert call(stim, "POST", end, "ann", {}).status == 409, "who did not say so hears when it ends"
    assert call(stim, "POST", end, "stim", {"from": "2026-12-01"}).status == 409


def test_a_mandate_that_ends_next_year_can_be_accepted_and_ended_until_then(stim: Stack) -> None:
    """The member leaves with the new year: the society could not say yes for the months until then, and neither could end it before."""
    mandate = {"society": "stim", "rights": ["recording"], "uses": USES}
    person = {"name": "Ann", "kind": "creator", "country": "SE"}
    scenario.register(stim, "parties", "ann", person | {"mandates": [mandate]}, "ann")
    scenario.register(stim, "parties", "ann", person | {"effective_from": "2027-01-01"}, "ann")
    (stands,) = call(stim, "GET", "parties/ann", "ann").json()["accords"]
    path = f"parties/ann/mandates/{stands['mandate']}"
    assert call(stim, "POST", f"{path}:accept", "stim", {}).status == 200
    assert call(stim, "GET", "parties/ann", "ann").json()["accords"][0]["status"] == "accepted"
    assert call(stim, "POST", f"{path}:end", "ann", {"from": "2026-12-01"}).status == 200
    stim.at("2027-01-01T08:00:00Z")
    scenario.register(stim, "parties", "bo", person | {"mandates": [mandate]}, "bo")
    scenario.register(stim, "parties", "bo", person, "bo")
    assert call(stim, "POST", f"parties/bo/mandates/{stands['mandate']}:accept", "stim", {}).status == 409


def test_a_member_that_leaves_next_year_is_listed_as_one_until_then(stim: Stack) -> None:
    """The society read at once that it had ended, while it went on to collect for her."""
    mandate = {"society": "stim", "rights": ["recording"], "uses": USES}
    scenario.party(stim, "ann", "creator", mandates=[mandate])
    person = {"name": "Ann", "kind": "creator", "country": "SE"}
    scenario.register(stim, "parties", "ann", person | {"effective_from": "2027-01-01"}, "ann")

    def statuses() -> list[str]:
        (member,) = call(stim, "GET", "societies/stim/members", "stim", scope="statements.read").json()["items"]
        return [given["status"] for given in member["mandates"]]

    assert statuses() == ["accepted"]
    assert call(stim, "GET", "societies/stim/members?status=ended", "stim", scope="statements.read").json()["items"] == []
    stim.at("2027-01-01T08:00:00Z")
    assert statuses() == ["ended"]
    coming = person | {"mandates": [mandate], "effective_from": "2027-06-01"}
    scenario.register(stim, "parties", "ann", coming, "ann")
    assert statuses() == ["proposed"], "what is asked for from a day to come is to be answered"


def test_a_mandate_whose_lists_are_in_another_order_is_the_same(stim: Stack) -> None:
    """It was another one, which waited for the society's yes, and a membership that it had accepted was to be accepted again."""
    mandate = {"society": "stim", "rights": ["recording", "composition"], "uses": ["play", "levy"], "territories": ["SE", "NO"]}
    body = {"name": "Ann", "kind": "creator", "country": "SE", "mandates": [mandate]}
    (stands,) = call(stim, "PUT", "parties/ann", "ann", body).json()["accords"]
    accepted = call(stim, "POST", f"parties/ann/mandates/{stands['mandate']}:accept", "stim", {})
    turned = {name: [*reversed(said), said[0]] if isinstance(said, list) else said for name, said in mandate.items()}
    again = call(stim, "PUT", "parties/ann", "ann", body | {"mandates": [turned]})
    assert (again.status, again.json()["version"], again.json()["accords"]) == (200, 1, accepted.json()["accords"]), again.text
    moved = call(stim, "PATCH", "parties/ann", "ann", {"country": "NO", "mandates": [turned, mandate]})
    assert [(one["mandate"], one["status"]) for one in moved.json()["accords"]] == [(stands["mandate"], "accepted")]
    wider = call(stim, "PATCH", "parties/ann", "ann", {"mandates": [turned | {"uses": ["play", "levy", "output"]}]})
    assert [one["status"] for one in wider.json()["accords"]] == ["proposed"]
