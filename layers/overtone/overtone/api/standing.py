"""For whom finance and admins act: they need no party record, and a token may name a party that has none."""

from overtone.api.caller import Caller
from overtone.stores import registry
from overtone.stores.entities import PARTIES


def party_of(caller: Caller) -> str:
    """The party that the caller acts for; none ("") where a token of finance's or an admin's names one without a record."""
    if caller.is_finance and caller.party_id and registry.find(PARTIES, caller.party_id) is None:
        return ""
    return caller.party_id


def is_office(caller: Caller, named: str | None) -> bool:
    """Whether finance or an admin asks that names nobody and acts for no party: for everybody, or for the office itself."""
    return caller.is_finance and not named and not party_of(caller)
