"""Which pages are offered to whom: a courtesy. What a page shows is decided by the API when it is opened."""

from typing import Final, NamedTuple

from overtone.console.session import Person


class Link(NamedTuple):
    """A page and its name; `scopes` are those of the API calls that it rests on."""

    name: str
    path: str
    scopes: tuple[str, ...]
    current: bool = False


class Area(NamedTuple):
    """Pages that belong together."""

    name: str
    links: tuple[Link, ...]


_STATEMENTS: Final = ("statements.read",)
_REGISTRY: Final = ("registry.write",)
_REPORTS: Final = ("usage.write", "disclosures.write")
_FINANCE: Final = ("finance",)
_PARTY_AREAS: Final = (
    Area(
        "Money",
        (
            Link("What I earned", "/console/earnings", _STATEMENTS),
            Link("Statements", "/console/statements", _STATEMENTS),
            Link("What waits", "/console/waiting", _STATEMENTS),
        ),
    ),
    Area(
        "Rights",
        (
            Link("Works", "/console/works", _REGISTRY),
            Link("Deals", "/console/deals", _REGISTRY),
        ),
    ),
    Area(
        "Reports",
        (
            Link("Batches", "/console/batches", ("usage.write",)),
            Link("Disclosures", "/console/disclosures", ("disclosures.write",)),
            Link("Clearances", "/console/clearances", ("disclosures.write",)),
            Link("Completeness", "/console/completeness", ("usage.write",)),
            Link("Invoices", "/console/invoices", ("usage.write",)),
        ),
    ),
    Area(
        "Account",
        (
            Link("My account", "/console/account", (*_STATEMENTS, *_REGISTRY, *_REPORTS)),
            Link("What happened", "/console/events", (*_STATEMENTS, *_REGISTRY, "disclosures.write")),
        ),
    ),
)
_OFFICE_AREAS: Final = (
    Area(
        "Month",
        (
            Link("Close the month", "/console/month", _FINANCE),
            Link("Settlements", "/console/settlements", _FINANCE),
            Link("Exchange rates", "/console/rates", _FINANCE),
            Link("Approvals", "/console/approvals", _FINANCE),
        ),
    ),
    Area(
        "Money",
        (
            Link("Receivables", "/console/receivables", _FINANCE),
            Link("Payments", "/console/payments", _FINANCE),
            Link("Suspense", "/console/suspense", _FINANCE),
            Link("Breaches", "/console/breaches", _FINANCE),
        ),
    ),
    Area(
        "Operation",
        (
            Link("Health", "/console/health", _FINANCE),
            Link("Parties", "/console/parties", _FINANCE),
            Link("What happened", "/console/events", _FINANCE),
        ),
    ),
)


def areas(person: Person | None, path: str) -> list[Area]:
    """The navigation of a person."""
    if person is None:
        return []
    offered = (*(_PARTY_AREAS if person.party_id else ()), *(_OFFICE_AREAS if person.is_finance else ()))
    found = []
    for area in offered:
        links = tuple(link._replace(current=_is_current(link.path, path)) for link in area.links if person.may(*link.scopes))
        if links:
            found.append(Area(area.name, links))
    return found


def _is_current(link: str, path: str) -> bool:
    return path == link or path.startswith(f"{link}/")
