"""Routes for what two persons of finance have to agree on: one proposes it, another one accepts it, and it is listed with who did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from overtone.api.caller import Caller
from overtone.api.descriptions import Merged, ReplyForm, listed, taken
from overtone.api.paging import PAGING, page_of, page_request
from overtone.api.request import Reply, Request, receipt_reply
from overtone.api.routing import Routes, named
from overtone.fields import Model, validated
from overtone.stores import proposals
from overtone.stores.finance_facts import FinanceKind
from overtone.stores.proposals import Person

FINANCE: Final = ("finance",)
M = TypeVar("M", bound=Model)
Propose = Callable[[M, Person], tuple[dict[str, Any], bool]]
"""Keeps a proposal: its form, and whether the same was there."""
StateReader = Callable[[Request], Mapping[str, Any]]
"""The content of a request."""
Accept = Callable[[str, Person], dict[str, Any]]
"""Accepts the proposal of an id: its form."""


def person(caller: Caller) -> Person:
    """Who acts, for what two persons have to agree on."""
    return Person(caller.subject, caller.name)


@dataclass(frozen=True, slots=True)
class ProposalRoutes:
    """The routes of one kind of proposal among the others of their module; `kind` as it is stored, `noun` as it is read."""

    routes: Routes
    module: str
    path: str
    noun: str
    kind: FinanceKind
    schema: Merged

    @property
    def _id(self) -> str:
        return f"{self.kind}_id"

    def proposal(
        self,
        body: type[M],
        summary: str,
        read: StateReader | None = None,
        **documented: Any,  # noqa: ANN401 - fields of Operation
    ) -> Callable[[Propose[M]], Propose[M]]:
        """The route that proposes, answered by the function below it; `read` makes the content of what is not only JSON."""
        replies = taken("Proposed; it counts when a second person accepts", self.schema, "The same was proposed before")

        def declare(propose: Propose[M]) -> Propose[M]:
            def post(request: Request) -> Reply:
                content = read(request) if read else request.named(self._id)
                return receipt_reply(propose(validated(body, content, self.noun), person(request.caller)))

            route = self.routes.post(self.path, scopes=FINANCE, summary=summary, body=body, replies=replies, **documented)
            route(named(post, propose.__name__, self.module))
            return propose

        return declare

    def acceptance(self, name: str, counts: str, accept: Accept | None = None) -> None:
        """The route that accepts another person's proposal; `counts` says from when on it does."""

        def post(request: Request) -> Reply:
            return Reply((accept or self._accept)(request.path[self._id], person(request.caller)))

        path, summary = f"{self.path}/{{{self._id}}}:accept", f"Accept another person's {self.noun}"
        self.routes.post(path, scopes=FINANCE, summary=summary, replies={200: ReplyForm(counts, self.schema)})(
            named(post, name, self.module)
        )

    def _accept(self, proposal_id: str, by: Person) -> dict[str, Any]:
        return proposals.accept(self.kind, proposal_id, by)[0]

    def listing(self, name: str) -> None:
        """The route that lists all proposals of the kind, by id."""

        def get(request: Request) -> Reply:
            page = page_request(request.query)
            found = proposals.listing(self.kind, page.after, page.limit + 1)
            return Reply(page_of([(str(one[self._id]), one) for one in found], page.limit))

        plural = self.noun if self.noun.endswith("s") else f"{self.noun}s"
        text = f"{plural.capitalize()}, proposed and accepted"
        self.routes.get(self.path, scopes=FINANCE, summary=text, query=PAGING, replies=listed(text, self.schema))(
            named(get, name, self.module)
        )
