"""How an entity of the registry is kept: one item with all its versions, and the agreements of those that need two sides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

import orjson

from overtone import fields
from overtone.aws import keys, rights_keys
from overtone.aws.attributes import Item
from overtone.aws.keys import Key
from overtone.errors import InvariantBroken
from overtone.fields import Model
from overtone.rights import mandates
from overtone.rights.agreement import Accord, Agreement, Answer, MandateEnd, Status, before_acceptance
from overtone.rights.registry import Party, Work
from overtone.rights.tariffs import Tariff
from overtone.rights.versions import Entity, Version
from overtone.settlement.deals import Deal

M = TypeVar("M", bound=Model)
VERSIONS_KEPT: Final = 4096
ENTITIES_KEPT: Final = 4096
FOREVER: Final = "9999"
"""Later than any instant."""


EntityKind = Literal["party", "work", "tariff", "deal"]


@dataclass(frozen=True, slots=True)
class Shelf(Generic[M]):
    """Where entities of one kind stand, and what their content is."""

    kind: EntityKind
    model: type[M]
    key: Callable[[str], Key]
    agreed: bool = False
    """Whether its versions need the yes of two sides."""


PARTIES: Final = Shelf("party", Party, keys.party)
WORKS: Final = Shelf("work", Work, keys.work)
TARIFFS: Final = Shelf("tariff", Tariff, rights_keys.tariff)
DEALS: Final = Shelf("deal", Deal, keys.deal, agreed=True)


def encode(version: Version[M]) -> str:
    """A version as it is stored, as JSON; what stands of its agreement is kept beside it."""
    content = version.content.model_dump(mode="json", by_alias=True, exclude_none=True)
    stated = {"author": version.author, "content": content, "effective_from": version.effective_from, "recorded_at": version.recorded_at}
    return orjson.dumps(stated).decode()


def decode(shelf: Shelf[M], item: Item) -> Entity[M]:
    """The entity of an item; raises `InvariantBroken` where a version of it cannot be read. `read` goes on without."""
    accords = tuple(item["accords"]) if "accords" in item else None
    return _entity(shelf, item["id"], item["owner"], tuple(item["versions"]), tuple(item.get("agreements", ())), accords)


@lru_cache(maxsize=ENTITIES_KEPT)
def _entity(
    shelf: Shelf[M], entity_id: str, owner: str, texts: tuple[str, ...], agreements: tuple[str, ...], accords: tuple[str, ...] | None
) -> Entity[M]:
    """An entity as it was stored. Every part of every month of a settlement asks for the same deals and parties."""
    versions = []
    for number, text in enumerate(texts, start=1):
        version = _version(shelf.model, number, text)
        if shelf.agreed:
            version = replace(version, agreement=_agreement(version, agreements))
        versions.append(version)
    return _with_accords(Entity(entity_id, owner, tuple(versions)), accords)


def _with_accords(entity: Entity[M], accords: Sequence[str] | None) -> Entity[M]:
    """With what became of a party's mandates; a record from before acceptance existed states accepted ones."""
    if accords is not None:
        return replace(entity, accords=tuple(_accord_of(*orjson.loads(text)) for text in accords))
    stated = (version.content.mandates if isinstance(version.content, Party) else () for version in entity.versions)
    return replace(entity, accords=mandates.migrated(entity.versions, stated))


@lru_cache(maxsize=VERSIONS_KEPT)
def _version(model: type[M], number: int, text: str) -> Version[M]:
    """A version as it was stored. A warm worker reads the same deals for each part of a settlement; what cannot change is read once."""
    stated = orjson.loads(text)
    return Version(number, stated["effective_from"], stated["recorded_at"], stated["author"], fields.stored(model, stated["content"]))


class UnreadableEntity(NamedTuple):
    """A registered thing of which a version is no longer what its model wants; `concerned` are the licensees of a deal."""

    kind: EntityKind
    id: str
    concerned: tuple[str, ...]
    detail: str


def read(shelf: Shelf[M], item: Item) -> tuple[Entity[M] | None, UnreadableEntity | None]:
    """An entity among many, and what of it cannot be read. Of a deal that is all of it; of others the versions that can be read count."""
    try:
        return decode(shelf, item), None
    except InvariantBroken as error:
        fault = UnreadableEntity(shelf.kind, item["id"], _concerned(item) if shelf.agreed else (), error.detail)
    if shelf.agreed:
        return None, fault
    versions = [version for number in range(len(item["versions"])) for version in _alone(shelf, item, number)]
    return (_with_accords(Entity(item["id"], item["owner"], tuple(versions)), item.get("accords")) if versions else None), fault


def _alone(shelf: Shelf[M], item: Item, place: int) -> list[Version[M]]:
    """One version of an item, if it can be read."""
    try:
        (version,) = decode(shelf, item | {"versions": [item["versions"][place]]}).versions
    except InvariantBroken:
        return []
    return [replace(version, number=place + 1)]


def _concerned(item: Item) -> tuple[str, ...]:
    """Whose money a deal's versions are about, as far as they say so."""
    contents = (orjson.loads(text)["content"] for text in item["versions"])
    return tuple(sorted({str(content["licensee"]) for content in contents if content.get("licensee")}))


def _agreement(version: Version[M], stored: Sequence[str]) -> Agreement:
    """As stored; a version from before agreements were kept had its author's word alone."""
    if version.number > len(stored):
        return before_acceptance(version.author, version.recorded_at)
    return _agreement_of(orjson.loads(stored[version.number - 1]))


def _accord_of(of: str, since: int, agreement: Mapping[str, Any], *end: Any) -> Accord:  # noqa: ANN401 - as it was stored
    """As stored: a mandate that was ended has a fourth part."""
    return Accord(of, since, _agreement_of(agreement), *(MandateEnd(*stated) for stated in end))


def _agreement_of(kept: Mapping[str, Any]) -> Agreement:
    answers = (Answer(Status(answer["verdict"]), **{k: v for k, v in answer.items() if k != "verdict"}) for answer in kept["answers"])
    return Agreement(tuple(kept["needed"]), tuple(answers))


def _text(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _stated(agreement: Agreement) -> dict[str, Any]:
    return {"needed": agreement.needed, "answers": [answer._asdict() for answer in agreement.answers]}


def item_of(shelf: Shelf[M], entity: Entity[M]) -> Item:
    """The inverse of `decode`: one item with all versions, and the agreements, accords and count of answers that its kind has."""
    texts = [encode(version) for version in entity.versions]
    item = shelf.key(entity.id)._asdict() | {"id": entity.id, "owner": entity.owner, "latest": len(texts), "versions": texts}
    if shelf.model is Party:
        accords = [_text([accord.of, accord.since, _stated(accord.agreement), *_ends(accord)]) for accord in entity.accords]
        return item | {"accords": accords, "answers": answers_of(entity)}
    if not shelf.agreed:
        return item
    agreements = [_text(_stated(version.agreement)) for version in entity.versions if version.agreement]
    return item | {"agreements": agreements, "answers": answers_of(entity)}


def _ends(accord: Accord) -> list[list[str]]:
    return [list(accord.end)] if accord.end else []


def answers_of(entity: Entity[M]) -> int:
    """How many answers, and ends of what was agreed, the entity has: what a further one is conditioned on."""
    agreements = (*(version.agreement for version in entity.versions), *(accord.agreement for accord in entity.accords))
    ends = sum(accord.end is not None for accord in entity.accords)
    return ends + sum(len(agreement.answers) for agreement in agreements if agreement)
