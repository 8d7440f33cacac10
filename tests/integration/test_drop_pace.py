"""A large file of one day is one partition key: it is committed at the pace that the key takes, and whole."""

import os
import random
from typing import Any

import pytest

from local.stack import Stack
from overtone.facts import intake
from overtone.facts.intake import IntakePage
from overtone.facts.limits import DROP_KEY_BYTES_MAX
from overtone.partitions import Partition
from overtone.stores import facts as fact_store
from tests.integration.dropping import drop
from tests.integration.test_usage_api import register
from tests.integration.test_usage_drop import HEADER

KEY_UNITS = 1_000
ROWS = 1_200_000 if "THOROUGH" in os.environ else 60_000


def body(rows: int) -> str:
    """Plays of one day; ids that hardly compress, as platforms' do."""
    dice = random.Random(1)
    ids = [f"{dice.getrandbits(64):016x}" for _ in range(rows)]
    return "\n".join(
        [HEADER, *(f"{name},2026-10-01,output:gen-{n % 997},stream,{n % 5 + 1},0.{n % 9 + 1},USD,SE" for n, name in enumerate(ids))]
    )


def receipts(stack: Stack) -> list[dict[str, Any]]:
    return [fact_store.unpacked(item["receipt"].value) for item in stack.items("UsageTable") if item["pk"].startswith("RECEIPT#")]


@pytest.mark.slow
def test_a_day_s_file_is_committed_whole_as_fast_as_its_key_takes_it(stack: Stack) -> None:
    register(stack, "fox")
    weather, before = stack.weather(key_units=KEY_UNITS, lost=0.05, conflicts=0.05, seed=2), stack.now
    given = drop(stack, "oct.csv", body(ROWS))
    assert (given["status"], given["received"], given["accepted"], given["rejected"]) == ("committed", ROWS, ROWS, [])
    assert weather.met.get("throttles", 0) == 0, "paced, not thrown back"
    assert not stack.errors
    assert stack.messages("DropQueue") == stack.messages("DropDeadLetterQueue") == []
    kept = receipts(stack)
    assert (len(kept), sum(receipt["accepted"] for receipt in kept)) == (given["batches"], ROWS)
    pages = [item for item in stack.items("UsageTable") if item["sk"].startswith("PAGE#")]
    assert sum(int(page["records"]) for page in pages) == ROWS
    units = sum(2 * -(-(len(page["page"].value) if "page" in page else 1) // 1024) for page in pages)
    assert units < 10 * len(pages), "large pages are objects, which no key's pace holds up"
    assert (stack.now - before).total_seconds() > units / KEY_UNITS - 2


@pytest.mark.parametrize(("second", "groups"), [(DROP_KEY_BYTES_MAX - 300_000, 1), (DROP_KEY_BYTES_MAX - 299_999, 2)])
def test_a_transaction_gives_a_key_no_more_than_it_takes(second: int, groups: int) -> None:
    day, other = Partition("usage", "fox", "2026-10-01", 0), Partition("usage", "fox", "2026-10-02", 0)
    pages = [IntakePage(day, 0, 1, b"x" * 300_000), IntakePage(day, 1, 1, b"x" * second), IntakePage(other, 0, 1, b"x" * 300_000)]
    assert [sum(len(page.body) for page in group if page.partition == day) for group in intake.grouped(pages)] == (
        [300_000 + second] if groups == 1 else [300_000, second]
    )
