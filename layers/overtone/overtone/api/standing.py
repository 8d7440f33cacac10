"""For whom finance and admins act: they need no party record, and a token may name a party that has none."""

from overtone.api.caller import Caller
from overtone.stores import registry
from overtone.stores.entities import PARTIES


def party_of(caller: Caller) -> str:
    """The party that the caller acts for; none ("") where a token of finance's or an admin's names one without a record."""
    if caller.is_finance and caller.party_id and registry.find(PARTIES, caller.party_id) is None:
        return ""
    return caller.party_id
