"""What a party's personal data was is nowhere in the registry after its erasure, and every figure is as before.

Sealed files that name people go when their time is over, by a lifecycle rule that the template states.
"""

import json
from pathlib import Path

import pytest

from local.stack import Stack
from local.template import read
from overtone.steps.settlement import sink
from tests.integration import scenario
from tests.integration.scenario import files_of, settle, usage
from tests.interruptions import AtOnce, before_each_write

TEMPLATE = Path(__file__).parent.parent.parent / "template.yaml"
IPI, ISNI = "00130046332", "0000000121032683"
PERSONAL = ("Annabel", IPI, ISNI, "SE4550000000058398257466")


def test_personal_data_goes_from_every_version_and_the_ledger_stays(stack: Stack) -> None:
    scenario.small_world(stack)
    known = {"name": "Annabel Lee", "kind": "creator", "country": "SE", "ipi": "00130046332", "isni": "0000000121032683"}
    scenario.register(stack, "parties", "ann", known | {"payout": scenario.BANK}, "ann")
    scenario.register(stack, "parties", "ann", known | {"payout": scenario.BANK | {"threshold": "5"}}, "ann")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    sealed = files_of(stack)
    assert stack.http("POST", "/v1/parties/ann:erase", party="ann", scope="registry.write").status == 403
    for rewritten in (3, 4):
        erased = stack.http("POST", "/v1/parties/ann:erase", scope="admin")
        assert erased.json()["files_kept_until"] == "2036-11-07", "ten years, as the law of most countries has it"
        assert (erased.status, erased.json()["versions"]) == (200, rewritten), erased.text
    registry = json.dumps(stack.items("RegistryTable"), default=repr)
    assert not [text for text in PERSONAL if text in registry.replace("SE4090000000071234567897", "")]
    shown = stack.http("GET", "/v1/parties/ann", scope="admin").json()
    assert (shown["name"], "payout" in shown and bool(shown["payout"])) == ("erased", False)
    usage(stack, "b-2", ("output:gen-1", "2026-11-03", 50_000))
    scenario.accrue(stack, "2026-11-12T00:00:00Z")
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert files_of(stack) == sealed, "what was sealed is evidence"
    paid = [row for row in files_of(stack, "2026-11")["payments.csv"].decode().splitlines() if row.startswith("ann,")]
    assert len(paid) == 1
    assert ",no_bank_details" in paid[0]
    assert stack.http("POST", "/v1/parties/nobody:erase", scope="admin").status == 404


def test_nobody_is_forgotten_between_the_payment_and_the_statement(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sink, "ThreadPoolExecutor", AtOnce)
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    answers = []
    with before_each_write(
        stack, "Settlement", lambda _: answers.append(stack.http("POST", "/v1/parties/ann:erase", scope="admin").status)
    ):
        assert settle(stack)["status"] == "sealed"
    assert 409 in answers
    assert set(answers[answers.index(409) : len(answers) - answers[::-1].index(409)]) == {409}, "from its beginning to its seal"
    assert stack.http("POST", "/v1/parties/ann:erase", scope="admin").status == 200


def let_time_pass(stack: Stack) -> list[str]:
    """What the bucket's lifecycle rule of what names people does: every version of an object that bears its tag goes; their keys."""
    rules = read(TEMPLATE).resources["SettlementBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    (rule,) = (rule for rule in rules if rule["Id"] == "what-names-people")
    assert rule["ExpirationInDays"] == {"Ref": "KeepPersonalFilesDays"}
    assert any("NoncurrentVersionExpiration" in rule for rule in rules)
    s3, name = stack.aws("s3"), stack.name("SettlementBucket")
    tags = {key: s3.get_object_tagging(Bucket=name, Key=key)["TagSet"] for key in stack.objects("SettlementBucket")}
    gone = [key for key, borne in tags.items() if rule["TagFilters"][0] in borne]
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for one in page.get("Versions", []):
            if one["Key"] in gone:
                s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    return gone


@pytest.mark.parametrize("kind", ["creator", "label"])
def test_when_its_time_is_over_no_sealed_file_names_anybody_and_the_chain_goes_on(stack: Stack, kind: str) -> None:
    """Who releases her own music is a label: the reports that labels are given named her for ever."""
    scenario.small_world(stack)
    known = {"name": "Annabel Lee", "kind": kind, "country": "SE", "payout": scenario.BANK}
    scenario.register(stack, "parties", "ann", known)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    assert stack.http("GET", "/v1/settlements/2026-10/zip", scope="finance").status == 307
    sealed = files_of(stack)
    naming = {name for name, body in sealed.items() if b"Annabel" in body or b"SE4550000000058398257466" in body}
    gone = let_time_pass(stack)
    assert {f"2026-10/{name}" for name in naming} <= set(gone)
    assert any(name.startswith("reports/") for name in naming) == (kind == "label")
    assert "archives/2026-10.zip" in gone
    left = {key: body for key, body in stack.objects("SettlementBucket").items() if b"Annabel" in body}
    assert not left
    assert files_of(stack)["manifest.json"] == sealed["manifest.json"]
    usage(stack, "b-2", ("output:gen-1", "2026-11-03", 50_000))
    scenario.accrue(stack, "2026-11-12T00:00:00Z")
    stack.at("2026-12-10T06:00:00Z")
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"
    assert not stack.errors


@pytest.mark.parametrize(("day", "status"), [("2036-11-07T23:59:59Z", 200), ("2036-11-08T00:00:00Z", 410)])
def test_what_is_no_longer_there_is_gone_and_not_lost(stack: Stack, day: str, status: int) -> None:
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    stack.at(day)
    answer = stack.http("GET", "/v1/statements/2026-10", party="ann", scope="statements.read")
    assert answer.status == status, answer.text
    files = stack.http("GET", "/v1/settlements/2026-10/files/payments.csv", scope="finance")
    assert files.status == (307 if status == 200 else 410)
    if status == 410:
        assert "was kept until 2036-11-07; the manifest has its digest" in answer.json()["detail"]
    assert stack.http("GET", "/v1/settlements/2026-10/files/lines.csv", scope="finance").status == 307


def test_a_zip_that_was_packed_late_is_handed_out_no_longer_than_what_is_in_it(stack: Stack) -> None:
    """A lifecycle rule counts from the day on which it was packed: it lies there for ten years more."""
    scenario.small_world(stack)
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    stack.at("2036-11-07T08:00:00Z")
    assert stack.http("GET", "/v1/settlements/2026-10/zip", scope="finance").status == 307
    stack.at("2036-11-08T08:00:00Z")
    answer = stack.http("GET", "/v1/settlements/2026-10/zip", scope="finance")
    assert (answer.status, "was kept until 2036-11-07" in answer.text) == (410, True), answer.text


def test_what_a_forgotten_party_s_identifiers_name_beside_it_is_not_forgotten(stack: Stack) -> None:
    """A singer's ISNI names her voice, of which her label owns half; an IPI that she gave up is another party's."""
    scenario.small_world(stack)
    scenario.register(stack, "parties", "ann", {"name": "Ann", "kind": "creator", "country": "SE", "ipi": IPI, "isni": ISNI}, "ann")
    scenario.register(stack, "parties", "ann", {"name": "Ann", "kind": "creator", "country": "SE", "isni": ISNI}, "ann")
    scenario.party(stack, "wax", "label", payout=scenario.BANK, ipi=IPI)
    allowed = {"permissions": scenario.ALLOWED | {"likeness": {"default": "allow"}}}
    scenario.work(stack, "voice", "wax", {"ann": "0.5", "wax": "0.5"}, "likeness", identifiers=[f"isni:{ISNI}"], **allowed)
    scenario.disclose(stack, "rep-2", {"gen-9": {f"isni:{ISNI}": "1"}})
    assert stack.http("POST", "/v1/parties/ann:erase", scope="admin").status == 200
    usage(stack, "b-9", ("output:gen-9", "2026-10-05", 1_000))
    scenario.accrue(stack, scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    voice = {line["party_id"] or line["reason"] for line in scenario.lines_of(stack) if line["work_key"] == f"isni:{ISNI}"}
    assert voice == {"ann", "wax"}
    taken = {"name": "Eve", "kind": "creator", "country": "SE", "ipi": IPI}
    assert stack.http("PUT", "/v1/parties/eve", scope="admin", json=taken).status == 409


def test_a_change_of_the_record_that_was_under_way_brings_nothing_back(stack: Stack) -> None:
    """It had read the record before, and found as many versions afterwards: it wrote all of them as they had been."""
    known = {"name": "Annabel Lee", "kind": "creator", "country": "SE", "isni": ISNI, "payout": scenario.BANK}
    scenario.register(stack, "parties", "ann", known, "ann")
    answers = []

    def forgotten(count: int) -> None:
        if count == 0:
            answers.append(stack.http("POST", "/v1/parties/ann:erase", scope="admin").status)

    with before_each_write(stack, "RegistryApi", forgotten):
        body = {"kind": "creator", "country": "SE", "name": "A. L."}
        assert stack.http("PUT", "/v1/parties/ann", party="ann", scope="registry.write", json=body).status == 200
    assert answers == [200]
    registry = json.dumps(stack.items("RegistryTable"), default=repr)
    assert not [text for text in PERSONAL if text in registry]
    versions = stack.http("GET", "/v1/parties/ann/versions", scope="admin").json()["versions"]
    assert [version["name"] for version in versions] == ["erased", "erased", "A. L."]
