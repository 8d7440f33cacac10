"""The published format of disclosures: its examples are valid, what is wrong is not, and our door agrees with it."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from overtone.facts import disclosure
from overtone.facts.reports import AttributionReport

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "attribution-disclosure.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
EXAMPLES = {path.name.split(".")[1]: json.loads(path.read_text()) for path in sorted((DOCS / "examples").glob("attribution-*.json"))}
SUPPORTED = ("minimal", "revised")


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_valid_and_adds_up(name: str) -> None:
    VALIDATOR.validate(EXAMPLES[name])
    for record in EXAMPLES[name]["records"]:
        sides: dict[str, Decimal] = {}
        for share in record["shares"]:
            side = share.get("side", share["work"].split(":")[0]) if record.get("basis") == "by_side" else ""
            sides[side] = sides.get(side, Decimal(0)) + Decimal(share["share"])
        assert all(total <= 1 for total in sides.values())


@pytest.mark.parametrize("name", SUPPORTED)
def test_our_door_takes_the_examples_that_it_supports(name: str) -> None:
    AttributionReport.model_validate(EXAMPLES[name])
    checked = disclosure.check(EXAMPLES[name]["records"])
    assert (checked.accepted, checked.faults) == (len(EXAMPLES[name]["records"]), [])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], "attribution-disclosure/2"),
        (["report_id"], "a/b"),
        (["model"], None),
        (["records"], []),
        (["records", 0, "confidence"], 0.9),
        (["records", 0, "confidence"], "1.1"),
        (["records", 0, "basis"], "apart"),
        (["records", 0, "revision"], -1),
        (["records", 0, "shares", 0, "share"], "0.1234567890"),
        (["records", 0, "shares", 0, "share"], "-0.1"),
        (["records", 0, "shares", 0, "work"], "title:A Song"),
        (["records", 0, "shares", 0, "elements"], ["drums"]),
        (["records", 0, "shares", 0, "elements"], ["vocals", "vocals"]),
        (["records", 0, "evidence", "sha256"], "00"),
        (["records", 0, "tempo"], 120),
        (["signature", "algorithm"], "none"),
        (["signature", "value"], "short"),
    ],
)
def test_what_is_wrong_is_not_valid(path: list[Any], value: object) -> None:
    wrong = copy.deepcopy(EXAMPLES["full"])
    at = wrong
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert not VALIDATOR.is_valid(wrong)


PARTS = st.integers(0, 10**9).map(lambda nano: f"{nano // 10**9}.{nano % 10**9:09d}")
NAMED = st.from_regex(r"work:[A-Za-z0-9][A-Za-z0-9._~-]{0,20}", fullmatch=True)
WORKS = st.one_of(
    st.integers(0, 99_999).map(lambda n: f"isrc:SEABC26{n:05d}"), st.from_regex(r"work:[A-Za-z0-9][A-Za-z0-9._~-]{0,20}", fullmatch=True)
)
RECORDED: dict[Any, st.SearchStrategy[Any]] = {
    "output_id": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}", fullmatch=True),
    "confidence": PARTS,
    "shares": st.lists(st.fixed_dictionaries({"work": WORKS, "share": PARTS}), max_size=4, unique_by=lambda share: share["work"]),
}
RECORDS = st.fixed_dictionaries(RECORDED, optional={"revision": st.integers(0, 2**53 - 1)})


@given(st.lists(RECORDS, min_size=1, max_size=3, unique_by=lambda record: record["output_id"]))
def test_what_the_schema_allows_and_adds_up_is_taken(records: list[dict[str, Any]]) -> None:
    assert VALIDATOR.is_valid({"report_id": "r", "model": "m", "method": "x", "method_version": "1", "records": records})
    sums = [sum(Decimal(share["share"]) for share in record["shares"]) for record in records]
    assert disclosure.check(records).accepted == sum(total <= 1 for total in sums)


@given(st.text(max_size=14), st.text(max_size=14))
def test_no_text_is_a_share_or_an_id_for_one_and_not_the_other(share: str, name: str) -> None:
    record = {"output_id": name, "confidence": "1", "shares": [{"work": "isrc:SEABC2600001", "share": share}]}
    document = {"report_id": "r", "model": "m", "method": "x", "method_version": "1", "records": [record]}
    assert VALIDATOR.is_valid(document) == bool(disclosure.check([record]).accepted)
