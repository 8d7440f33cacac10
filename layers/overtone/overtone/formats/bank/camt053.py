"""Reads ISO 20022 camt.053, the bank's statement of an account, in any of its versions: what came in, what went out, what came back.

An entry that is booked may hold several transactions. Money that came is a receipt; with a return reason and one of our payment ids
it is a payment that came back. Money that went out with one of our ids was executed. Everything else is left to finance.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from overtone.errors import Malformed, Rejected
from overtone.facts.cells import canonical
from overtone.fields import day
from overtone.formats.bank.pain002 import instant, parsed, text_of
from overtone.money import parse_amount
from overtone.payout.acknowledgements import EXECUTED, RETURNED, PaymentOutcome
from overtone.scales import Pico

BOOKED: Final = "BOOK"
COLLECTION: Final = "camt."
"""How ids of collections begin that a statement brought."""
NO_REFERENCE: Final = frozenset({"NONREF", "NOTPROVIDED"})
"""What banks write where a reference has to stand and there is none."""
_INVOICE: Final = re.compile(r"(?<!\d)\d{8}(?!\d)", re.ASCII)
_PAYMENT: Final = re.compile(r"OT[0-9A-F]{30}\Z", re.ASCII)
_ID: Final = re.compile(r"[^A-Za-z0-9._~-]+")
_DAYS: Final = ("{*}BookgDt/{*}Dt", "{*}BookgDt/{*}DtTm", "{*}ValDt/{*}Dt", "{*}ValDt/{*}DtTm")
_TRUE: Final = frozenset({"true", "1"})
"""As XML Schema writes it."""
_REASONS: Final = ("{*}RtrInf/{*}Rsn/{*}Cd", "{*}RtrInf/{*}Rsn/{*}Prtry", "{*}RtrInf/{*}AddtlInf")


class BankReceipt(NamedTuple):
    """Money that came: under which id of the bank's, from whom, and which eight-digit numbers its texts name.

    `known_as`: under which an earlier version kept one without a reference, which took what banks write for want of it; empty for others.
    """

    collection_id: str
    amount: Pico
    currency: str
    received_on: str
    payer: str
    text: str
    numbers: tuple[str, ...]
    known_as: str = ""


class BankStatement(NamedTuple):
    """What a statement says, and when it was made."""

    said_at: str
    receipts: tuple[BankReceipt, ...]
    outcomes: tuple[PaymentOutcome, ...]


def read(body: bytes, received_at: str) -> BankStatement:
    """A statement; raises `Malformed` for another document."""
    root = parsed(body, "camt.053")
    statements = [node for node in root.iter() if node.tag.rpartition("}")[2] == "Stmt"]
    if not statements:
        raise Malformed("it holds no statement (Stmt); send a camt.053")
    said_at = instant(text_of(root, ".//{*}GrpHdr/{*}CreDtTm"), received_at)
    receipts: list[BankReceipt] = []
    outcomes: list[PaymentOutcome] = []
    for statement in statements:
        named = text_of(statement, "{*}Id")
        for number, entry in enumerate(statement.findall("{*}Ntry")):
            for found in _entry(entry, f"{named}.{number}"):
                (outcomes if isinstance(found, PaymentOutcome) else receipts).append(found)  # type: ignore[arg-type]
    return BankStatement(said_at, tuple(receipts), tuple(outcomes))


def _entry(entry: Element, place: str) -> Iterator[BankReceipt | PaymentOutcome]:
    status = text_of(entry, "{*}Sts/{*}Cd") or text_of(entry, "{*}Sts")
    if status != BOOKED:
        return
    came = text_of(entry, "{*}CdtDbtInd") == "CRDT"
    parts = entry.findall("{*}NtryDtls/{*}TxDtls") or [entry]
    for number, part in enumerate(parts):
        payment = text_of(part, "{*}Refs/{*}EndToEndId")
        reason = next((text for path in _REASONS if (text := text_of(part, path))), "")
        if _PAYMENT.match(payment):
            if not came:
                yield PaymentOutcome(payment, EXECUTED, "booked")
            elif reason or text_of(entry, "{*}RvslInd") in _TRUE:
                yield PaymentOutcome(payment, RETURNED, reason)
        elif came:
            yield _receipt(entry, part, f"{place}.{number}", alone=len(parts) == 1)


def _receipt(entry: Element, part: Element, place: str, *, alone: bool) -> BankReceipt:
    amount = _first(part, "{*}AmtDtls/{*}TxAmt/{*}Amt", "{*}Amt")
    if amount is None and alone:
        amount = entry.find("{*}Amt")
    if amount is None:
        raise Malformed(f"entry {place} has no amount for one of its transactions")
    try:
        pico = parse_amount(canonical((amount.text or "").strip()))
        booked = day(next((text for path in _DAYS if (text := text_of(entry, path)[:10])), ""))
    except Rejected as error:
        raise Malformed(f"entry {place}: {error.detail}") from error
    reference = text_of(part, "{*}Refs/{*}AcctSvcrRef") or (text_of(entry, "{*}AcctSvcrRef") if alone else "")
    by_reference, has_one = _ID.sub("-", reference), reference and reference.upper() not in NO_REFERENCE
    named = by_reference if has_one else hashlib.sha256(place.encode()).hexdigest()[:20]
    known_as = f"{COLLECTION}{by_reference}" if reference and not has_one else ""
    paths = "{*}RmtInf/{*}Ustrd", "{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref", "{*}RmtInf/{*}Strd/{*}RfrdDocInf/{*}Nb", "{*}Refs/{*}EndToEndId"
    texts = [(node.text or "").strip() for path in paths for node in part.findall(path)]
    payer = text_of(part, "{*}RltdPties/{*}Dbtr/{*}Pty/{*}Nm") or text_of(part, "{*}RltdPties/{*}Dbtr/{*}Nm")
    text = " ".join(filter(None, texts))
    numbers = tuple(dict.fromkeys(_INVOICE.findall(text)))
    return BankReceipt(f"{COLLECTION}{named}"[:128], pico, amount.get("Ccy", ""), booked, payer, text, numbers, known_as)


def _first(node: Element, *paths: str) -> Element | None:
    return next((found for path in paths if (found := node.find(path)) is not None), None)
