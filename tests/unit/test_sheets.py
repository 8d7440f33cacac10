"""Checking whole columns says the same as checking each record by itself."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import Rejected
from overtone.facts import sheets, usage
from overtone.facts.limits import FAULTS_LISTED_MAX
from tests.unit.usage_strategies import records

DAY = "2026-10-03"
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.lists(st.integers(0, 9), max_size=2),
)


@st.composite
def doubtful(draw: st.DrawFn) -> Any:
    record = draw(records())
    for name in draw(st.lists(st.sampled_from([*usage.COLUMNS, "plays"]), max_size=2)):
        record[name] = draw(JUNK)
    return draw(st.sampled_from([record, record, record, {}, 7, "text"]))


def alone(record: Any) -> bool:
    """Whether a record is good, by the plain reading of the rules."""
    if type(record) is not dict or not set(usage.COLUMNS) >= set(record) >= usage.REQUIRED:
        return False
    whole = {name: record.get(name) for name in usage.COLUMNS}
    whole["revision"] = 0 if whole["revision"] is None else whole["revision"]
    if (whole["revenue"] is None) != (whole["currency"] is None):
        return False
    try:
        for name, parse in usage.parsers("fox", DAY).items():
            parse(whole[name])
    except Rejected:
        return False
    return bool(whole["quantity"]) or not whole["revenue"] or not any(digit in whole["revenue"] for digit in "123456789")


@given(st.lists(doubtful(), max_size=20))
def test_a_batch_keeps_what_is_good_alone_and_first_of_its_identity(rows: list[Any]) -> None:
    expected, seen = [], set()
    for row in rows:
        identity = alone(row) and (row["used_on"], usage.subject(row["subject"]), row["record_id"], row.get("revision") or 0)
        if identity and identity not in seen:
            seen.add(identity)
            expected.append(row["record_id"])
    checked = sheets.check(sheets.read_rows(rows), "fox", DAY)
    assert list(checked.records.record_id) == expected
    assert checked.received == len(rows)
    assert len({fault.index for fault in checked.faults}) == len(rows) - len(expected)
    assert all(fault.message for fault in checked.faults)


@given(
    records(),
    st.permutations(sorted(usage.COLUMNS)),
    st.sampled_from([*usage.COLUMNS, "plays"]),
    st.sampled_from([*usage.COLUMNS, "plays"]),
)
def test_rows_are_read_by_their_names_whatever_the_first_row_looks_like(row: dict[str, Any], order: list[str], lost: str, new: str) -> None:
    turned = {name: row[name] for name in order if name in row}
    other = {name: value for name, value in row.items() if name != lost} | {new: 1}
    for rows in ([row, turned, other], [row, list(row.values())], [row, "x" * len(row)], [other, row]):
        whole = sheets.read_rows(rows)
        for place, one in enumerate(rows):
            single = sheets.read_rows([one])
            assert bool(single.misfits) == (place in whole.misfits)
            if not single.misfits:
                at = list(whole.places).index(place)
                assert {name: column[at] for name, column in whole.columns.items()} == {
                    name: column[0] for name, column in single.columns.items()
                }


@given(st.lists(doubtful(), max_size=8), st.lists(doubtful(), max_size=8))
def test_digests_are_equal_where_the_content_is(left: list[Any], right: list[Any]) -> None:
    same = [dict(reversed(row.items())) if isinstance(row, dict) else row for row in left]
    assert sheets.read_rows(left).digest() == sheets.read_rows(same).digest()
    if sheets.read_rows(left).digest() == sheets.read_rows(right).digest():
        assert len(left) == len(right)


@given(st.text(max_size=40) | st.from_regex(r"-?\d{0,16}(\.\d{0,13})?", fullmatch=True))
def test_quick_tests_accept_nothing_that_the_parsers_refuse(text: str) -> None:
    parsers = usage.parsers("fox", DAY)
    for name, quick in usage.QUICK.items():
        for value in (text, f"output:{text}", f"isrc:{text}"):
            if quick(value):
                parsers[name](value)


def test_identifiers_are_kept_in_normal_form() -> None:
    row = {"record_id": "r", "subject": "ISRC:se-abc-26-00001", "use": "stream", "used_on": DAY, "quantity": 1, "territory": "SE"}
    assert sheets.check(sheets.read_rows([row]), "fox", DAY).records.subject == ["isrc:SEABC2600001"]


def test_faults_are_described_up_to_a_limit_and_counted_beyond() -> None:
    checked = sheets.check(sheets.read_rows([{}] * (FAULTS_LISTED_MAX + 1)), "fox", DAY)
    assert len({fault.index for fault in checked.faults}) == FAULTS_LISTED_MAX
    assert (checked.received, checked.accepted) == (FAULTS_LISTED_MAX + 1, 0)


@given(st.lists(st.text(max_size=12) | st.sampled_from(["0.5", "1\n2", "12", "", "01", "r 1", "r" * 129])))
def test_columns_that_pass_at_once_pass_one_by_one(texts: list[str]) -> None:
    parsers = usage.parsers("fox", DAY)
    if usage.are_record_ids(texts):
        assert all(parsers["record_id"](text) == text for text in texts)
    if usage.are_revenues(texts):
        assert all(parsers["revenue"](text) == text for text in texts)
