"""Many works in one transaction: what one of them meets leaves the others whole, and nothing is written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from overtone.aws.transactions import TRANSACTION_ITEMS_MAX
from overtone.errors import Conflict
from overtone.rights.registration import Actor
from overtone.steps import registration
from overtone.steps.registration import PutOutcome
from overtone.stores import registry as store
from tests.integration.test_works_import import CSV, get, put, send
from tests.interruptions import AtOnce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

    from local.stack import Stack

UNI = Actor("uni")
ITEMS_EACH = 2
"""What a work without identifiers or others' shares writes beside its hints: itself, and its change."""


@pytest.fixture
def uni(stack: Stack) -> Stack:
    assert put(stack, "parties/uni", {"name": "Uni", "kind": "publisher", "country": "SE"}).status == 201
    return stack


def body(title: str, *identifiers: str) -> dict[str, Any]:
    return {"title": title, "kind": "recording", "identifiers": list(identifiers), "shares": [{"party": "uni", "share": "1"}]}


def registered(stack: Stack, count: int) -> int:
    """The transactions that so many new works of one request take."""
    meter = stack.metered()
    rows = b"".join(b"w-%d-%d,Song,uni:1\n" % (count, n) for n in range(count))
    assert send(stack, b"work_id,title,shares\n" + rows, CSV).json()["registered"] == count
    return sum(calls for (_, _, operation), calls in meter.calls.items() if operation == "TransactWriteItems")


def test_a_transaction_takes_as_many_works_as_it_holds_and_the_next_one_takes_the_rest(uni: Stack) -> None:
    full = TRANSACTION_ITEMS_MAX // ITEMS_EACH
    assert [registered(uni, count) for count in (1, full, full + 1, 4 * full)] == [1, 1, 2, 4]


class LastFirst(AtOnce):
    """Of what is asked at once the last is done first."""

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_options: Any) -> Iterator[Any]:
        return iter([fn(*each) for each in reversed(list(zip(*iterables, strict=True)))][::-1])


@pytest.mark.parametrize("executor", [None, LastFirst])
def test_of_two_works_that_take_one_identifier_the_first_has_it_and_the_others_come_in(
    uni: Stack, monkeypatch: pytest.MonkeyPatch, executor: type[Executor] | None
) -> None:
    """Their transactions ran beside each other, and now and then the second had it."""
    if executor is not None:
        monkeypatch.setattr("overtone.stores.registration.ThreadPoolExecutor", executor)
    rows = b"w-1,A,isrc:SEABC2600001,uni:1\nw-2,B,isrc:SEABC2600001,uni:1\nw-3,C,isrc:SEABC2600003,uni:1\n"
    answer = send(uni, b"work_id,title,identifiers,shares\n" + rows, CSV).json()
    assert [entry["status"] for entry in answer["works"]] == ["registered", "refused", "registered"]
    assert answer["works"][1]["errors"][0]["field"] == "identifiers.0"
    assert store.works_by_keys(["isrc:SEABC2600001"], "9999")["isrc:SEABC2600001"].id == "w-1"


def test_a_work_that_somebody_put_in_between_is_read_again_and_stops_no_other(uni: Stack) -> None:
    """`known` is what was read before: here it misses three works that are there by now, one as it is put, one changed, one another's."""
    put(uni, "parties/bob", {"name": "Bob", "kind": "creator", "country": "SE"}, "bob")
    registration.put_work(UNI, "same", body("Same"))
    registration.put_work(UNI, "other", body("Before"))
    registration.put_work(Actor("bob"), "bobs", body("Bob's") | {"shares": [{"party": "bob", "share": "1"}]})
    asked: list[tuple[str, object]] = [("new", body("New")), ("same", body("Same")), ("other", body("After")), ("bobs", body("Mine"))]
    outcomes = registration.put_works(UNI, asked, known={})
    kept = [(one.created, one.new_version) for one in outcomes if isinstance(one, PutOutcome)]
    assert kept == [(True, True), (False, False), (False, True)]
    assert not isinstance(outcomes[3], PutOutcome)
    assert [get(uni, f"works/{name}")["version"] for name in ("new", "same", "other", "bobs")] == [1, 1, 2, 1]


@pytest.mark.usefixtures("uni")
def test_an_identifier_that_somebody_took_in_between_is_a_conflict_of_its_work_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, claims = "isrc:SEABC2600009", store.claims

    def late(identifiers: list[str]) -> Any:
        """What was read before the other's put; a reader that comes later sees it."""
        found = claims(identifiers)
        monkeypatch.setattr(store, "claims", claims)
        registration.put_work(UNI, "first", body("First", taken))
        return found

    monkeypatch.setattr(store, "claims", late)
    outcomes = registration.put_works(UNI, [("second", body("Second", taken)), ("third", body("Third", "isrc:SEABC2600003"))])
    assert isinstance(outcomes[0], Conflict)
    assert isinstance(outcomes[1], PutOutcome)
    assert store.works(["first", "second", "third"]).keys() == {"first", "third"}
