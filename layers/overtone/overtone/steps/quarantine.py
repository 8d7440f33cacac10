"""Asking for another try at a partition that is set aside."""

from overtone import clock
from overtone.errors import NotFound
from overtone.steps import unreadable
from overtone.stores import outbox, quarantine
from overtone.stores.quarantine import Aside


def retry(partition: str) -> Aside:
    """Let a worker try again, now; the partition stays set aside until one succeeds. Raises `NotFound`."""
    aside = quarantine.find(partition)
    if aside is None:
        raise NotFound(f"{quarantine.shown(partition)} is not set aside; GET /v1/quarantine lists what is")
    if unreadable.is_registered(partition):
        unreadable.release()
        return aside
    if aside.reason == quarantine.NO_RATE:  # the next settlement looks again by itself
        return aside
    now = clock.timestamp()
    outbox.mark([partition], "retry", now)
    outbox.send({partition: now}, "retry", urgent=True)
    return aside
