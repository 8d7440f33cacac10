"""An SQS event: each message is worked on by itself; one that fails is named in the answer, and comes back soon."""

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from overtone.api.log import logger
from overtone.aws import queues

Event = dict[str, Any]


class ComeBack(Exception):
    """The message is to be delivered again after so many seconds; nothing went wrong here."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} seconds")
        self.seconds = seconds


class QueueMessage(NamedTuple):
    """One delivery: the message's body, and how often it was delivered, this time included."""

    body: dict[str, Any]
    delivery: int


def each(event: Event, queue_url: str, work: Callable[[QueueMessage], None]) -> dict[str, list[dict[str, str]]]:
    """Work on every message of an event; the answer names those to deliver again."""
    failed = [record["messageId"] for record in event["Records"] if not _done(record, queue_url, work)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _done(record: Event, queue_url: str, work: Callable[[QueueMessage], None]) -> bool:
    message = QueueMessage(orjson.loads(record["body"]), int(record["attributes"]["ApproximateReceiveCount"]))
    try:
        work(message)
    except ComeBack as later:
        seconds = later.seconds
        _put_off(lambda: queues.come_back_in(queue_url, record["receiptHandle"], seconds))
        return False
    except Exception:  # noqa: BLE001 - whatever failed, this message alone is delivered again
        logger.exception("not done", body=message.body)
        _put_off(lambda: queues.come_back_soon(queue_url, record["receiptHandle"], message.delivery))
        return False
    return True


def _put_off(ask: Callable[[], None]) -> None:
    """Ask the queue; what it refuses, as where another worker finished the same message meanwhile, fails no other message."""
    try:
        ask()
    except Exception:  # noqa: BLE001 - then it comes back later, if it comes back
        logger.exception("the message comes back when its visibility timeout ends, unless another worker is done with it")
