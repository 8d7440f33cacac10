"""Invoices that the payer writes in a payee's name, where the payee's record says so: one for each currency in which it was paid.

A document says what left for the payee, before tax was withheld, less what its bank sent back: so all of a payee's documents come to
what it has been paid. Where that is negative it is a credit note. They are numbered for each payee, without gaps, and bear no VAT.
"""

from typing import Final

from overtone.money import format_amount, format_minor, format_share
from overtone.payout.accounts import Account, PartyState
from overtone.payout.invoice import Document, DocumentLine, Seat
from overtone.payout.manifest import Head
from overtone.scales import ZERO_NANO

FOLDER: Final = "self-billed"
NUMBER_DIGITS: Final = 6
INVOICE: Final = "self_billed_invoice"
CREDIT_NOTE: Final = "self_billed_credit_note"
ROYALTIES: Final = "royalties"


def document(account: Account, state: PartyState, head: Head, payee: Seat, payer: Seat) -> Document | None:
    """The next document of a payee's in one currency, whose number `state` counts; none where nothing left or came back."""
    amount = account.paid + account.withheld - account.returned - account.returned_tax
    if not amount:
        return None
    state.self_billed += 1
    total, exact, zero = format_minor(amount, account.currency), format_amount(amount), format_minor(amount - amount, account.currency)
    text = f"Royalties as of the statement of settlement {head.settlement_id}, to {head.through}"
    return Document(
        number=f"{account.party_id}-{state.self_billed:0{NUMBER_DIGITS}d}",
        kind=INVOICE if amount > 0 else CREDIT_NOTE,
        settlement_id=head.settlement_id,
        through=head.through,
        issued_on=head.cutoff[:10],
        due_on=account.pay_day or head.cutoff[:10],
        currency=account.currency,
        seller=payee,
        buyer=payer,
        lines=(DocumentLine("", ROYALTIES, head.through, text, total, exact),),
        net=total,
        tax_rate=format_share(ZERO_NANO),
        tax=zero,
        total=total,
        exact=exact,
        brought_forward="0",
        carried_forward="0",
    )
