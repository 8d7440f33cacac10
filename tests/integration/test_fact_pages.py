"""Pages of facts as objects: accepted whole or not at all, read by everybody who reads pages, and gone when their time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from overtone.errors import InvariantBroken
from overtone.facts.intake import IntakePage
from overtone.partitions import Partition
from overtone.stores import accruals as accrual_store
from overtone.stores import fact_pages
from tests.integration.test_accrual import disclose, markers, rows, story
from tests.integration.test_usage_api import DAY, record, register, send

if TYPE_CHECKING:
    from local.stack import Stack


@pytest.fixture
def pointed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page is in an object."""
    monkeypatch.setattr(fact_pages, "INLINE_BYTES_MAX", 0)
    monkeypatch.setattr(fact_pages, "OBJECT_BYTES_MIN", 1)


def pages_of(stack: Stack) -> list[str]:
    return [key for key in stack.objects("FactsBucket") if key.startswith("pages/")]


def page_items(stack: Stack) -> list[dict[str, Any]]:
    return [item for item in stack.items("UsageTable") if item["sk"].startswith("PAGE#")]


def test_what_is_accrued_does_not_depend_on_where_pages_are(fox: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    story(fox)
    fox.tick("2026-10-01T12:00:00Z")
    inline = rows(fox)
    assert not pages_of(fox)
    fox.reset()
    monkeypatch.setattr(fact_pages, "INLINE_BYTES_MAX", 0)
    monkeypatch.setattr(fact_pages, "OBJECT_BYTES_MIN", 1)
    register(fox, "fox")
    story(fox)
    fox.tick("2026-10-01T12:00:00Z")
    assert rows(fox) == inline
    assert all("object" in item for item in page_items(fox))
    counts = fox.http("GET", "/v1/usage/b-1/records", party="fox", scope="usage.write")
    assert (counts.status, len(counts.json()["records"])) == (200, 9)
    used = fox.http("GET", "/v1/outputs/gen-1", party="fox", scope="disclosures.write").json()["usage"]
    assert sum(one["quantity"] for one in used) > 0


@pytest.mark.parametrize(("sizes", "over"), [((2048, 9000), 1), ((2049, 6143), 2), ((2049, 6142), 0), ((2048, 2048, 2048, 2048), 0)])
def test_only_much_of_large_pages_is_an_object(fox: Stack, sizes: tuple[int, ...], over: int) -> None:
    made = [IntakePage(Partition("usage", "fox", DAY, shard), 0, 1, bytes([shard]) * size) for shard, size in enumerate(sizes)]
    items = fact_pages.items(made, "b-1", f"{DAY}T00:00:00Z", 2**40)
    assert sum("object" in item for item in items) == over
    assert len(fox.objects("FactsBucket")) == (over > 0)
    assert [item["page"] for item in fact_pages.read(items)] == [page.body for page in made]


@pytest.mark.usefixtures("pointed")
@pytest.mark.parametrize("lost_response", [False, True])
def test_a_batch_that_dies_at_any_write_is_there_whole_or_not_at_all(fox: Stack, lost_response: bool) -> None:  # noqa: FBT001 - a case
    for writes in range(20):
        fox.reset()
        register(fox, "fox")
        fox.faults.fail_after(writes, lost_response=lost_response)
        first = send(fox, "b-1", [record(number) for number in range(9)]).status
        fired = fox.faults.fired
        fox.faults.clear()
        assert bool(page_items(fox)) in {first == 201, lost_response and fired}
        assert send(fox, "b-1", [record(number) for number in range(9)]).status in {200, 201}
        fox.tick()
        assert len(page_items(fox)) == 1
        assert markers(fox) == []
        if not fired:
            assert writes >= 2
            return
    pytest.fail("the writes never ended")


@pytest.mark.usefixtures("pointed")
def test_an_object_that_is_denied_or_missing_is_never_taken_for_no_pages(fox: Stack) -> None:
    assert send(fox, "b-1", [record(number) for number in range(9)]).status == 201
    partition = Partition("usage", "fox", DAY, 0)
    assert len(accrual_store.read_stored(partition)[0]) == 1
    fox.faults.deny("pages/*")
    fox.tick()
    assert rows(fox) == {}
    assert [marker for marker in markers(fox) if marker.startswith("PENDING#")], "it waits"
    fox.faults.clear()
    (key,) = pages_of(fox)
    fox.aws("s3").delete_object(Bucket=fox.name("FactsBucket"), Key=key)
    with pytest.raises(InvariantBroken, match="restore it"):
        accrual_store.read_stored(partition)


@pytest.mark.usefixtures("pointed")
def test_objects_of_what_has_expired_may_go_before_their_items(fox: Stack) -> None:
    assert send(fox, "b-1", [record(number) for number in range(9)]).status == 201
    assert disclose(fox, "rep-1", "gen-1") == 201
    for key in fox.objects("FactsBucket"):
        fox.aws("s3").delete_object(Bucket=fox.name("FactsBucket"), Key=key)
    fox.at(fox.now + timedelta(days=1_100))
    assert accrual_store.read_stored(Partition("usage", "fox", DAY, 0)) == ([], set())
    assert list(fact_pages.read(page_items(fox))) == []


@pytest.mark.usefixtures("pointed")
def test_a_denied_object_is_an_error_to_its_reader(fox: Stack) -> None:
    assert send(fox, "b-1", [record(1)]).status == 201
    fox.faults.deny("pages/*")
    answer = fox.http("GET", "/v1/usage/b-1/records", party="fox", scope="usage.write")
    assert answer.status == 500
