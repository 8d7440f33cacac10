"""Bank statements: what came in, what went out, what came back."""

import pytest

from overtone.errors import Malformed
from overtone.formats.bank import camt053
from overtone.money import PICO
from overtone.payout.acknowledgements import EXECUTED, RETURNED, PaymentOutcome

OURS = "OT" + "A" * 30
RECEIVED = "2026-11-20T08:00:00.000000Z"


def statement(*entries: str, version: str = "08") -> bytes:
    head = "<GrpHdr><CreDtTm>2026-11-20T06:00:00+01:00</CreDtTm></GrpHdr>"
    inner = f"<BkToCstmrStmt>{head}<Stmt><Id>S1</Id>{''.join(entries)}</Stmt></BkToCstmrStmt>"
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">{inner}</Document>'.encode()


def entry(details: str = "", amount: str = "12.50", way: str = "CRDT", status: str = "<Sts><Cd>BOOK</Cd></Sts>", more: str = "") -> str:
    about = f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{status}<BookgDt><Dt>2026-11-19</Dt></BookgDt>{more}'
    return f"<Ntry>{about}<NtryDtls>{details}</NtryDtls></Ntry>"


def details(reference: str = "", text: str = "", more: str = "") -> str:
    refs = f"<Refs><EndToEndId>{reference}</EndToEndId></Refs>" if reference else ""
    return f"<TxDtls>{refs}{more}<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"


@pytest.mark.parametrize("version", ["02", "08"])
def test_money_that_came_names_its_invoices(version: str) -> None:
    booked = "<Sts>BOOK</Sts>" if version == "02" else "<Sts><Cd>BOOK</Cd></Sts>"
    text = entry(details(text=" Invoice 00000012/00000013, 123456789 "), status=booked, more="<AcctSvcrRef>A/1 2</AcctSvcrRef>")
    (receipt,) = camt053.read(statement(text, version=version), RECEIVED).receipts
    assert (receipt.collection_id, receipt.amount, receipt.currency, receipt.received_on) == (
        "camt.A-1-2",
        12 * PICO + PICO // 2,
        "EUR",
        "2026-11-19",
    )
    assert receipt.numbers == ("00000012", "00000013")


def test_a_batch_entry_is_its_transactions() -> None:
    parts = "".join(details(text=f"0000000{n}", more=f'<AmtDtls><TxAmt><Amt Ccy="EUR">{n}</Amt></TxAmt></AmtDtls>') for n in (1, 2))
    receipts = camt053.read(statement(entry(parts, "3.00")), RECEIVED).receipts
    assert [(r.amount // PICO, r.numbers) for r in receipts] == [(1, ("00000001",)), (2, ("00000002",))]
    assert len({r.collection_id for r in receipts}) == 2
    with pytest.raises(Malformed, match="no amount"):
        camt053.read(statement(entry(details() * 2)), RECEIVED)


@pytest.mark.parametrize("written", ["12.5", "12.500000", "+12.50", "0012.50", "12.5000000000000"])
def test_an_amount_may_be_any_xs_decimal(written: str) -> None:
    (receipt,) = camt053.read(statement(entry(details(), written)), RECEIVED).receipts
    assert receipt.amount == 12 * PICO + PICO // 2


def test_our_payments_are_executed_or_come_back_and_nothing_that_is_not_booked_counts() -> None:
    returned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    found = camt053.read(
        statement(
            entry(details(OURS), way="DBIT"),
            entry(details(OURS, more=returned)),
            entry(details(OURS)),  # a credit in our name without a reason is nobody's return
            entry(details(text="later"), status="<Sts><Cd>PDNG</Cd></Sts>"),
            entry(details("OTHERS"), way="DBIT"),
        ),
        RECEIVED,
    )
    assert found.outcomes == (PaymentOutcome(OURS, EXECUTED, "booked"), PaymentOutcome(OURS, RETURNED, "AC04"))
    assert found.receipts == ()
    assert found.said_at == "2026-11-20T05:00:00.000000Z"


@pytest.mark.parametrize(("said", "back"), [("true", True), ("1", True), (" 1 ", True), ("false", False), ("0", False)])
def test_a_reversal_is_said_as_any_xs_boolean(said: str, *, back: bool) -> None:
    """A payment that a bank of ones and zeros sent back stayed paid, and its payee was never paid again."""
    found = camt053.read(statement(entry(details(OURS), more=f"<RvslInd>{said}</RvslInd>")), RECEIVED)
    assert found.outcomes == ((PaymentOutcome(OURS, RETURNED, ""),) if back else ())


@pytest.mark.parametrize(
    ("days", "came"),
    [
        ("<BookgDt><Dt>2026-11-19</Dt></BookgDt><ValDt><Dt>2026-11-18</Dt></ValDt>", "2026-11-19"),
        ("<BookgDt><DtTm>2026-11-19T23:30:00-05:00</DtTm></BookgDt>", "2026-11-19"),
        ("<ValDt><Dt>2026-11-18</Dt></ValDt>", "2026-11-18"),
        ("<ValDt><DtTm>2026-11-18T10:00:00</DtTm></ValDt>", "2026-11-18"),
    ],
)
def test_money_came_on_the_day_on_which_it_was_booked_else_on_that_of_its_value(days: str, came: str) -> None:
    """The schema has both days or either: one entry without the first refused a whole statement."""
    body = statement(entry(details())).replace(b"<BookgDt><Dt>2026-11-19</Dt></BookgDt>", days.encode())
    (receipt,) = camt053.read(body, RECEIVED).receipts
    assert receipt.received_on == came


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday", ""])
def test_a_statement_of_no_time_on_earth_is_said_when_it_came(written: str) -> None:
    """The first and the last day of the calendar ended in a 500."""
    body = statement(entry(details(OURS), way="DBIT")).replace(b"2026-11-20T06:00:00+01:00", written.encode())
    assert camt053.read(body, RECEIVED).said_at == RECEIVED


@pytest.mark.parametrize("body", [b"", b"<Document/>", b"not xml", statement(entry(details(), "1,5")), statement(entry(details(), "x"))])
def test_what_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        camt053.read(body, RECEIVED)
