"""Whatever is dropped, and however it was damaged on the way: it has a receipt, which accounts for what is in it, and stops nobody."""

from __future__ import annotations

import json
import os
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.readers.seeds import RECORD, SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

TRIES = 60 if os.environ.get("THOROUGH") else 4
STATUSES = {"committed", "refused", "rejected"}
PIECES = (b"\t", b"\n", b'"', b",", b"\0", b"\xff", b"{", b"null", b"-1", b"9" * 200, b"\xef\xbb\xbf", b"a" * 140_000)


def _lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _clearance(number: int) -> bytes:
    named = {"clearance_id": f"c-{number}", "use": "training", "day": "2026-10-01"}
    return _lines(named, *({"work": f"isrc:SEABC26{n:05d}"} for n in range(5)))


def _run(number: int) -> bytes:
    works = ({"work": f"isrc:SEABC26{n:05d}", "weight": "1"} for n in range(5))
    return _lines({"run_id": f"r-{number}", "model": "m", "trained_on": "2026-09-30"}, *works)


def _report(number: int) -> bytes:
    shares = [{"work": "isrc:SEABC2600001", "share": "0.5"}]
    records = ({"output_id": f"o-{number}-{n}", "confidence": "0.9", "shares": shares} for n in range(5))
    return _lines({"report_id": f"a-{number}", "model": "m", "method": "s", "method_version": "1"}, *records)


USED = _lines(*(RECORD | {"record_id": f"r-{n}"} for n in range(5)))
PLAYED = SEEDS["usage.csv"] * 1 + b"".join(b"r-%d,output:a,stream,2026-10-01,1,SE,,\n" % n for n in range(2, 6))
VALID: dict[str, Callable[[int], bytes]] = {
    "usage/fox/{}.csv": lambda _: PLAYED,
    "usage/fox/{}.tsv": lambda _: PLAYED.replace(b",", b"\t"),
    "usage/fox/{}.ndjson": lambda _: USED,
    "usage/fox/{}.dsr.tsv": lambda n: SEEDS["usage.dsr.tsv"].replace(b"\tM1\t", b"\tM%d\t" % n),
    "works/uni/{}.csv": lambda _: b"work_id,title,shares\n" + b"".join(b"w-%d,Song,uni:1\n" % n for n in range(5)),
    "works/uni/{}.cwr": lambda _: SEEDS["cwr"],
    "works/uni/{}.bwarm.zip": lambda _: SEEDS["bwarm.zip"],
    "clearances/fox/{}.ndjson": _clearance,
    "clearances/fox/{}.csv": lambda _: b"work,use,day\n" + b"".join(b"isrc:SEABC26%05d,training,2026-10-01\n" % n for n in range(5)),
    "training/fox/{}.ndjson": _run,
    "attributions/fox/{}.ndjson": _report,
    "members/stim/{}.csv": lambda _: (
        b"party,name,kind,country,rights,uses\n" + b"".join(b"m-%d,Ann,creator,SE,recording,play\n" % n for n in range(5))
    ),
}


@pytest.fixture
def dropping(stack: Stack) -> Stack:
    stack.at("2026-11-05T00:00:00Z")
    for name, kind in (("fox", "licensee"), ("uni", "publisher"), ("stim", "society")):
        stack.http("PUT", f"/v1/parties/{name}", scope="admin", json={"name": name, "kind": kind, "country": "SE"})
    return stack


def damaged(raw: bytes, rng: Random) -> bytes:
    """With something cut out, changed, put in or cut off."""
    for _ in range(rng.randint(1, 2)):
        start = rng.randrange(len(raw) + 1)
        raw = raw[:start] + rng.choice((b"", rng.choice(PIECES))) + raw[start + rng.choice((0, 1, 5, len(raw))) :]
    return raw


def dropped(stack: Stack, key: str, raw: bytes) -> dict[str, Any]:
    stack.put_object("DropBucket", key, raw)
    stack.drain()
    _, party, name = key.split("/")
    receipt: dict[str, Any] = json.loads(stack.objects("DropBucket")[f"receipts/{party}/{name}.json"])
    return receipt


@pytest.mark.parametrize("form", sorted(VALID))
def test_a_whole_file_is_committed_and_a_damaged_one_has_a_receipt_that_accounts_for_it(dropping: Stack, form: str) -> None:
    rng, whole = Random(form), dropped(dropping, form.format("whole"), VALID[form](0))
    assert whole["status"] == "committed", whole
    assert not whole.get("rejected")
    for number in range(1, TRIES + 1):
        raw = damaged(VALID[form](number), rng)
        receipt = dropped(dropping, form.format(f"f{number}"), raw)
        assert receipt["status"] in STATUSES, (raw[:2_000], receipt)
        assert dropping.errors == [], (raw[:2_000], receipt)
        if receipt["status"] == "refused":
            assert receipt["detail"], receipt
        elif form.startswith(("usage/", "attributions/")):
            assert receipt["received"] - receipt["accepted"] == len({fault["index"] for fault in receipt["rejected"]}), receipt
        elif form.startswith("works/"):
            told = ("registered", "revised", "unchanged", "acknowledged", "refused")
            assert receipt["received"] == sum(receipt[name] for name in told), receipt


@pytest.mark.parametrize("form", sorted(form for form in VALID if not form.endswith(".zip")))
def test_old_line_ends_and_a_mark_say_the_same_and_utf_16_is_refused_by_name(dropping: Stack, form: str) -> None:
    """CWR has its mark apart: it says UTF-8, which these records are not."""
    mark = b"" if form.endswith(".cwr") else b"\xef\xbb\xbf"
    whole = dropped(dropping, form.format("whole"), VALID[form](0))
    old = dropped(dropping, form.format("old"), mark + VALID[form](1).replace(b"\r\n", b"\n").rstrip(b"\n").replace(b"\n", b"\r"))
    assert old["status"] == "committed", old
    counted = ("received", "accepted", "counts", "works", "members")
    assert [old.get(name) for name in counted] == [whole.get(name) for name in counted], (old, whole)
    wide = dropped(dropping, form.format("wide"), VALID[form](2).decode("latin-1").encode("utf-16"))
    assert (wide["status"], "UTF-16" in wide["detail"]) == ("refused", True), wide
    assert dropping.errors == []


@pytest.mark.parametrize(
    ("rows", "field", "words"),
    [
        (b"a" * 140_000 + b",training,2026-10-01\n", "", "field larger than field limit"),
        (b"w-1,training,2026-10-01\nw-2,training,2026-10-02\n", "day", "record 1: day is '2026-10-02', and '2026-10-01' in the first"),
        (b"w-1,training,2026-10-01\nw-2,dance,2026-10-01\n", "use", "record 1: use is 'dance', and 'training' in the first"),
    ],
)
def test_a_list_of_works_to_clear_is_refused_by_line_field_and_value(dropping: Stack, rows: bytes, field: str, words: str) -> None:
    receipt = dropped(dropping, "clearances/fox/list.csv", b"work,use,day\n" + rows)
    assert (receipt["status"], words in receipt["detail"], dropping.errors) == ("refused", True, []), receipt
    assert [fault["field"] for fault in receipt["errors"]] == ([field] if field else [])
