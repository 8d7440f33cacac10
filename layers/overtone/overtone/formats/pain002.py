"""Reads ISO 20022 pain.002, the bank's answer to a payment file, in any of its versions.

A status stands per file (`GrpSts`), per batch (`PmtInfSts`) or per payment (`TxSts`). Overtone's files have one batch,
so the first two mean every payment of the currency.
"""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from overtone.errors import Malformed, TooLarge
from overtone.formats.pain001 import CURRENCY_LENGTH, message_id
from overtone.payout.acknowledgements import BYTES_MAX, EXECUTED, RETURNED, Outcome

REJECTED: Final = frozenset({"RJCT", "CANC"})
SETTLED: Final = frozenset({"ACSC", "ACCC"})
"""Payment status codes that end a payment well; the others in between say that it is on its way."""


def read(body: bytes, settlement_id: str, labels: Iterable[str]) -> list[Outcome]:
    """What the bank says of the payments of one of a settlement's files, known by their labels. Raises `Malformed`."""
    if len(body) > BYTES_MAX:
        raise TooLarge(f"an acknowledgement is at most {BYTES_MAX} bytes; send it in parts")
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Malformed(f"not a pain.002 document: {error}") from error
    answered = root.findtext(".//{*}OrgnlMsgId") or ""
    files = {message_id(settlement_id, labelled): labelled[:CURRENCY_LENGTH] for labelled in labels}
    if answered not in files:
        raise Malformed(f"it answers message {answered!r}, which is none of settlement {settlement_id}")
    return list(_outcomes(root, files[answered]))


def _outcomes(root: Element, currency: str) -> Iterator[Outcome]:
    for group in root.iter():
        status = _tag(group)
        if status in {"OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts"}:
            code = group.findtext("{*}GrpSts") or group.findtext("{*}PmtInfSts") or ""
            yield from _outcome("", code, group, currency)
        elif status == "TxInfAndSts":
            yield from _outcome(group.findtext("{*}OrgnlEndToEndId") or "", group.findtext("{*}TxSts") or "", group, "")


def _outcome(payment_id: str, code: str, node: Element, currency: str) -> Iterator[Outcome]:
    reason = node.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd") or node.findtext("{*}StsRsnInf/{*}AddtlInf") or code
    if code in REJECTED:
        yield Outcome(payment_id, RETURNED, reason, currency)
    elif code in SETTLED:
        yield Outcome(payment_id, EXECUTED, reason, currency)


def _tag(node: Element) -> str:
    return node.tag.rpartition("}")[2]
