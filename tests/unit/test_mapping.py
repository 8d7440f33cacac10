import pytest

from overtone.errors import Rejected
from overtone.facts import mapping
from overtone.facts.mapping import Mapping
from overtone.fields import validated
from overtone.formats import blocks
from overtone.formats.usage_file import first_pass, format_of

THEIRS = {
    "columns": {"Transaction ID": "record_id", "Qty": "quantity", "Track": "subject"},
    "constants": {"use": "stream", "territory": "SE"},
}


def of(**more: object) -> Mapping:
    return validated(Mapping, THEIRS | more, "the mapping")


def test_headers_are_named_in_any_order_case_and_spacing() -> None:
    assert of().named(["qty ", "TRANSACTION  id", "used_on", "Track"]) == ["quantity", "record_id", "used_on", "subject"]


def test_without_a_mapping_our_own_names_are_read() -> None:
    assert Mapping().named(["record_id", "Quantity"]) == ["record_id", "quantity"]
    with pytest.raises(Rejected):
        Mapping().named(["record_id", "Qty"])


def test_other_columns_are_refused_or_left_out() -> None:
    with pytest.raises(Rejected) as error:
        of().named(["Qty", "Tempo"])
    assert [fault.field for fault in error.value.faults] == ["Tempo"]
    assert of(others="ignore").named(["Qty", "Tempo", "use", "record_id"]) == ["quantity", None, None, None]


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(Rejected):
        Mapping().named(["record_id", "Record_ID"])
    with pytest.raises(Rejected):
        of().named(["Qty", "QTY"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"columns": {"Qty": "amount"}}, "columns"),
        ({"columns": {"Qty": "quantity", " qty": "record_id"}}, "columns"),
        ({"columns": {"Qty": "quantity", "Quantity": "quantity"}}, "columns"),
        ({"columns": {"": "quantity"}}, "columns..[key]"),
        ({"constants": {"tempo": "120"}}, "constants"),
        ({"constants": {"use": ""}}, "constants.use"),
        ({"constants": {"quantity": "1"}}, ""),
        ({"others": "maybe"}, "others"),
        ({"rows": 1}, "rows"),
    ],
)
def test_a_mapping_that_is_none_is_refused(change: dict[str, object], field: str) -> None:
    with pytest.raises(Rejected) as error:
        of(**change)
    assert [fault.field for fault in error.value.faults] == [field]


def test_a_name_may_be_as_long_as_the_limit_and_no_longer() -> None:
    longest = "x" * mapping.NAME_LENGTH_MAX
    assert of(columns={longest: "quantity"}).named([longest]) == ["quantity"]
    with pytest.raises(Rejected):
        of(columns={longest + "x": "quantity"})


@pytest.mark.parametrize("marks", [{}, {"decimal_mark": ","}, {"decimal_mark": ",", "thousands": "."}, {"thousands": ","}])
def test_words_for_a_figure_are_read_whatever_stands_before_decimals(marks: dict[str, str]) -> None:
    """With a decimal comma, what a mapping says of single values was forgotten, and each record with one refused."""
    columns = {"Qty": {"column": "quantity", "values": {"n/a": "0"}}, "Net": {"column": "revenue", "values": {"Flat": "0.5", "-": "0"}}}
    readers = of(columns=columns, constants={}, **marks).readers()
    assert [readers["quantity"](text) for text in ("N/A", "12")] == ["0", "12"]
    assert [readers["revenue"](text) for text in ("flat", "-", "7")] == ["0.5", "0", "7"]
    if "decimal_mark" in marks:
        assert readers["revenue"]("1,25") == "1.25"
        assert readers["revenue"]("1.25x") != "1.25"


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_marks_are_text_in_a_dropped_file_whose_mapping_says_tabs(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in one that is posted, or that is called .tsv: a title that begins with one was an open quotation up to the end of the file."""
    monkeypatch.setattr(blocks, "DROP_BLOCK_BYTES_MAX", 1_000)
    monkeypatch.setattr(blocks.blocks, "__kwdefaults__", {"size": 100})
    names = of(columns={"Title": "record_id"}, separator="\t")
    header = "Title\tused_on\tsubject\tuse\tquantity\tterritory\n"
    rows = [f"{'' if number else chr(34)}Heroes-{number}\t2026-10-01\toutput:o\tstream\t1\tSE\n" for number in range(100)]
    file = format_of(form, names.model_copy(update={"constants": {}}), "f")
    _, scan = first_pass(file, [(header + "".join(rows)).encode()])
    cuts = file.cuts(["".join(rows).encode()], scan, None, 0)
    assert [title for cut in cuts for title in cut.sheet.columns["record_id"]] == [row.partition("\t")[0] for row in rows]
