"""Who reads which file of a settlement, in which form."""

import json
from decimal import Decimal
from typing import Any

from local.gateway import Response
from local.stack import Stack
from tests.integration import scenario
from tests.integration.reading import faults, get
from tests.integration.scenario import ask, files_of, lines_of, settle
from tests.interruptions import before_each_write
from tests.unit.dsr_files import read
from tests.unit.test_cdd import Objection, notification


def mine(stack: Stack, path: str, party: str, **query: Any) -> Response:
    return get(stack, path, party, "statements.read", **query)


def followed(stack: Stack, reply: Response) -> bytes:
    assert reply.status == 307, reply.text
    return stack.http("GET", reply.headers["location"]).body


# --- files


def test_files_are_handed_out_by_the_manifest_alone(settled: Stack) -> None:
    for name, body in files_of(settled).items():
        assert followed(settled, get(settled, f"settlements/2026-10/files/{name}")) == body
    for name in ("nobody.csv", "..%2Fwork", "statements/..%2F..%2Fchain", "statements/nobody.pdf", "%2e%2e/manifest.json", "state"):
        assert get(settled, f"settlements/2026-10/files/{name}").status == 404, name
    assert get(settled, "settlements/nobody/files/lines.csv").status == 404


def test_there_are_no_files_before_the_seal(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    ask(stack)
    assert get(stack, "settlements/2026-10/files/lines.csv").status == 409


# --- statements


def test_a_party_reads_its_own_statement_in_every_format(settled: Stack) -> None:
    told = mine(settled, "statements/2026-10", "ann")
    assert (told.status, told.json()["party_id"]) == (200, "ann")
    stored = files_of(settled)
    assert told.json() == json.loads(stored["statements/ann.json"])
    for form in ("csv", "html", "pdf"):
        assert followed(settled, mine(settled, "statements/2026-10", "ann", format=form)) == stored[f"statements/ann.{form}"]
    members = mine(settled, "statements/2026-10", "stim", format="members")
    assert followed(settled, members) == stored["societies/stim.csv"]
    assert mine(settled, "statements/2026-10", "ann", format="members").status == 404
    assert faults(mine(settled, "statements/2026-10", "ann", format="docx")) == ["format"]
    assert mine(settled, "statements/2026-10", "fox").status == 404
    assert get(settled, "statements/2026-10", party_id="bob").json()["party_id"] == "bob"
    assert get(settled, "statements/2026-10").status == 403


def test_nobody_reads_what_is_anothers(settled: Stack) -> None:
    assert mine(settled, "statements/2026-10", "bob", party_id="ann").status == 403
    for path in ("settlements", "settlements/2026-10", "settlements/2026-10/files/statements/ann.json", "fx/2026-10"):
        assert mine(settled, path, "ann").status == 403, path
    assert mine(settled, "suspense", "bob").json()["items"] == []
    for scope in ("statements.read", "usage.write registry.write disclosures.write"):
        assert ask(settled, scope=scope).status == 403
    lines = {line["line_id"]: line for line in lines_of(settled)}
    for line_id, line in lines.items():
        for party in ("ann", "bob", "stim", "fox"):
            reply = mine(settled, f"explain/2026-10/{line_id}", party)
            payees = {line["party_id"], line["member_id"]}
            assert reply.status == (200 if party in {*payees, line["licensee"]} else 404)
            if party == line["licensee"]:  # which learns what is behind its invoice, and not whose it is
                assert not [name for name in ("party_id", "member_id", "account", "reason") if reply.json()["key"][name]]
                assert "party" not in {version["kind"] for version in reply.json()["versions"]}
    assert mine(settled, "works/track/accruals", "fox", month="2026-10").status == 403


def test_a_preview_is_finances_own(stack: Stack) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack, "look", preview=True)["status"] == "previewed"
    assert get(stack, "statements/look", party_id="ann").json()["party_id"] == "ann"
    assert mine(stack, "statements/look", "ann").status == 409
    line = next(text for text in files_of(stack, "look", preview=True)["lines.csv"].decode().splitlines() if ",ann," in text)
    assert mine(stack, f"explain/look/{line[:20]}", "ann").status == 409
    assert get(stack, f"explain/look/{line[:20]}").json()["verified"]
    assert followed(stack, get(stack, "settlements/look/files/lines.csv")) == files_of(stack, "look", preview=True)["lines.csv"]


def test_whoever_might_own_a_share_finds_it_in_the_file_that_the_trade_knows(settled: Stack) -> None:
    reply = get(settled, "suspense/unclaimedmusicalworkrightshares.tsv", "bob", "registry.write")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/tab-separated-values")
    header, *rows = [line.split("\t") for line in reply.text.splitlines()]
    found = {row[header.index("ISRC")]: row[header.index("UnclaimedRightSharePercentage")] for row in rows}
    assert found[scenario.UNKNOWN.removeprefix("isrc:")] == "100"
    assert all("." not in row[-1] for row in rows)
    assert get(settled, "suspense/unclaimedmusicalworkrightshares.tsv", cursor="x@1").status == 422


def test_a_licensee_sees_the_claims_behind_its_bill_in_ddexs_format(settled: Stack) -> None:
    reply = mine(settled, "settlements/2026-10/claims/fox", "fox")
    assert (reply.status, reply.headers.get("next-cursor")) == (200, None)
    records = [line.split("\t") for line in reply.text.splitlines()]
    assert [record[0] for record in (records[0], records[-1])] == ["CDMH.01", "SRFO"]
    assert (records[-1][1], {len(record) for record in records if record[0] == "CD01.01"}) == (str(len(records)), {28})
    lines = [line for line in lines_of(settled) if line["licensee"] == "fox"]
    claims = {record[1]: record for record in records if record[0] == "CD01.01"}
    assert {claim[1]: claim[-1] for claim in claims.values()} == {line["line_id"]: line["amount"] for line in lines}
    summaries = {record[1]: Decimal(record[-1]) for record in records if record[0] == "CS01.01"}
    assert sum(summaries.values()) == sum(Decimal(line["amount"]) for line in lines)
    assert {claim[2] for claim in claims.values()} == set(summaries)
    assert all(Decimal(claim[23]) + Decimal(claim[24]) == Decimal(claim[27]) for claim in claims.values())
    track = [claims[line["line_id"]] for line in lines if line["party_id"] == "ann" and line["work_id"] == "track"]
    assert {claim[17] for claim in track} == {"75"}
    assert mine(settled, "settlements/2026-10/claims/fox", "ann").status == 403
    assert get(settled, "settlements/2026-10/claims/fox", cursor="x").status == 422


def object_to(stack: Stack, raw: str, party: str = "fox") -> Response:
    headers = {"content-type": "text/tab-separated-values"}
    path = "/v1/settlements/2026-10/claims/fox/discrepancies"
    return stack.http("POST", path, party=party, scope="statements.read", body=raw.encode(), headers=headers)


def test_a_licensee_objects_to_claims_and_nothing_waits_for_it(settled: Stack) -> None:
    """A CDD1 against a line of ann's, a CDD2 in which others claim too, and one against a claim that is not fox's."""
    of_ann = next(line for line in lines_of(settled) if line["party_id"] == "ann" and line["licensee"] == "fox")
    other = next(line for line in lines_of(settled) if line["line_id"] != of_ann["line_id"])
    sent = notification(
        Objection("D1", of_ann["line_id"], "we counted 7"),
        Objection("D2", of_ann["line_id"], "MyCo", (of_ann["line_id"], "their-1")),
        Objection("D3", "0" * len(other["line_id"]), "not ours"),
    )
    before = settled.items("LedgerTable")
    reply = object_to(settled, sent)
    assert (reply.status, reply.json()["received"], reply.json()["opened"], reply.json()["known"]) == (200, 3, 2, 0)
    assert [(fault["record_id"], fault["field"]) for fault in reply.json()["rejected"]] == [("D3", "ClaimId")]
    first, second = reply.json()["disputes"]
    again = object_to(settled, sent).json()
    assert (again["opened"], again["known"], again["disputes"]) == (0, 2, [first, second])
    shown = settled.http("GET", f"/v1/disputes/{first}", party="ann", scope="registry.write").json()
    assert (shown["opened_by"], shown["work_id"], shown["parts"]) == ("fox", of_ann["work_id"], {"ann": "0"})
    assert (shown["reason"], shown["about"]["claims"]) == ("SalesDataIncorrect: we counted 7", [of_ann["line_id"]])
    assert (shown["about"]["cell"], shown["waits_for"]) == ("Usages", ["ann", "fox"])
    told = [item for item in settled.items("LedgerTable") if item not in before]
    assert {item["type"] for item in told} == {"dispute.opened"}
    assert not settled.http("GET", f"/v1/works/{of_ann['work_id']}", party="ann", scope="registry.write").json().get("contested")
    changed = sent.replace("we counted 7", "we counted 8")
    assert object_to(settled, changed).status == 409
    assert object_to(settled, sent, party="ann").status == 403

    def close(party: str, **more: object) -> Response:
        return settled.http("POST", f"/v1/disputes/{first}:close", party=party, scope="registry.write", json={} | more)

    assert close("ann", shares=[{"party": "ann", "share": "1"}]).status == 422
    assert close("ann").json()["waits_for"] == ["fox"]
    assert close("fox").json()["status"] == "closed"
    withdrawn = settled.http("POST", f"/v1/disputes/{second}:withdraw", party="fox", scope="registry.write").json()
    assert withdrawn["status"] == "withdrawn"


def test_a_notification_that_comes_twice_at_the_same_moment_is_one(settled: Stack) -> None:
    of_ann = next(line for line in lines_of(settled) if line["party_id"] == "ann" and line["licensee"] == "fox")
    sent, first = notification(Objection("D1", of_ann["line_id"], "we counted 7")), []

    def comes_too(count: int) -> None:
        if count == 0:
            first.append(object_to(settled, sent).json())

    with before_each_write(settled, "FinanceApi", comes_too):
        again = object_to(settled, sent)
    assert (again.status, [one["opened"] for one in first]) == (200, [1]), again.text
    assert (again.json()["opened"], again.json()["known"], again.json()["disputes"]) == (0, 1, first[0]["disputes"])


def test_a_licensor_reads_what_was_used_of_its_works_in_ddexs_format(settled: Stack) -> None:
    name = "reports/stim@fox.dsr.tsv"
    assert name in {entry["name"] for entry in get(settled, "settlements/2026-10").json()["files"]}
    raw = followed(settled, mine(settled, "statements/2026-10", "stim", format="dsr", licensee="fox"))
    scan, parts = read(raw)
    assert [fault.message for part in parts for fault in part.faults] == []
    lines = [line for line in lines_of(settled) if line["party_id"] == "stim" and line["licensee"] == "fox" and line["work_key"]]
    owed = {line["currency"]: sum(Decimal(one["amount"]) for one in lines if one["currency"] == line["currency"]) for line in lines}
    said = {summary.currency: Decimal(summary.revenue or 0) / 10**12 for summary in scan.summaries.values()}
    assert lines
    assert said == owed
    assert (scan.head["SenderPartyId"], scan.head["RecipientPartyId"]) == ("fox", "stim")
    assert followed(settled, get(settled, f"settlements/2026-10/files/{name}")) == raw
    assert mine(settled, "statements/2026-10", "stim", format="dsr").status == 422
    assert mine(settled, "statements/2026-10", "stim", format="dsr", licensee="nobody").status == 404
    assert mine(settled, "statements/2026-10", "ann", format="dsr", licensee="fox").status == 404
