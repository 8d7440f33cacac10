"""What codes of the API are called on a page."""

from typing import Final

from overtone.payout.words import STATUS

_WORDS: Final = {
    "unregistered": "not registered by anybody",
    "unattributed": "not attributed to a work",
    "unclaimed_share": "a share that nobody claims",
    "disputed": "in dispute",
    "fraud_hold": "held while its use is looked into",
    "denied_use": "used although it was denied",
    "over_limit": "used beyond the limit",
    "unlicensed": "used without a licence",
    "unlicensed_output": "made with an unlicensed model",
    "computing": "being computed",
    "sealed": "sealed",
    "previewed": "previewed",
    "refused": "refused",
    "failed": "failed",
    "proposed": "proposed",
    "accepted": "accepted",
    "withdrawn": "withdrawn",
    "part_paid": "paid in part",
    "written_off": "written off",
    "credit_note": "credit note",
    "statements.read": "reads statements",
    "registry.write": "registers works and deals",
    "usage.write": "reports usage",
    "disclosures.write": "reports disclosures",
    "finance": "finance",
    "admin": "administers everything",
}
DONE: Final = {
    "allowed": "What you allow is changed. It counts from today on.",
    "accepted": "Accepted. It counts from this instant.",
    "refused": "Refused.",
    "withdrawn": "Withdrawn.",
    "account": "Your account is changed.",
    "settling": "The settlement is being computed. This page follows it.",
    "previewing": "The preview is being computed. Nothing is posted.",
    "collected": "Recorded.",
    "proposed": "Proposed. It counts when a second person accepts it.",
    "rates": "The rates are posted.",
    "share": "Each payee sees its own line of it now.",
    "unshare": "Payees see it no more.",
    "asked": "It is being computed. This page follows it; nothing is posted.",
    "retried": "It is tried again; it leaves the list when it succeeds.",
    "declared": "Declared.",
    "cleared": "Answered, and kept.",
    "accepted-mandate": "Accepted. It counts from now on.",
    "ended": "Ended. What is used before that day stays collected as it was; the member is told.",
    "tariff": "The tariff is set. Members are told.",
    "replayed": "They are delivered again, under the ids that they had.",
    "removed": "Nothing more is delivered there.",
    "stop": "Nothing is delivered until you start it again.",
    "start": "It delivers again.",
    "bound": "The client acts for the party within five minutes.",
    "released": "The client acts for nobody, within five minutes.",
    "answered": "What the bank said is recorded.",
    "confirmed": "Confirmed. Payments need not wait any longer.",
    "signed-out": "You are signed out of the console.",
}


def said(code: str) -> str:
    """A code in words; one that nobody translated, with spaces."""
    return _WORDS.get(code) or STATUS.get(code) or code.replace("_", " ").replace(".", " ")
