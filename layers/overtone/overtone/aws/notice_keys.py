"""Keys of LedgerTable for what is told and asked across parties: events, clearances."""

from overtone.aws.keys import Key


def event(party: str, at: str, event_id: str) -> Key:
    """One thing that a party is told; in order of time."""
    return Key(f"EVENTS#{party}", f"{at}#{event_id}")


def clearance(licensee: str, clearance_id: str) -> Key:
    """What a licensee was told that it may use."""
    return Key(f"CLEARANCES#{licensee}", clearance_id)


def dispute(dispute_id: str) -> Key:
    """A dispute about a work's shares, in RegistryTable."""
    return Key("DISPUTES", dispute_id)
