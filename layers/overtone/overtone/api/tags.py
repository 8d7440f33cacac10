"""What each module of routes is about: a tag of the OpenAPI document, and the order of its pages."""

from typing import Final

TAGS: Final = {
    "clearances": "Questions about what may be used, before it is",
    "completeness": "Declarations of what was sent for a month",
    "costs": "What a month costs the operator",
    "deals": "Terms that a licensor and a licensee agree on",
    "disclosures": "Attributions, training runs, revenue, levies",
    "disputes": "Contested shares of works",
    "events": "What a party is told",
    "finance": "Exchange rates, liquidations, answers of the bank",
    "holds": "Money that waits while its use is investigated",
    "operations": "How the stack itself stands: queues, alarms, the month",
    "parties": "Who takes part: creators, publishers, societies, licensees",
    "payments": "Money out: payments, adjustments, opening balances, tax",
    "permission_exports": "Everything that owners allow, exported daily",
    "permissions": "What owners allow, in open forms",
    "quarantine": "Partitions that could not be accrued",
    "receivables": "Money in: invoices, collections, what is open",
    "receipts": "Lists of what was received, with receipts",
    "settlements": "Settlements, and the files that they leave",
    "societies": "Societies: their approval, tariffs and members",
    "statements": "What a payee earned, and why",
    "suspense": "Money that waits, and uses that were not allowed",
    "transfers": "Transfers of works to another party",
    "usage": "Batches of plays and other uses",
    "webhooks": "Events delivered to a URL",
    "what_ifs": "What months would have come to under other terms",
    "whoami": "Who the caller is",
    "works": "Recordings and compositions, their owners and permissions",
}
