"""Reads ISO 20022 pain.002, the bank's answer to a payment file, in any of its versions and shapes.

A status stands per file (`GrpSts`), per batch (`PmtInfSts`) or per payment (`TxSts`); the finer one counts. Banks put blanks
around ids, send codes of their own (`Prtry`), several reasons, and the batch or the payment without naming the file.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from overtone.errors import Malformed, TooLarge
from overtone.formats.bank.pain001 import batch_ids, message_id
from overtone.payout.acknowledgements import BYTES_MAX, EXECUTED, REFUSED, BankDocument, PaymentOutcome

REJECTED: Final = frozenset({"RJCT", "CANC"})
SETTLED: Final = frozenset({"ACSC", "ACCC", "ACWC"})
"""Payment status codes that end a payment well; the others in between say that it is on its way."""


class _SentFiles(NamedTuple):
    """What a settlement sent: the label of each file by message id, the label and method of each batch."""

    files: dict[str, str]
    batches: dict[str, tuple[str, str]]

    @classmethod
    def of(cls, settlement_id: str, labels: Iterable[str]) -> "_SentFiles":
        names = sorted(labels)
        files = {message_id(settlement_id, name): name for name in names}
        batches = {batch: (n, method) for n in names for batch, method in batch_ids(settlement_id, n).items()}
        return cls(files, batches)


def parsed(body: bytes, what: str) -> Element:
    """An XML document from a bank, without entities; raises `Malformed` or `TooLarge`."""
    if len(body) > BYTES_MAX:
        raise TooLarge(f"a bank's document is at most {BYTES_MAX} bytes; send it in parts")
    try:
        root: Element = fromstring(body.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:  # an encoding that nobody knows is looked up
        raise Malformed(f"not a {what} document: {error}") from error
    return root


def text_of(node: Element, path: str) -> str:
    """The text at a path, without the blanks around it; empty where there is none."""
    return (node.findtext(path) or "").strip()


def instant(text: str, otherwise: str) -> str:
    """An ISO 8601 date-time in UTC, without one `otherwise`; without an offset it is taken as UTC."""
    try:
        found = datetime.fromisoformat(text)
        there = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC the first and the last day of the calendar may lie outside of it
        return otherwise
    return there.isoformat(timespec="microseconds").replace("+00:00", "Z")


def read(body: bytes, settlement_id: str, labels: Iterable[str], received_at: str) -> BankDocument:
    """What the bank says of a settlement's payments; raises `Malformed` where it answers another file."""
    root = parsed(body, "pain.002")
    sent = _SentFiles.of(settlement_id, labels)
    if not any(_tag(node) == "CstmrPmtStsRpt" for node in root.iter()):
        raise Malformed("it holds no customer payment status report (CstmrPmtStsRpt); send a pain.002")
    answered = {text.strip() for text in (node.text or "" for node in root.iter() if _tag(node) == "OrgnlMsgId") if text.strip()}
    batches = {text.strip() for text in (node.text or "" for node in root.iter() if _tag(node) == "OrgnlPmtInfId") if text.strip()}
    if not answered <= sent.files.keys() or not (answered or batches & sent.batches.keys()):
        named = ", ".join(sorted(answered - sent.files.keys())) or "none"
        raise Malformed(f"it answers message {named}, which is none of settlement {settlement_id}")
    said_at = instant(text_of(root, ".//{*}GrpHdr/{*}CreDtTm"), received_at)
    return BankDocument(said_at, tuple(_outcomes(root, sent)))


def _outcomes(root: Element, sent: _SentFiles) -> Iterator[PaymentOutcome]:
    file = ""
    for node in root.iter():
        kind = _tag(node)
        if kind == "OrgnlGrpInfAndSts":
            file = sent.files.get(text_of(node, "{*}OrgnlMsgId"), "")
            if file:
                yield from _outcome("", text_of(node, "{*}GrpSts"), node, file)
        elif kind == "OrgnlPmtInfAndSts":
            named = text_of(node, "{*}OrgnlPmtInfId")
            of_batch, method = sent.batches.get(named, ("" if named else file, ""))
            if of_batch:
                yield from _outcome("", text_of(node, "{*}PmtInfSts"), node, of_batch, method)
        elif kind == "TxInfAndSts":
            yield from _outcome(text_of(node, "{*}OrgnlEndToEndId"), text_of(node, "{*}TxSts"), node)


def _outcome(payment_id: str, code: str, node: Element, file: str = "", method: str = "") -> Iterator[PaymentOutcome]:
    if not payment_id and not file:
        return
    if code in REJECTED:
        yield PaymentOutcome(payment_id, REFUSED, _reason(node) or code, file, method)
    elif code in SETTLED:
        yield PaymentOutcome(payment_id, EXECUTED, _reason(node) or code, file, method)


def _reason(node: Element) -> str:
    """The first reason that says anything: an ISO code, a code of the bank's own, or its words."""
    for path in ("{*}StsRsnInf/{*}Rsn/{*}Cd", "{*}StsRsnInf/{*}Rsn/{*}Prtry", "{*}StsRsnInf/{*}AddtlInf"):
        if found := next((text for text in ((n.text or "").strip() for n in node.findall(path)) if text), ""):
            return found
    return ""


def _tag(node: Element) -> str:
    return node.tag.rpartition("}")[2]
