"""Every correction that a platform makes: of the quantity, the day, the recording, a void, a whole batch; and what it forgot to say."""

import json
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from string import ascii_letters, digits
from typing import Any

import pytest

from local.stack import Stack
from overtone.facts.limits import RECORD_ID_LENGTH_MAX
from overtone.steps import drops, elsewhere
from overtone.steps.drop_delivery import Unfinished
from overtone.stores import facts as fact_store
from overtone.stores.facts import StoredFact
from tests.integration.dropping import drop, receipt
from tests.integration.test_usage_api import batch, record, register, send

LETTERS = f"{ascii_letters}{digits}"
SONG, OTHER = "isrc:SEABC2600001", "isrc:SEABC2600002"


def played(number: int = 1, **more: object) -> dict[str, Any]:
    return record(number, subject=SONG, quantity=10, revenue=..., currency=..., **more)


def standing(stack: Stack) -> dict[tuple[str, str], int]:
    """Quantity by work and day, as the ledger has it."""
    stack.tick(stack.now + timedelta(minutes=15))
    assert not stack.errors, stack.errors
    found: dict[tuple[str, str], int] = {}
    for month in ("2026-09", "2026-10"):
        for item in stack.items("LedgerTable"):
            if item["pk"] == f"PARTS#{month}":
                found[item["sk"].split("#")[2], "quantity"] = int(item["quantity"])
    return {key: quantity for key, quantity in found.items() if quantity}


def test_a_day_and_a_subject_are_corrected_by_saying_where_the_record_stood(fox: Stack) -> None:
    send(fox, "b-1", [played(1), played(2)])
    moved = [
        played(1, revision=1, used_on="2026-09-30", replaces={"used_on": "2026-10-01"}),
        played(2, revision=1, replaces={"subject": SONG}) | {"subject": OTHER, "quantity": 7},
    ]
    receipt = send(fox, "b-2", moved).json()
    assert (receipt["accepted"], receipt["replaced"], receipt["rejected"]) == (2, 2, [])
    assert batch(fox, "b-2")["counts"]["waiting"] == 2, "voids are no records of the batch"
    assert standing(fox) == {("2026-09-30", "quantity"): 10, ("2026-10-01", "quantity"): 7}
    assert batch(fox, "b-1")["counts"]["superseded"] == 2
    assert sum(batch(fox, "b-2")["counts"].values()) == batch(fox, "b-2")["counts"]["accrued"] == 2
    fox.tick("2026-10-02T00:15:00Z")
    report = json.loads(fox.objects("DropBucket")["reconciliation/fox/2026-10-01.json"])
    assert (report["balanced"], report["batches"][1]["replaced"]) == (True, 2)
    state = fox.http("GET", "/v1/completeness/2026-10", party="fox", scope="usage.write").json()["reporters"][0]
    assert state["received"]["records"] == 3  # voids are nobody's records


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"replaces": {}, "revision": 1}, "replaces"),
        ({"replaces": {"batch": "b"}, "revision": 1}, "replaces"),
        ({"replaces": {"used_on": "yesterday"}, "revision": 1}, "replaces.used_on"),
        ({"replaces": {"subject": "song"}, "revision": 1}, "replaces.subject"),
        ({"replaces": {"subject": SONG}, "revision": 1}, "replaces"),
        ({"replaces": {"used_on": "2026-09-30"}}, "revision"),
        ({"royalty_bearing": "no"}, "royalty_bearing"),
        ({"service": "the free one"}, "service"),
        ({"service": 7}, "service"),
    ],
)
def test_what_says_no_place_is_refused_by_field(fox: Stack, more: dict[str, object], field: str) -> None:
    reply = send(fox, "b-1", [played(1, **more)])
    assert (reply.status, [fault["field"] for fault in reply.json()["errors"]]) == (422, [field])


def test_a_correction_that_forgets_to_say_so_is_told_what_to_add(fox: Stack) -> None:
    send(fox, "b-1", [played(1), played(2, used_on="2026-09-30")])
    for number, change in ((1, {"subject": OTHER}), (2, {"used_on": "2026-10-01"})):
        reply = send(fox, f"c-{number}", [played(number, revision=1) | change])
        (fault,) = reply.json()["errors"]
        assert (reply.status, fault["field"], fault["record_id"]) == (422, "replaces", f"r-{number}")
        place = json.loads(fault["message"].partition('"replaces": ')[2].partition(" with it")[0])
        assert send(fox, f"d-{number}", [played(number, revision=1, replaces=place) | change]).status == 201
    assert standing(fox) == {("2026-10-01", "quantity"): 20}


@pytest.mark.parametrize("ids", ["unsaid", "unique"])
def test_a_correction_that_forgets_to_say_so_is_found_among_others_that_do(fox: Stack, ids: str) -> None:
    """One record of a batch that said where it had stood let all others count twice."""
    if ids == "unique":
        register(fox, "fox", record_ids="unique")
    send(fox, "b-1", [played(1), played(2)])
    says = played(1, revision=1, used_on="2026-09-30", replaces={"used_on": "2026-10-01"})
    receipt = send(fox, "b-2", [says, played(2, revision=1, used_on="2026-09-30")]).json()
    if ids == "unique":
        assert (receipt["accepted"], receipt["replaced"]) == (2, 2)
        assert standing(fox) == {("2026-09-30", "quantity"): 20}
        return
    (refused,) = receipt["rejected"]
    assert (receipt["replaced"], refused["record_id"], refused["field"]) == (1, "r-2", "replaces")
    assert standing(fox) == {("2026-09-30", "quantity"): 10, ("2026-10-01", "quantity"): 10}


def row(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not ...}


@pytest.mark.parametrize("ids", ["unsaid", "unique", "repeated"])
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_correction_that_forgets_to_say_so_has_one_outcome_whether_it_is_posted_or_dropped(fox: Stack, form: str, ids: str) -> None:
    """Dropped, it counted beside what it corrects: 20 of 10."""
    if ids != "unsaid":
        register(fox, "fox", record_ids=ids)
    send(fox, "b-1", [played(1), played(2)])
    sent = [row(played(1, revision=1, used_on="2026-09-30")), row(played(3, revision=1)), row(played(4))]
    given = drop(fox, f"oct.{form}", table(sent) if form == "csv" else "\n".join(map(json.dumps, sent)))
    refused = [(fault["index"], fault["record_id"], fault["field"]) for fault in given["rejected"]]
    assert refused == ([(0, "r-1", "replaces")] if ids == "unsaid" else []), given
    here = {("2026-10-01", "quantity"): {"unsaid": 40, "unique": 30, "repeated": 40}[ids]}
    assert standing(fox) == here | ({} if ids == "unsaid" else {("2026-09-30", "quantity"): 10})


def table(records: list[dict[str, Any]]) -> str:
    names = [*dict.fromkeys(name for record in records for name in record)]
    return "\n".join([",".join(names), *(",".join(str(record.get(name, "")) for name in names) for record in records)])


@pytest.mark.parametrize("meanwhile", ["withdrawn", "of the file itself"])
def test_what_was_found_of_a_dropped_correction_stays_so_in_the_next_delivery(
    fox: Stack, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its next delivery would commit something else under the same batches, and the file end as refused."""
    earlier = played(1, used_on="2026-09-30")
    if meanwhile == "withdrawn":
        send(fox, "b-1", [earlier])
    sent = [row(played(1, revision=1)), row(played(2))] + ([row(earlier)] if meanwhile == "of the file itself" else [])
    fox.aws("s3").put_object(Bucket=fox.name("DropBucket"), Key="usage/fox/oct.csv", Body=table(sent).encode())
    commit, committed = fact_store.commit, list[StoredFact]()

    def kill(fact: StoredFact) -> tuple[Mapping[str, Any], bool]:
        """After the first batch, which of days apart is the first one's."""
        if committed:
            raise Unfinished("gone")
        committed.append(fact)
        commit(fact)
        if meanwhile == "of the file itself":
            return fact.receipt, False
        raise Unfinished("gone")

    monkeypatch.setattr("overtone.facts.intake.BATCH_PARTITIONS_MAX", 1)
    with monkeypatch.context() as patched, pytest.raises(Unfinished):
        patched.setattr(fact_store, "commit", kill)
        drops.take("usage/fox/oct.csv", lambda: 900)
    if meanwhile == "withdrawn":
        assert fox.http("DELETE", "/v1/usage/b-1", party="fox", scope="usage.write").status == 200
    drops.take("usage/fox/oct.csv", lambda: 900)
    given = receipt(fox, "oct.csv")
    refused = meanwhile == "withdrawn"
    assert (given["status"], given["accepted"], len(given["rejected"])) == ("committed", len(sent) - refused, int(refused)), given
    if refused:
        assert drop(fox, "sep.csv", table(sent))["accepted"] == 2, "another file is looked at anew"


def test_a_dropped_file_of_refused_corrections_alone_is_looked_at_anew_when_it_comes_again(fox: Stack) -> None:
    send(fox, "b-1", [played(1)])
    sent = table([row(played(1, revision=1, used_on="2026-09-30"))])
    assert [drop(fox, "oct.csv", sent)["status"] for _ in range(2)] == ["rejected", "rejected"]
    register(fox, "fox", record_ids="repeated")
    assert drop(fox, "oct.csv", sent)["status"] == "committed"
    assert standing(fox) == {("2026-09-30", "quantity"): 10, ("2026-10-01", "quantity"): 10}


def test_a_record_stands_as_it_was_first_said_in_its_revision(fox: Stack) -> None:
    """Of one revision the batch whose name comes first was taken: a void that does not count hid what it did not void."""
    send(fox, "b-2", [played(1, used_on="2026-09-30")])
    fox.at("2026-10-01T01:00:00Z")
    send(fox, "b-1", [played(1, used_on="2026-09-30") | {"quantity": 0}])
    assert send(fox, "b-3", [played(1, revision=1)]).status == 422


def test_a_reporter_s_ids_are_unique_or_repeated_as_its_party_record_says(fox: Stack) -> None:
    register(fox, "fox", record_ids="unique")
    send(fox, "b-1", [played(1)])
    assert send(fox, "b-2", [played(1, revision=1) | {"subject": OTHER, "quantity": 4}]).json()["replaced"] == 1
    assert standing(fox) == {("2026-10-01", "quantity"): 4}
    register(fox, "fox", record_ids="repeated")
    assert send(fox, "b-3", [played(1, revision=2) | {"subject": "isrc:SEABC2600003"}]).status == 201
    assert standing(fox) == {("2026-10-01", "quantity"): 14}


def test_other_content_of_one_revision_is_a_conflict_and_changes_nothing(fox: Stack) -> None:
    send(fox, "b-1", [played(1)])
    send(fox, "b-2", [played(1) | {"quantity": 99}])
    assert standing(fox) == {("2026-10-01", "quantity"): 10}
    assert [batch(fox, name)["counts"]["conflicts"] for name in ("b-1", "b-2")] == [0, 1]


def test_usage_that_bears_no_royalty_is_kept_and_shown(fox: Stack) -> None:
    send(fox, "b-1", [played(1, royalty_bearing=False, service="free"), played(2, royalty_bearing=True)])
    listed = fox.http("GET", "/v1/usage/b-1/records", party="fox", scope="usage.write").json()["records"]
    shown = [(row["use"], row.get("service"), row.get("royalty_bearing")) for row in listed]
    assert shown == [("stream", "free", False), ("stream", None, None)]
    assert standing(fox) == {("2026-10-01", "quantity"): 20}


def test_more_than_was_declared_is_surplus_and_not_complete(fox: Stack) -> None:
    def state() -> dict[str, Any]:
        found: dict[str, Any] = fox.http("GET", "/v1/completeness/2026-10", party="fox", scope="usage.write").json()["reporters"][0]
        return found

    send(fox, "b-1", [record(1)])
    send(fox, "b-2", [record(2), record(3)])
    declared = {"month": "2026-10", "batches": 1, "records": 1, "revenue": {"USD": "0.036"}}
    assert fox.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=declared).status == 201
    fox.tick()
    assert (state()["complete"], state()["surplus"]) == (False, {"batches": 1, "records": 2, "revenue": {"USD": "0.072"}})
    assert fox.http("DELETE", "/v1/usage/b-2", party="fox", scope="usage.write").status == 200
    fox.tick("2026-10-01T00:15:00Z")
    assert (state()["complete"], state()["received"]["withdrawn"]) == (True, {"batches": 1, "records": 2})
    far = fox.http("POST", "/v1/completeness", party="fox", scope="usage.write", json=declared | {"month": "2027-11"})
    assert (far.status, "2000-01 to 2027-10" in far.text) == (422, True)


def test_one_record_in_two_places_is_told_the_next_day_and_voided_where_ids_are_unique(fox: Stack) -> None:
    def told(day: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(fox.objects("DropBucket")[f"reconciliation/fox/{day}.json"])["same_id_elsewhere"]
        return found

    far = "2026-09-10"
    send(fox, "b-1", [played(1, used_on=far)])
    send(fox, "b-2", [played(1, revision=1), played(2, used_on=far)])  # too far away for the door to see
    fox.tick("2026-10-02T00:15:00Z")
    (one,) = told("2026-10-01")
    assert (one["record_id"], [(place["used_on"], place["revision"]) for place in one["places"]]) == ("r-1", [("2026-10-01", 1), (far, 0)])
    register(fox, "fox", record_ids="unique")
    fox.tick("2026-10-03T00:15:00Z")
    fox.tick("2026-10-04T00:15:00Z")
    assert told("2026-10-01") == []
    assert standing(fox) == {("2026-10-01", "quantity"): 10, (far, "quantity"): 10}


def test_what_was_voided_beside_a_record_counts_again_where_that_record_is_withdrawn(fox: Stack) -> None:
    near, far, farther = "2026-09-21", "2026-09-11", "2026-09-01"
    register(fox, "fox", record_ids="unique")
    send(fox, "b-1", [played(1, used_on=farther), played(2, used_on=farther)])
    send(fox, "b-2", [played(1, revision=1, used_on=far), played(2, revision=1, used_on=far)])
    send(fox, "b-3", [played(1, revision=2, used_on=near)])
    for morning in ("2026-10-02T00:15:00Z", "2026-10-03T00:15:00Z"):
        fox.tick(morning)
    assert standing(fox) == {(near, "quantity"): 10, (far, "quantity"): 10}
    assert fox.http("DELETE", "/v1/usage/b-3", party="fox", scope="usage.write").status == 200
    for morning in ("2026-10-04T00:15:00Z", "2026-10-05T00:15:00Z"):
        fox.tick(morning)
    assert standing(fox) == {(far, "quantity"): 20}, "of the first record its revision 1 counts again, and revision 0 still does not"
    assert fox.http("DELETE", "/v1/usage/b-2", party="fox", scope="usage.write").status == 200
    for morning in ("2026-10-06T00:15:00Z", "2026-10-07T00:15:00Z"):
        fox.tick(morning)
    assert standing(fox) == {(farther, "quantity"): 20}


def test_voids_whose_receipt_is_forgotten_stop_no_daily_look(fox: Stack) -> None:
    """The report of the day on which their cause was withdrawn failed each time that it was made, and nothing of that day was looked at."""
    register(fox, "fox", record_ids="unique")
    send(fox, "b-1", [played(1, used_on="2026-09-11")])
    send(fox, "b-2", [played(1, revision=1)])
    fox.tick("2026-10-02T00:15:00Z")
    (voids,) = [item for item in fox.items("UsageTable") if item["pk"].startswith("RECEIPT#usage#fox#unique-ids")]
    fox.table("UsageTable").delete_item(Key={"pk": voids["pk"], "sk": voids["sk"]})
    assert fox.http("DELETE", "/v1/usage/b-2", party="fox", scope="usage.write").status == 200
    fox.tick("2026-10-03T00:15:00Z")
    assert "reconciliation/fox/2026-10-02.json" in fox.objects("DropBucket")
    assert not fox.errors


def test_ids_are_unique_beyond_the_end_of_a_month_and_a_report_that_did_not_look_everywhere_says_so(
    fox: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(fox, "fox", record_ids="unique")
    send(fox, "b-1", [played(1, used_on="2026-09-11")])
    send(fox, "b-2", [played(1, revision=1)])
    fox.tick("2026-10-02T00:15:00Z")
    assert standing(fox) == {("2026-10-01", "quantity"): 10}
    monkeypatch.setattr(elsewhere, "ELSEWHERE_RECORDS_MAX", 1)
    fox.tick("2026-10-03T00:15:00Z")
    report = json.loads(fox.objects("DropBucket")["reconciliation/fox/2026-10-01.json"])
    assert (report["same_id_elsewhere"], report["same_id_elsewhere_whole"]) == ([], False)


def test_voids_of_long_ids_that_fill_an_object_are_kept_by_the_daily_look(fox: Stack) -> None:
    dice = Random(7)
    names = ["".join(dice.choices(LETTERS, k=RECORD_ID_LENGTH_MAX)) for _ in range(elsewhere.VOIDS_AT_ONCE)]
    register(fox, "fox", record_ids="unique")
    send(fox, "b-1", [played(1, used_on="2026-09-11") | {"record_id": name} for name in names])
    send(fox, "b-2", [played(1, revision=1) | {"record_id": name} for name in names])
    fox.tick("2026-10-02T00:15:00Z")
    assert standing(fox) == {("2026-10-01", "quantity"): 10 * len(names)}
