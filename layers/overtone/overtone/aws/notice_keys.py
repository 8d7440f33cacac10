"""Keys of what is told and asked across parties: events, who wants them delivered and how that went, clearances, disputes,
what of the outbox lies aside, and what the daily look owes.
"""

from typing import Final

from overtone.aws.keys import Key

EVENTS: Final = "EVENTS#"
OUTBOX_ASIDE: Final = "OUTBOX#ASIDE"
"""Entries of the outbox that could not be expanded, until they are mended; in UsageTable."""
CHECKED_UNTIL: Final = Key("CHECKED", "UNTIL")
"""Up to which day the daily look has looked at what was accepted; in UsageTable."""
UNCHECKED: Final = "UNCHECKED"
"""The `pk` of what the daily look could not check; in UsageTable."""


def event(party: str, at: str, event_id: str) -> Key:
    """One thing that a party is told; in LedgerTable, in order of time."""
    return Key(f"{EVENTS}{party}", f"{at}#{event_id}")


def party_of_event(pk: str) -> str:
    """The inverse of `event`'s `pk`."""
    return pk.removeprefix(EVENTS)


def webhook(party: str, endpoint_id: str) -> Key:
    """Where a party's events go; in RegistryTable."""
    return Key(f"WEBHOOKS#{party}", endpoint_id)


def delivery(party: str, endpoint_id: str, event_place: str) -> Key:
    """How the delivery of an event to an endpoint went; in UsageTable, in order of the events' time."""
    return Key(f"DELIVERIES#{party}#{endpoint_id}", event_place)


def clearance(licensee: str, clearance_id: str) -> Key:
    """What a licensee was told that it may use; in LedgerTable."""
    return Key(f"CLEARANCES#{licensee}", clearance_id)


def dispute(dispute_id: str) -> Key:
    """A dispute about a work's shares, in RegistryTable."""
    return Key("DISPUTES", dispute_id)


def unchecked(day_or_month: str, party: str = "") -> Key:
    """A party's day, or a month, that the daily look could not check, until a later one can."""
    return Key(UNCHECKED, f"{day_or_month}#{party}" if party else day_or_month)
