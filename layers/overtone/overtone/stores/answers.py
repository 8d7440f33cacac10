"""Societies' answers to a work's registration, each an item beside the work, in the order in which they arrived."""

from overtone.aws import keys, tables
from overtone.aws.attributes import Item
from overtone.rights.answers import ANSWERS_MAX, SocietyAnswer
from overtone.stores.facts import packed, unpacked


def answers_of(work_id: str) -> list[SocietyAnswer]:
    """What societies answered, the first to arrive first."""
    found = tables.registry().query(keys.answer(work_id, 0).pk, prefix=keys.ANSWER, limit=ANSWERS_MAX)
    return [SocietyAnswer.from_json(unpacked(item["answer"])) for item in found]


def item_of(work_id: str, answer: SocietyAnswer) -> Item:
    """The item that keeps an answer; it is to be written only where there is none of its number."""
    return keys.answer(work_id, answer.number)._asdict() | {"answer": packed(answer._asdict())}
