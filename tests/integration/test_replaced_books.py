"""Books of a month of which a settlement looked at some works alone: those that stand are kept, however old they are."""

import json

import pytest

from local.stack import Stack
from operations.books import MARK, keep, standing
from tests import lifecycle
from tests.integration import scenario
from tests.integration.scenario import deal, settle, usage

LATER, LAST = "2026-12-10T06:00:00Z", "2027-01-10T06:00:00Z"


def partly_settled(stack: Stack) -> None:
    """A month without pools that was settled whole, and then as far as one work was used more."""
    scenario.work_of(stack, "ann")
    stack.at(scenario.SETTLED)
    assert settle(stack)["status"] == "sealed"
    usage(stack, "late", ("output:gen-1", "2026-10-20", 40))
    stack.at(LATER)
    assert settle(stack, "2026-11", "2026-11")["status"] == "sealed"


def test_a_book_that_still_stands_is_not_marked_as_replaced(stack: Stack) -> None:
    partly_settled(stack)
    index = json.loads(stack.objects("SettlementBucket")["2026-11/state/books.json"])["months"]
    standing = {key for book in index.values() for key in book["parts"].values()}
    s3, bucket = stack.aws("s3"), stack.name("SettlementBucket")
    books = {key for key in stack.objects("SettlementBucket") if key.startswith("books/")}
    marked = {key for key in books if s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}
    assert marked == books - standing
    assert any("2026-10-001" in key for key in standing), "some of the first settlement's stand"
    assert marked


def test_a_month_that_was_partly_settled_once_can_be_settled_whole_years_later(stack: Stack) -> None:
    """What its pools had left was marked as replaced and removed in time: from then on no settlement of that month came to an end."""
    partly_settled(stack)
    lifecycle.age(stack, "SettlementBucket")
    deal(stack, "open", {"mechanism": "per_output", "rate": "2"}, effective_from="2026-01-01")
    stack.at(LAST)
    assert settle(stack, "2026-12", "2026-12")["status"] == "sealed", stack.errors
    (line,) = scenario.lines_of(stack, "2026-12")
    assert (line["amount"], line["adjusts"]) == ("52", "2026-11")


@pytest.mark.moto  # the command makes boto3's own clients
def test_books_that_an_earlier_version_marked_are_kept_and_those_that_it_lost_come_back(stack: Stack) -> None:
    partly_settled(stack)
    s3, places = stack.aws("s3"), (stack.name("LedgerTable"), stack.name("SettlementBucket"))
    books = standing(*places)
    for key in books:
        s3.put_object_tagging(Bucket=places[1], Key=key, Tagging={"TagSet": [MARK]})
    before = stack.objects("SettlementBucket")
    assert keep(*places) == (len(books), len(books), 0, [])
    assert keep(*places) == (len(books), 0, 0, [])
    lifecycle.age(stack, "SettlementBucket")
    assert [key for key in books if key not in stack.objects("SettlementBucket")] == []
    for key in books:
        s3.put_object_tagging(Bucket=places[1], Key=key, Tagging={"TagSet": [MARK]})
    assert set(books) <= lifecycle.age(stack, "SettlementBucket")
    assert keep(*places) == (len(books), len(books), len(books), [])
    assert {key: body for key, body in stack.objects("SettlementBucket").items() if key in books} == {key: before[key] for key in books}
    deal(stack, "open", {"mechanism": "per_output", "rate": "2"}, effective_from="2026-01-01")
    stack.at(LAST)
    assert settle(stack, "2026-12", "2026-12")["status"] == "sealed", stack.errors


@pytest.mark.moto
def test_a_book_that_is_gone_for_good_is_named(stack: Stack) -> None:
    places = (stack.name("LedgerTable"), stack.name("SettlementBucket"))
    assert keep(*places) == (0, 0, 0, [])
    partly_settled(stack)
    gone = standing(*places)[0]
    for entry in stack.aws("s3").list_object_versions(Bucket=places[1], Prefix=gone)["Versions"]:
        stack.aws("s3").delete_object(Bucket=places[1], Key=gone, VersionId=entry["VersionId"])
    assert keep(*places).lost == [gone]
