"""Which pages are offered to whom: a courtesy. What a page shows is decided by the API when it is opened."""

from typing import Final, NamedTuple

from overtone.console.session import SignedIn


class PageLink(NamedTuple):
    """A page and its name; `scopes` are those of the API calls that it rests on."""

    name: str
    path: str
    scopes: tuple[str, ...]
    current: bool = False


class Area(NamedTuple):
    """Pages that belong together."""

    name: str
    links: tuple[PageLink, ...]


_STATEMENTS: Final = ("statements.read",)
_REGISTRY: Final = ("registry.write",)
_REPORTS: Final = ("usage.write", "disclosures.write")
_FINANCE: Final = ("finance",)
_PARTY_AREAS: Final = (
    Area(
        "Money",
        (
            PageLink("What I earned", "/console/earnings", _STATEMENTS),
            PageLink("Statements", "/console/statements", _STATEMENTS),
            PageLink("What I would have earned", "/console/would-have-earned", _STATEMENTS),
            PageLink("What waits", "/console/waiting", _STATEMENTS),
        ),
    ),
    Area(
        "Rights",
        (
            PageLink("Works", "/console/works", _REGISTRY),
            PageLink("Deals", "/console/deals", _REGISTRY),
            PageLink("Who asked", "/console/asked", _REGISTRY),
        ),
    ),
    Area(
        "Reports",
        (
            PageLink("Batches", "/console/batches", ("usage.write",)),
            PageLink("Disclosures", "/console/disclosures", ("disclosures.write",)),
            PageLink("Clearances", "/console/clearances", ("disclosures.write",)),
            PageLink("Completeness", "/console/completeness", ("usage.write",)),
            PageLink("Invoices", "/console/invoices", ("usage.write",)),
        ),
    ),
    Area(
        "Account",
        (
            PageLink("My account", "/console/account", (*_STATEMENTS, *_REGISTRY, *_REPORTS)),
            PageLink("Keys", "/console/keys", (*_STATEMENTS, *_REGISTRY, "disclosures.write")),
            PageLink("What happened", "/console/events", (*_STATEMENTS, *_REGISTRY, "disclosures.write")),
        ),
    ),
)
_SOCIETY_AREAS: Final = (
    Area(
        "Society",
        (
            PageLink("Members", "/console/members", _REGISTRY),
            PageLink("What is kept", "/console/tariff", _REGISTRY),
            PageLink("Distributions", "/console/distributions", _STATEMENTS),
        ),
    ),
)
_OFFICE_AREAS: Final = (
    Area(
        "Month",
        (
            PageLink("Close the month", "/console/month", _FINANCE),
            PageLink("Settlements", "/console/settlements", _FINANCE),
            PageLink("Exchange rates", "/console/rates", _FINANCE),
            PageLink("Approvals", "/console/approvals", _FINANCE),
            PageLink("What if", "/console/what-ifs", _FINANCE),
        ),
    ),
    Area(
        "Money",
        (
            PageLink("Statements", "/console/statements", _FINANCE),
            PageLink("Receivables", "/console/receivables", _FINANCE),
            PageLink("Payments", "/console/payments", _FINANCE),
            PageLink("Suspense", "/console/suspense", _FINANCE),
            PageLink("Breaches", "/console/breaches", _FINANCE),
        ),
    ),
    Area(
        "Operation",
        (
            PageLink("Health", "/console/health", _FINANCE),
            PageLink("Queues and alarms", "/console/operations", _FINANCE),
            PageLink("When an alarm rings", "/console/runbook", _FINANCE),
            PageLink("Costs", "/console/costs", _FINANCE),
            PageLink("Parties", "/console/parties", _FINANCE),
            PageLink("Keys", "/console/keys", _FINANCE),
            PageLink("What happened", "/console/events", _FINANCE),
        ),
    ),
)


def areas(person: SignedIn | None, path: str) -> list[Area]:
    """The navigation of a person."""
    if person is None:
        return []
    society = _SOCIETY_AREAS if person.kind == "society" else ()
    offered = (*society, *(_PARTY_AREAS if person.party_id else ()), *(_OFFICE_AREAS if person.is_finance else ()))
    found = []
    for area in offered:
        links = tuple(link._replace(current=_is_current(link.path, path)) for link in area.links if person.may(*link.scopes))
        if links:
            found.append(Area(area.name, links))
    return found


def _is_current(link: str, path: str) -> bool:
    return path == link or path.startswith(f"{link}/")
