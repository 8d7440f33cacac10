import re
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from overtone import fields, money
from overtone.errors import InvariantBroken, Rejected
from overtone.money import NANO
from overtone.rights.registry import Party
from overtone.scales import ZERO_NANO, ZERO_PICO, Nano, Pico


class Sample(fields.Model):
    amount: fields.Amount = ZERO_PICO
    signed: fields.SignedAmount = ZERO_PICO
    share: fields.Share = ZERO_NANO
    on: fields.Day = "2026-01-01"
    month: fields.CalendarMonth = "2026-01"
    currency: fields.Currency = "USD"
    territory: fields.Territory = "*"
    party: fields.Slug = "a"
    work: fields.WorkKey = "work:a"
    ipi: fields.Ipi | None = None
    isni: fields.Isni | None = None
    few: Annotated[tuple[fields.Slug, ...], Field(max_length=2, strict=False)] = ()


@given(st.integers(0, 10**27 - 1), st.integers(-(10**27) + 1, 10**27 - 1), st.integers(0, NANO), st.dates())
def test_a_stored_model_and_a_sent_one_read_alike(amount: int, signed: int, share: int, on: object) -> None:
    written = {
        "amount": money.format_amount(Pico(amount)),
        "signed": money.format_amount(Pico(signed)),
        "share": money.format_share(Nano(share)),
    }
    sample = Sample.model_validate(written | {"on": str(on), "month": str(on)[:7]})
    assert (sample.amount, sample.signed, sample.share) == (amount, signed, share)
    sent = sample.model_dump(mode="json")
    assert all(isinstance(sent[name], str) for name in ("amount", "signed", "share"))
    assert Sample.model_validate(sent) == sample
    assert Sample.model_validate_json(sample.model_dump_json()) == sample


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "-1"),
        ("amount", 1.5),
        ("amount", None),
        ("signed", "1e2"),
        ("share", "1.1"),
        ("share", 0.5),
        ("on", "2026-02-30"),
        ("on", "2026-1-1"),
        ("on", "20260101"),
        ("on", "2026-01-01T00:00:00Z"),
        ("on", "0000-01-01"),
        ("on", "٢٠٢٦-01-01"),
        ("on", 20260101),
        ("month", "2026-13"),
        ("month", "2026-00"),
        ("month", "0000-01"),
        ("month", "2026-01\n"),
        ("currency", "BTC"),
        ("currency", 840),
        ("territory", "XX"),
        ("territory", ["SE"]),
        ("party", "a#b"),
        ("work", "a"),
        ("ipi", "1"),
        ("ipi", 130046332),
        ("isni", "1"),
        ("few", ["a", "b", "c"]),
        ("few", "ab"),
        ("more", 1),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    with pytest.raises(Rejected) as refused:
        fields.validated(Sample, {field: value}, "the sample")
    assert [fault.field.split(".")[0] for fault in refused.value.faults] == [field]
    assert refused.value.detail.startswith(f"the sample: {field}")


def test_every_fault_is_listed_with_its_path() -> None:
    with pytest.raises(Rejected) as refused:
        fields.validated(Sample, {"amount": "x", "few": ["ok", "not ok"], "more": 1}, "the sample")
    assert [fault.field for fault in refused.value.faults] == ["amount", "few.1", "more"]


class Choice(fields.Model):
    months: int


class Chosen(fields.Model):
    either: dict[fields.Slug, Choice | Literal["all"]] = Field(default_factory=dict)
    amounts: fields.Amount | dict[fields.Slug, fields.Amount] = ZERO_PICO


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        ({"either": {"Fox": {"months": "x"}}}, {"either.Fox.months", "either.Fox"}),
        ({"either": {"Fox": {}}}, {"either.Fox.months", "either.Fox"}),
        ({"either": {"Fox": "some"}}, {"either.Fox"}),
        ({"either": {"literal[1]": "all"}}, {"either.literal[1].[key]"}),
        ({"amounts": True}, {"amounts"}),
        ({"amounts": {"Fox": "x"}}, {"amounts", "amounts.Fox"}),
        ({"either": ["all"]}, {"either"}),
    ],
)
def test_a_fault_is_found_at_what_was_sent_and_at_no_name_of_the_validator_s_own(content: dict[str, Any], paths: set[str]) -> None:
    """Who denied a licensee a work by another word was told of a field `licensees.fox.function-after[_limit_has_share(), Permission]`."""
    with pytest.raises(Rejected) as refused:
        fields.validated(Chosen, content, "the choice")
    assert {fault.field for fault in refused.value.faults} == paths


def test_what_is_no_object_is_refused() -> None:
    nothing: list[Any] = [[], "x", None, 1]
    for content in nothing:
        with pytest.raises(Rejected):
            fields.validated(Sample, content, "the sample")


@pytest.mark.parametrize("text", ["-0", "-0.00", "-1"])
def test_an_amount_that_cannot_be_negative_has_no_sign(text: str) -> None:
    with pytest.raises(Rejected, match="no sign"):
        fields.validated(Sample, {"amount": text}, "the sample")
    assert fields.validated(Sample, {"signed": text}, "the sample").signed <= 0


def test_days_compare_as_texts() -> None:
    assert fields.DAY_MIN < fields.day("2026-01-01") < fields.DAY_MAX
    assert fields.day(fields.DAY_MIN) == fields.DAY_MIN
    assert fields.day(fields.DAY_MAX) == fields.DAY_MAX


@pytest.mark.parametrize("field", ["amount", "signed", "share", "month", "party"])
@given(st.data())
def test_the_published_pattern_takes_what_the_field_takes(field: str, data: st.DataObject) -> None:
    pattern = Sample.model_json_schema()["properties"][field]["pattern"]
    text = data.draw(st.from_regex(pattern.replace("$", r"\Z")) | st.text("0123456789.-", max_size=8) | st.text(max_size=8))
    try:
        fields.validated(Sample, {field: text}, "the sample")
    except Rejected:
        assert not re.match(pattern.replace("$", r"\Z"), text, re.ASCII) or text.startswith("0000")
    else:
        assert re.match(pattern.replace("$", r"\Z"), text, re.ASCII)


def test_the_published_schema_shows_texts_where_texts_are_sent() -> None:
    properties = Sample.model_json_schema()["properties"]
    assert {
        properties[name]["type"] for name in ("amount", "signed", "share", "on", "month", "currency", "territory", "party", "work")
    } == {"string"}


def test_what_was_let_in_once_is_read_though_the_lists_have_moved_on() -> None:
    bank = {"currency": "ZZZ", "method": "sepa", "iban": "SE4550000000058398257467", "bic": "NOTABIC", "threshold": "0"}
    gone = {"name": "Asa", "kind": "creator", "country": "QZ", "ipi": "12345678", "isni": "0000000121032684", "payout": bank}
    with pytest.raises(Rejected) as refused:
        fields.validated(Party, gone, "the party")
    assert {fault.field for fault in refused.value.faults} == {"country", "ipi", "isni", "payout.currency", "payout.iban", "payout.bic"}
    party = fields.stored(Party, gone)
    assert party.payout is not None
    assert (party.country, party.ipi, party.isni, party.payout.currency) == ("QZ", "12345678", "0000000121032684", "ZZZ")
    with pytest.raises(InvariantBroken, match="a stored Party cannot be read"):
        fields.stored(Party, {"kind": "creator"})
