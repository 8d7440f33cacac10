"""What every list should hold, read where it lies: tables by their keys, and the files of settlements."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.integration.scenario import files_of

if TYPE_CHECKING:
    from local.stack import Stack

Item = dict[str, Any]
Query = Mapping[str, str]
Scan = Callable[["Stack", Query], set[str]]
Fits = Callable[[Item, str], bool]
FIRST, SECOND = "2026-10", "2026-11"


class Listing(NamedTuple):
    """A list: the fields that tell an item, what it should hold, what must be said to ask for it, and filters that are no field."""

    key: tuple[str, ...]
    scan: Scan
    bases: tuple[Query, ...] = ({},)
    odd: Mapping[str, Fits] = {}
    path: Mapping[str, str] = {}

    def name(self, item: Item) -> str:
        """What tells the item from the others of its list."""
        return " ".join(str(item[field]) for field in self.key)

    def fits(self, item: Item, name: str, value: str) -> bool:
        """Whether an item is one of those that a filter asks for."""
        if name in self.odd:
            return self.odd[name](item, value)
        field = "usage_month" if name == "month" and "usage_month" in item else name
        return str(item[field]) == value


# ---------------------------------------------------------------- where things lie


def rows(table: str, pk: str, field: str = "sk") -> Scan:
    """A field of the items of one key of a table; the query fills it in."""
    return lambda stack, query: {str(item[field]) for item in stack.items(table) if item["pk"] == pk.format(**query)}


def received(kind: str) -> Scan:
    """What was received of a kind, from everybody or from one; a revision has its report's name."""

    def scan(stack: Stack, query: Query) -> set[str]:
        whose = query.get("licensee", query.get("reporter"))
        kept = [item for item in stack.items("UsageTable") if item["pk"].startswith("RECEIPT#") and item["kind"] == kind]
        return {re.sub(r"~r\d+$", "", item["batch"]) for item in kept if whose is None or item["party"] == whose}

    return scan


def registered(prefix: str, holds: Callable[[Item], bool] = lambda _: True) -> Scan:
    """The ids of registered things."""
    return lambda stack, _: {
        item["id"] for item in stack.items("RegistryTable") if item["pk"].startswith(prefix) and "versions" in item and holds(item)
    }


def in_file(name: str, *fields: str, holds: Callable[[Item], bool] = lambda _: True) -> Scan:
    """What tells the rows of a file of a settlement: the one named, else the last one sealed."""

    def scan(stack: Stack, query: Query) -> set[str]:
        found = csv.DictReader(io.StringIO(files_of(stack, query.get("settlement_id", sealed(stack)[-1]))[name].decode()))
        return {" ".join(row[field] for field in fields) for row in found if holds(row)}

    return scan


def sealed(stack: Stack) -> list[str]:
    """The settlements that are sealed, in order."""
    kept = [item for item in stack.items("LedgerTable") if item["pk"] == "SETTLEMENTS" and item["status"] == "sealed"]
    return [str(item["settlement_id"]) for item in sorted(kept, key=lambda item: str(item["sealed_at"]))]


def _invoices(stack: Stack, _query: Query) -> set[str]:
    documents = [json.loads(body) for name in sealed(stack) for key, body in files_of(stack, name).items() if _is_invoice(key)]
    return {str(document["number"]) for document in documents}


def _is_invoice(key: str) -> bool:
    return key.startswith("invoices/") and key.endswith(".json")


def _statements(stack: Stack, query: Query) -> set[str]:
    found = {(name, file) for name in sealed(stack) for file in files_of(stack, name) if re.fullmatch(r"statements/.*\.json", file)}
    named = {f"{name} {file.removeprefix('statements/').removesuffix('.json')}" for name, file in found}
    return {name for name in named if query.get("party_id") in {None, name.partition(" ")[2]}}


def _events(stack: Stack, query: Query) -> set[str]:
    pk = f"EVENTS#{query.get('party', 'finance')}"
    return {item["sk"].partition("#")[2] for item in stack.items("LedgerTable") if item["pk"] == pk or item["pk"].startswith(f"{pk}#")}


def _deliveries(stack: Stack, _query: Query) -> set[str]:
    now = stack.now.timestamp()
    kept = [item for item in stack.items("UsageTable") if item["pk"] == "DELIVERIES#ann#w-0" and item["expires_at"] > now]
    return {item["sk"].partition("#")[2] for item in kept}


def _licensees(stack: Stack, query: Query) -> set[str]:
    partitions = [item["sk"].split("#") for item in stack.items("LedgerTable") if item["pk"] == f"PARTS#{query['month']}"]
    return {reporter for kind, reporter, *_ in partitions if kind == "usage"}


def _collected(stack: Stack, _query: Query) -> set[str]:
    return {item["sk"] for item in stack.items("LedgerTable") if item["pk"] == "FINANCEID#collection"}


def _aside(stack: Stack, _query: Query) -> set[str]:
    return {item["partition"].replace("#", ":") for item in stack.items("LedgerTable") if item["pk"] == "QUARANTINE"}


def _what_ifs(stack: Stack, *, shared: bool) -> set[str]:
    kept = [item for item in stack.items("LedgerTable") if item["pk"] == "WHATIFS"]
    return {item["sk"].rpartition("#")[2] for item in kept if not shared or item.get("shared_at")}


def _months(stack: Stack, _query: Query) -> set[str]:
    body = files_of(stack, sealed(stack)[-1])["periods.csv"].decode()
    return {row["period"] for row in csv.DictReader(io.StringIO(body)) if row["period"][:1].isdigit()}


def _proposed(kind: str) -> Scan:
    return rows("LedgerTable", f"PROPOSALS#{kind}")


# ---------------------------------------------------------------- filters that are no field


def _words(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return set("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def _titled(item: Item, value: str) -> bool:
    return _words(value) <= _words(item["title"])


def _named_in_title(item: Item, value: str) -> bool:
    return all(word in item["title"].casefold() for word in value.casefold().split())


def _side(item: Item, value: str) -> bool:
    return value in {item["licensee"], item.get("licensor")}


def _licensor(item: Item, value: str) -> bool:
    return bool(item.get("licensor") == value)


def _waits(item: Item, value: str) -> bool:
    return value in item["waits_for"]


def _holder(item: Item, value: str) -> bool:
    return value in {item["owner"], *(share["party"] for share in item["shares"])}


def _identified(item: Item, value: str) -> bool:
    return value in item["identifiers"]


def _since(item: Item, value: str) -> bool:
    return bool(item["at"] >= value)


def _mandated(item: Item, value: str) -> bool:
    return value in {mandate["status"] for mandate in item["mandates"]}


def _invoiced(stack: Stack, _query: Query) -> set[str]:
    """The lines of the licensee and currency of the invoice that the lists look at: the newest one."""
    documents = {name: json.loads(body) for name, body in files_of(stack, sealed(stack)[-1]).items() if _is_invoice(name)}
    newest = max(documents.values(), key=lambda document: str(document["number"]))
    (name,) = [name for name, document in documents.items() if document is newest]
    about = tuple(name.removeprefix("invoices/").removesuffix(".json").split("-"))
    return in_file("lines.csv", "line_id", holds=lambda row: (row["licensee"], row["currency"]) == about)(stack, {})


LABS: Final = ({"licensee": "fox"}, {"licensee": "gnu"})
SETTLED: Final = ({"settlement_id": FIRST}, {"settlement_id": SECOND})
STANDING: Final = ("reason", "usage_month", "deal_id", "mechanism", "licensee", "model", "work_key", "work_id", "side", "currency")
FOUND: Final = ("kind", "use", "licensee", "model", "work_key", "work_id", "side", "party_id", "usage_month")
HERS: Final = ({"party": "ann"},)
LISTINGS: Final[dict[str, Listing]] = {
    "/v1/adjustments": Listing(("adjustment_id",), _proposed("adjustment")),
    "/v1/attributions": Listing(("report_id",), received("attribution"), LABS),
    "/v1/batches": Listing(("batch_id",), received("usage"), ({"reporter": "fox"}, {"reporter": "gnu"})),
    "/v1/breaches": Listing(FOUND, in_file("breaches.csv", *FOUND), ({}, *SETTLED)),
    "/v1/clearances": Listing(("clearance_id",), rows("LedgerTable", "CLEARANCES#{licensee}"), LABS),
    "/v1/collections": Listing(("collection_id",), _collected),
    "/v1/costs": Listing(("licensee",), _licensees, ({"month": FIRST}, {"month": SECOND})),
    "/v1/deals": Listing(("id",), rows("RegistryTable", "DEALS"), odd={"party": _side, "licensor": _licensor, "waits_for": _waits}),
    "/v1/disputes": Listing(("dispute_id",), rows("RegistryTable", "DISPUTES")),
    "/v1/events": Listing(("id",), _events, ({}, *HERS), {"since": _since}),
    "/v1/holds": Listing(("hold_id",), rows("LedgerTable", "HOLDS")),
    "/v1/invoices": Listing(("number",), _invoices),
    "/v1/invoices/{number}/lines": Listing(("line_id",), _invoiced),
    "/v1/levies": Listing(("levy_id",), received("levy")),
    "/v1/opening-balances": Listing(("opening_id",), _proposed("opening")),
    "/v1/parties": Listing(("id",), registered("PARTY#")),
    "/v1/parties/{party_id}/clients": Listing(("client_id",), rows("RegistryTable", "CLIENTS#fox"), path={"party_id": "fox"}),
    "/v1/payments": Listing(("payment_id",), in_file("payments.csv", "payment_id", holds=lambda row: bool(row["payment_id"])), SETTLED),
    "/v1/periods": Listing(("month",), _months),
    "/v1/permissions": Listing(("day",), rows("RegistryTable", "PERMISSIONS")),
    "/v1/quarantine": Listing(("partition",), _aside),
    "/v1/refunds": Listing(("refund_id",), _proposed("refund")),
    "/v1/revenue": Listing(("report_id",), received("revenue"), LABS),
    "/v1/settlements": Listing(("settlement_id",), rows("LedgerTable", "SETTLEMENTS")),
    "/v1/settlements/{settlement_id}/lines": Listing(
        ("line_id",), in_file("lines.csv", "line_id"), odd={"title": _named_in_title}, path={"settlement_id": SECOND}
    ),
    "/v1/shared-what-ifs": Listing(("what_if_id",), lambda stack, _: _what_ifs(stack, shared=True)),
    "/v1/societies/{society_id}/distributions/{settlement_id}": Listing(
        ("member", "currency"), in_file("societies/stim.csv", "member_id", "currency"), path={"society_id": "stim", "settlement_id": SECOND}
    ),
    "/v1/societies/{society_id}/members": Listing(
        ("party",),
        registered("PARTY#", lambda item: '"society":"stim"' in "".join(item["versions"])),
        odd={"status": _mandated},
        path={"society_id": "stim"},
    ),
    "/v1/statements": Listing(("settlement_id", "party_id"), _statements, ({}, {"party_id": "ann"}, {"party_id": "m0"})),
    "/v1/suspense": Listing(STANDING, in_file("suspense.csv", *STANDING), ({}, *SETTLED)),
    "/v1/training-runs": Listing(("run_id",), received("training"), LABS),
    "/v1/webhooks": Listing(("endpoint_id",), rows("RegistryTable", "WEBHOOKS#ann"), HERS),
    "/v1/webhooks/{endpoint_id}/deliveries": Listing(("event_id",), _deliveries, HERS, path={"endpoint_id": "w-0"}),
    "/v1/what-ifs": Listing(("what_if_id",), lambda stack, _: _what_ifs(stack, shared=False)),
    "/v1/works": Listing(("id",), registered("WORK#"), odd={"party": _holder, "title": _titled, "identifier": _identified}),
    "/v1/write-offs": Listing(("write_off_id",), _proposed("write_off")),
}
"""Every list of the document, by its route."""
