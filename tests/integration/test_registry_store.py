"""What the registry keeps: identity over time, the change log, limits, and two who put at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.stack import Stack
from overtone import clock
from overtone.errors import OvertoneError, TooLarge
from overtone.rights.registration import Actor
from overtone.steps import parties, registration
from overtone.stores import registry as registry_store

ADMIN, ANN = Actor("", admin=True), Actor("ann")
FOREVER = "9999"


def work(title: str = "Song", **more: object) -> dict[str, Any]:
    return {"title": title, "kind": "recording", "shares": [{"party": "ann", "share": "1"}]} | more


@pytest.fixture
def ann(stack: Stack) -> Stack:
    for name in ("ann", "bob"):
        parties.put(ADMIN, name, {"name": name, "kind": "creator", "country": "SE"})
    return stack


def test_a_key_names_the_work_that_was_known_to_have_it(ann: Stack) -> None:
    key = "isrc:SEABC2600001"
    registration.put_work(ANN, "w-1", work(identifiers=[key]))
    first = clock.timestamp()
    ann.at("2026-10-02T00:00:00Z")
    registration.put_work(ANN, "w-1", work())
    given_up = clock.timestamp()
    ann.at("2026-10-03T00:00:00Z")
    registration.put_work(ANN, "w-2", work(identifiers=[key]))
    assert registry_store.works_by_keys([key], "2026-09-01") == {}
    assert registry_store.works_by_keys([key], first)[key].id == "w-1"
    assert registry_store.works_by_keys([key], given_up) == {}
    assert registry_store.works_by_keys([key, "work:w-1", "work:none", "isrc:SEABC2600009"], FOREVER).keys() == {key, "work:w-1"}
    assert registry_store.works_by_keys([key], FOREVER)[key].id == "w-2"
    assert registry_store.keys_ever(registry_store.works(["w-1"])["w-1"]) == {key, "work:w-1"}


def test_the_change_log_says_what_to_look_at_again_and_from_when(ann: Stack) -> None:
    start = clock.timestamp()
    ann.at("2026-10-02T00:00:00Z")
    composition = {"title": "Tune", "kind": "composition", "identifiers": ["iswc:T0345246801"], "shares": [{"party": "bob", "share": "1"}]}
    registration.put_work(ANN, "c-1", composition)
    registration.put_work(ANN, "w-1", work(identifiers=["isrc:SEABC2600001"], composition="c-1"))
    middle = clock.timestamp()
    ann.at("2026-10-03T00:00:00Z")
    registration.put_work(ANN, "c-1", composition | {"title": "New tune"})
    registration.put_work(ANN, "w-1", work("New song", identifiers=["isrc:SEABC2600001"], composition="c-1", effective_from="2026-01-01"))
    registration.put_work(ANN, "w-1", work("New song", identifiers=["isrc:SEABC2600002"]))
    assert [(c.kind, c.id, c.effective_from) for c in registry_store.changes(start, middle)] == [
        ("work", "c-1", "0001-01-01"),
        ("work", "w-1", "0001-01-01"),
    ]
    recording = {"work:w-1", "isrc:SEABC2600001", "isrc:SEABC2600002"}
    changes = registry_store.with_recordings(registry_store.changes(middle, FOREVER))
    assert {(c.id, c.effective_from, c.keys) for c in changes} == {
        ("c-1", "2026-10-03", tuple(sorted({"work:c-1", "iswc:T0345246801"} | recording))),
        ("w-1", "2026-01-01", ("isrc:SEABC2600001", "work:w-1")),
        ("w-1", "0001-01-01", tuple(sorted(recording))),
    }
    assert [c.kind for c in registry_store.changes("", start)] == ["party", "party"]
    assert registry_store.changes(FOREVER, FOREVER) == []


@pytest.mark.usefixtures("ann")
def test_indexes_lead_to_what_is_or_was() -> None:
    parties.put(ADMIN, "stim", {"name": "Stim", "kind": "society", "country": "SE"})
    mandate = {"society": "stim", "rights": ["composition"], "uses": ["training"]}
    bob = {"name": "bob", "kind": "creator", "country": "SE"}
    parties.put(ADMIN, "bob", bob | {"mandates": [mandate]})
    parties.put(ADMIN, "bob", bob)
    registration.put_work(ANN, "c-1", {"title": "Tune", "kind": "composition"})
    registration.put_work(ANN, "w-1", work(composition="c-1"))
    registration.put_work(ANN, "w-1", work(shares=[{"party": "bob", "share": "1"}]))
    assert registry_store.members("stim") == ["bob"]
    assert registry_store.works_of("ann") == registry_store.works_of("bob") == registry_store.recordings_of("c-1") == ["w-1"]


@pytest.mark.usefixtures("ann")
def test_of_two_works_that_claim_one_identifier_at_once_one_gets_it() -> None:
    def claim(n: int) -> str:
        try:
            return registration.put_work(ANN, f"w-{n}", work(identifiers=["isrc:SEABC2600001"])).entity.id
        except OvertoneError as error:
            return str(error.status)

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(claim, range(8)))
    assert results[:7] == ["409"] * 7
    assert registry_store.works_by_keys(["isrc:SEABC2600001"], FOREVER)["isrc:SEABC2600001"].id == results[7]
    assert registry_store.works(f"w-{n}" for n in range(8)).keys() == {results[7]}


@pytest.mark.usefixtures("ann")
def test_versions_put_at_once_are_all_kept() -> None:
    def put(n: int) -> bool:
        try:
            return registration.put_work(ANN, "w-1", work(f"Title {n}")).new_version
        except OvertoneError:
            return False

    with ThreadPoolExecutor(4) as pool:
        kept = sum(pool.map(put, range(12)))
    versions = registry_store.works(["w-1"])["w-1"].versions
    assert len(versions) == kept
    assert [v.number for v in versions] == list(range(1, kept + 1))
    assert len([c for c in registry_store.changes("", FOREVER) if c.kind == "work"]) == kept


@pytest.mark.usefixtures("ann")
def test_an_entity_that_outgrows_its_item_says_so_and_keeps_what_it_has() -> None:
    title = "x" * 500
    shares = [{"party": "ann", "share": "0"}]
    licensees = {f"licensee-{n:04d}{'x' * 90}": "deny" for n in range(1_500)}
    big = {"permissions": {"training": {"default": "allow", "licensees": licensees}}}
    registration.put_work(ANN, "w-1", work(title, shares=shares, **big))
    registration.put_work(ANN, "w-1", work(title, **big))
    with pytest.raises(TooLarge):
        registration.put_work(ANN, "w-1", work("one more", **big))
    assert len(registry_store.works(["w-1"])["w-1"].versions) == 2


@pytest.mark.parametrize("lost_response", [False, True])
def test_a_put_that_dies_anywhere_can_be_sent_again(ann: Stack, lost_response: bool) -> None:  # noqa: FBT001
    body = work(identifiers=["isrc:SEABC2600001"])
    for n in range(10):
        ann.faults.fail_after(n, lost_response=lost_response)
        ann.http("PUT", f"/v1/works/w-{n}", party="ann", scope="registry.write", json=body)
        fired = ann.faults.fired
        ann.faults.clear()
        again = ann.http("PUT", f"/v1/works/w-{n}", party="ann", scope="registry.write", json=body)
        assert again.status in {200, 201}
        assert len(registry_store.works([f"w-{n}"])[f"w-{n}"].versions) == 1
        assert ann.http("PUT", f"/v1/works/w-{n}", party="ann", scope="registry.write", json=work()).status == 200
        if not fired:
            return
    pytest.fail("a put takes too many writes")
