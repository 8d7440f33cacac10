"""Who calls: the party and the scopes of a token that the authorizer has already checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from overtone.errors import Forbidden

ADMIN: Final = "admin"
FINANCE: Final = "finance"
SCOPE_PREFIX: Final = "overtone/"
"""The resource server's name, which Cognito puts before each scope."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller acts for `party_id`; `finance` and `admin` callers need none (""). `subject` is who holds the token."""

    party_id: str
    scopes: frozenset[str]
    subject: str = ""

    @property
    def is_admin(self) -> bool:
        """Whether the caller may act for any party."""
        return ADMIN in self.scopes

    @property
    def is_finance(self) -> bool:
        """Whether the caller may see what belongs to any party."""
        return self.is_admin or FINANCE in self.scopes

    @property
    def name(self) -> str:
        """Who wrote a version: the party, else the role."""
        return self.party_id or (ADMIN if self.is_admin else FINANCE)

    def require(self, scopes: Iterable[str]) -> None:
        """Raise `Forbidden` unless the caller has one of the scopes, or `admin`."""
        wanted = sorted(scopes)
        if not self.is_admin and not self.scopes.intersection(wanted):
            raise Forbidden(f"this call needs the scope {' or '.join(wanted)}; ask for a token with it")

    def acts_for(self, named: object = None, field: str = "party") -> str:
        """The party that the call is about: the caller's own, or for `admin` the one named.

        Raises `Forbidden` where the request names another party than the token does.
        """
        if named is not None and not isinstance(named, str):
            raise Forbidden(f"{field} is the id of a party; send a string")
        if named in {None, self.party_id}:
            if self.party_id:
                return self.party_id
            raise Forbidden(f"the token names no party (claim party_id); name the {field} or use its token")
        if self.is_admin:
            return str(named)
        raise Forbidden(f"{field} is {named!r} but the token acts for {self.party_id!r}; leave the field out or use that party's token")

    def reads_for(self, named: str | None, field: str = "party") -> str:
        """The party whose things are read: the caller's own, or for `finance` and `admin` the one named."""
        return named if named and self.is_finance else self.acts_for(named or None, field)

    def may_read(self, party_id: str) -> bool:
        """Whether what belongs to this party may be shown to the caller."""
        return self.is_finance or bool(party_id and party_id == self.party_id)


def caller_context(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the authorizer said of an HTTP API event (payload 2.0); nothing where it was not asked."""
    found: Mapping[str, Any] = (event.get("requestContext", {}).get("authorizer") or {}).get("lambda") or {}
    return found


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of an HTTP API event, as the authorizer found it."""
    found = caller_context(event)
    return Caller(str(found.get("party_id", "")), frozenset(str(found.get("scope", "")).split()), str(found.get("user", "")))
