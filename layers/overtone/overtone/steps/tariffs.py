"""A society sets what it keeps: a version of its tariff, from today or a later day on, of which its members are told."""

from overtone import clock
from overtone.facts.events import events_for
from overtone.fields import validated
from overtone.identifiers import slug
from overtone.rights import tariffs
from overtone.rights.registration import Actor, PutBody, submission
from overtone.rights.tariffs import MEMBERS_TOLD_MAX, Tariff
from overtone.steps.registration import PutOutcome, again, following, recorded
from overtone.stores import registry as store
from overtone.stores.entities import PARTIES, TARIFFS
from overtone.stores.registration import Recorded


def put(actor: Actor, society_id: str, body: object) -> PutOutcome[Tariff]:
    """Set a society's tariff, or a new version of it. Raises `Forbidden`, `Rejected`, `Conflict`."""
    sent = submission(slug(society_id), body)
    tariff = validated(Tariff, sent.content, "the tariff")
    return again(lambda: _put(actor, society_id, tariff, sent))


def _put(actor: Actor, society_id: str, tariff: Tariff, sent: PutBody) -> PutOutcome[Tariff]:
    society, before, today = store.find(PARTIES, society_id), store.find(TARIFFS, society_id), clock.today()
    version = following(before, tariff, sent, today, actor)
    first = version.effective_from if version else today
    tariffs.allow(actor, society_id, society.latest.content if society else None, first, today)
    news = []
    if version is not None:
        members = store.members(society_id, limit=MEMBERS_TOLD_MAX)
        about = {"society": society_id, "version": version.number, "applies_from": version.effective_from, "by": actor.name}
        news = events_for("tariff.changed", version.recorded_at, members, **about)
    return recorded(TARIFFS, before, society_id, society_id, version, Recorded(events=news))
