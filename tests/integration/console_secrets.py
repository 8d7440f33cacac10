"""What stands on the console's pages and has an owner, and people beside them, between whom nothing of it may be told.

Who a party is and which works there are everybody may know. All else has owners: accounts, terms, revenue, reasons, the ids of batches,
clearances, webhooks and the like, and every amount that was settled, as a file has it or as a page shows it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from local.functions import load_module
from local.generate import ROOT
from overtone.payout.words import shown
from tests.integration import scenario
from tests.integration.scenario import files_of, lines_of
from tests.integration.test_tenancy import IDS, LINE_DIGITS_MIN, THIEF, House

if TYPE_CHECKING:
    from local.stack import Stack

CONSOLE: Final[list[Any]] = load_module(ROOT / "functions" / "console", "app").console.routes
RIGHTS: Final = ("statements.read", "registry.write")
LICENSEE: Final = ("usage.write", "disclosures.write", "registry.write")
PERSONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "a creator beside them": (THIEF, RIGHTS),
    "another licensee": ("hare", LICENSEE),
    "another society": ("gema", RIGHTS),
    "nobody in particular": ("", RIGHTS),
    "the musician": ("ann", RIGHTS),
    "the licensee": ("fox", LICENSEE),
    "the society": ("stim", RIGHTS),
}
WITHIN: Final = frozenset({"ann", "bob", "fox", "stim"})
"""Between these there is a month's money: what explains it they tell each other."""
TEXTS: Final = {
    "SE4550000000058398257466": {"ann", "stim"},
    "1234.56": WITHIN,
    "0.013": {"ann", "fox"},
    "777.77": {"ann", "bob", "stim"},
    "a secret reason": {"ann", "bob", "fox"},
    "secret-path": {"ann"},
    "b-1": WITHIN,
    "b-2": WITHIN,
    "rep-1": WITHIN,
    "run-1": WITHIN,
    "k-1": WITHIN,
    "rev-10": WITHIN,
    "d-1": {"ann", "bob"},
    "w-1": {"ann"},
    "client-1": {"ann"},
    "h-1": {"fox"},
    "q-1": set(),
    "ann-direct": {"ann", "fox"},
}
"""What is written down by hand, and whose it is; the office's too."""
PATHS: Final = IDS | {"form": "json", "verdict": "accept", "action": "share"}
"""What stands in a path, of others'."""


class Secret(NamedTuple):
    """What is on a page, as a pattern, and whose it is."""

    text: str
    owners: frozenset[str]


def secrets(stack: Stack) -> list[Secret]:
    """By hand, and of everything settled: the line, and its amount as a file has it and as a page shows it."""
    owners: dict[str, set[str]] = defaultdict(set)
    for text, whose in TEXTS.items():
        owners[text] |= whose
    for line in lines_of(stack):
        whose = {line["party_id"], line["member_id"], line["licensee"]} | (set() if line["party_id"] else WITHIN)
        owners[line["line_id"]] |= whose
        amounts = {line["amount"], shown(line["amount"], line["currency"])}
        for amount in amounts:
            owners[amount.lstrip("-")] |= whose
    for payment in csv.DictReader(io.StringIO(files_of(stack)["payments.csv"].decode())):
        for amount in (payment["credited"], payment["closing"], payment["uncollected"]):
            for text in (amount, shown(amount, payment["currency"])):
                owners[text] |= {payment["party_id"]}
    for invoice in stack.http("GET", "/v1/invoices", scope="finance").json()["items"]:
        owners[invoice["number"]] |= {invoice["licensee"]}
    return [Secret(text, frozenset(whose)) for text, whose in owners.items() if text in TEXTS or len(text) >= LINE_DIGITS_MIN]


def furnished(stack: Stack) -> House:
    """The world of `test_tenancy`, and those beside it."""
    stack.reset()
    stack.at("2026-09-01T08:00:00Z")
    made = House(stack)
    scenario.party(stack, "hare", "licensee")
    scenario.party(stack, "gema", "society")
    return made


WORD: Final = re.compile(r"[\w.,-]+")


def found_in(text: str, secrets: set[str]) -> frozenset[str]:
    """Those that a text has as words, or as several."""
    words = {word.strip(".,-") for word in WORD.findall(text)}
    return frozenset(secrets & words | {secret for secret in secrets if " " in secret and secret in text})
