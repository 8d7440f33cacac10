"""Keys of RegistryTable for what stands beside registered parties, works and deals."""

from overtone.aws.keys import Key


def tariff(society: str) -> Key:
    """A society's tariff with all its versions. Tariffs share a `pk`, so a settlement reads them whole in one query."""
    return Key("TARIFFS", society)
