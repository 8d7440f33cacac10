"""Valid and damaged bodies of the readers that stand alone: events, mapped tables, bank statements, banks' answers."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import OvertoneError
from overtone.facts import sheets
from overtone.formats import cloudevents, tabular
from overtone.formats.bank import camt053, pain002
from overtone.formats.bank.pain001 import message_id
from overtone.money import PICO
from overtone.payout.acknowledgements import EXECUTED, REFUSED
from tests.unit.test_camt053 import RECEIVED, details, entry, statement
from tests.unit.test_tabular import mapping
from tests.unit.usage_strategies import records

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026-10-05"
EVENTS = st.lists(records(), min_size=1, max_size=8)


def damaged(raw: bytes, data: st.DataObject) -> bytes:
    """The same with something cut out, changed or put in."""
    start = data.draw(st.integers(0, max(0, len(raw) - 1)))
    return raw[:start] + data.draw(st.binary(max_size=4)) + raw[start + data.draw(st.integers(0, 20)) :]


def held(read: Callable[[bytes], sheets.Checked], raw: bytes) -> sheets.Checked | None:
    """What is read; every record is kept or named."""
    with contextlib.suppress(OvertoneError):
        found = read(raw)
        assert found.received == found.accepted + len({fault.index for fault in found.faults})
        return found
    return None


# --- CloudEvents


def events(raw: bytes) -> sheets.Checked:
    return sheets.check(cloudevents.read_whole(raw, cloudevents.BATCH), "fox", DAY)


def enveloped(rows: list[dict[str, Any]], source: str = "//parties/fox") -> bytes:
    envelope = {"specversion": "1.0", "source": source, "type": "usage"}
    data = [{name: value for name, value in row.items() if name != "record_id"} for row in rows]
    return json.dumps([envelope | {"id": f"e-{n}", "data": one} for n, one in enumerate(data)]).encode()


@given(EVENTS, st.sampled_from(["fox", "//parties/fox", "urn:overtone:fox", "https://api.example/parties/fox/"]))
def test_every_event_is_a_record_and_their_totals_come_out(rows: list[dict[str, Any]], source: str) -> None:
    checked = events(enveloped(rows, source))
    assert (checked.faults, checked.accepted) == ([], len(rows))
    assert sum(checked.records.quantity) == sum(row["quantity"] for row in rows)


@given(EVENTS, st.data())
def test_damaged_events_are_refused_or_each_is_kept_or_named(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    held(events, damaged(enveloped(rows), data))


# --- tables of others, by a mapping


@st.composite
def mapped(draw: st.DrawFn) -> tuple[bytes, dict[str, Any], int, Decimal]:
    """A table as some distributor writes it, the mapping that reads it, and its totals."""
    mark = draw(st.sampled_from([".", ","]))
    separator = draw(st.sampled_from([";", "\t", "|"] if mark == "," else [";", "\t", ",", "|"]))
    skipped = draw(st.integers(0, 2))
    rows = draw(st.lists(st.tuples(st.integers(1, 10**6), st.decimals(0, 10**4, places=2)), min_size=1, max_size=8))
    named = {"Asset": {"column": "subject", "prefix": "isrc:"}, "Units": "quantity", "Net": "revenue", "Land": "territory"}
    named["Period"] = {"column": "used_on", "format": draw(st.sampled_from(["MM/YYYY", "YYYYMM"]))}
    month = "10/2026" if named["Period"] == {"column": "used_on", "format": "MM/YYYY"} else "202610"
    said = {
        "columns": named,
        "constants": {"use": "stream", "currency": "EUR"},
        "row_numbers": True,
        "others": "ignore",
        "decimal_mark": mark,
        "separator": separator,
        "skip_lines": skipped,
    }
    order = draw(st.permutations(["Asset", "Units", "Net", "Land", "Period", "Artist"]))
    lines = ["Report of October"] * skipped + [separator.join(order)]
    for units, net in rows:
        cells = {
            "Asset": "SEABC2600001",
            "Units": str(units),
            "Net": str(net).replace(".", mark),
            "Land": "SE",
            "Period": month,
            "Artist": "Ann",
        }
        lines.append(separator.join(cells[name] for name in order))
    raw = draw(st.sampled_from(["\n", "\r\n"])).join(lines).encode()
    return raw, said, sum(units for units, _ in rows), sum((net for _, net in rows), Decimal(0))


def table(said: dict[str, Any]) -> Callable[[bytes], sheets.Checked]:
    return lambda raw: sheets.check(tabular.read_whole(raw, ",", mapping(**said), "batch"), "fox", "2026-11-05")


@given(mapped())
def test_any_distributor_s_table_is_read_by_its_mapping(made: tuple[bytes, dict[str, Any], int, Decimal]) -> None:
    raw, said, units, net = made
    checked = table(said)(raw)
    assert [fault.message for fault in checked.faults] == []
    assert sum(checked.records.quantity) == units
    revenue = sum((Decimal(str(checked.records.to_json(row).get("revenue", "0"))) for row in range(checked.accepted)), Decimal(0))
    assert revenue == net
    assert set(checked.records.used_on) == {"2026-10-31"}


@given(mapped(), st.data())
def test_a_damaged_mapped_table_keeps_or_names_each_row(made: tuple[bytes, dict[str, Any], int, Decimal], data: st.DataObject) -> None:
    raw, said, _, _ = made
    held(table(said), damaged(raw, data))


# --- bank statements


AMOUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)


def booked(cents: list[int], version: str) -> bytes:
    status = "<Sts>BOOK</Sts>" if version == "02" else "<Sts><Cd>BOOK</Cd></Sts>"
    entries = [
        entry(details(text=f"Invoice {n:08d}"), amount=f"{one // 100}.{one % 100:02d}", status=status) for n, one in enumerate(cents)
    ]
    return statement(*entries, version=version)


@given(AMOUNTS, st.sampled_from(["02", "04", "06", "08"]))
def test_all_money_of_a_statement_comes_in(cents: list[int], version: str) -> None:
    found = camt053.read(booked(cents, version), RECEIVED)
    assert [receipt.amount for receipt in found.receipts] == [one * PICO // 100 for one in cents]
    assert [receipt.numbers for receipt in found.receipts] == [(f"{n:08d}",) for n in range(len(cents))]
    assert len({receipt.collection_id for receipt in found.receipts}) == len(cents)


@given(AMOUNTS, st.data())
def test_a_damaged_statement_is_refused_or_keeps_every_whole_entry(cents: list[int], data: st.DataObject) -> None:
    raw = damaged(booked(cents, "08"), data)
    with contextlib.suppress(OvertoneError):
        found = camt053.read(raw, RECEIVED)
        assert len(found.receipts) >= len(cents) - raw.count(b"<Ntry>") // max(1, len(cents)) - 1


# --- banks' answers


STATES = st.lists(st.sampled_from(["ACSC", "RJCT", "PDNG", "ACCC", "CANC"]), min_size=1, max_size=8)


def answered(states: list[str], version: str, blank: str) -> bytes:
    told = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{blank}OT{n}{blank}</OrgnlEndToEndId><TxSts>{state}</TxSts></TxInfAndSts>"
        for n, state in enumerate(states)
    )
    file = f"<OrgnlGrpInfAndSts><OrgnlMsgId>{blank}{message_id('2026-10', 'EUR')}</OrgnlMsgId></OrgnlGrpInfAndSts>"
    inner = f"<CstmrPmtStsRpt>{file}<OrgnlPmtInfAndSts>{told}</OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}">{inner}</Document>'.encode()


def outcomes(raw: bytes) -> dict[str, str]:
    return {one.payment_id: one.status for one in pain002.read(raw, "2026-10", ["EUR"], RECEIVED).outcomes}


@given(STATES, st.sampled_from(["03", "10", "12"]), st.sampled_from(["", " ", "\n  "]))
def test_every_final_word_of_a_bank_is_heard(states: list[str], version: str, blank: str) -> None:
    final = {"ACSC": EXECUTED, "ACCC": EXECUTED, "RJCT": REFUSED, "CANC": REFUSED}
    assert outcomes(answered(states, version, blank)) == {f"OT{n}": final[state] for n, state in enumerate(states) if state in final}


@given(STATES, st.data())
def test_a_damaged_answer_is_refused_or_read(states: list[str], data: st.DataObject) -> None:
    with contextlib.suppress(OvertoneError):
        assert len(outcomes(damaged(answered(states, "10", ""), data))) <= len(states)
