"""Keys of RegistryTable for what stands beside registered parties, works and deals."""

from overtone.aws.keys import Key


def tariff(society: str) -> Key:
    """A society's tariff with all its versions. Tariffs share a `pk`, so a settlement reads them whole in one query."""
    return Key("TARIFFS", society)


def transfer(work_id: str) -> Key:
    """The last offer to hand a work's administration on, and what became of it."""
    return Key(f"TRANSFER#{work_id}", "OFFER")


def permission_export(day: str) -> Key:
    """A day's export of what owners allow, and how far it came."""
    return Key("PERMISSIONS", day)


def newest_drop(party: str, name: str, key: str) -> Key:
    """When the newest of the files was dropped of which something was registered, of those that came under an object's key."""
    return Key(f"DROP#{party}#{name}", f"NEWEST#{key}")
