"""A thin gateway to SQS: sending a message, and having one that failed come back soon.

A message that a worker did not finish stays hidden for the whole visibility timeout, which has to be longer than any worker lives. A
worker that knows that it failed need not let its message wait for so long.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from overtone.aws import clients
from overtone.aws.patience import dice
from overtone.aws.tables import chunks
from overtone.errors import Retryable

AGAIN_SECONDS_FIRST: Final = 10
AGAIN_SECONDS_MAX: Final = 900
HIDDEN_SECONDS_MAX: Final = 12 * 3_600
MESSAGES_AT_ONCE: Final = 10
"""SQS takes ten messages in one call."""


def send(queue_url: str, body: object, *, delay_seconds: int = 0) -> None:
    """Send a JSON message."""
    clients.sqs().send_message(QueueUrl=queue_url, MessageBody=orjson.dumps(body).decode(), DelaySeconds=delay_seconds)


def send_many(queue_url: str, bodies: Sequence[object]) -> None:
    """Send JSON messages, ten per call; raises `Retryable` where the queue took not all."""
    for part in chunks(bodies, MESSAGES_AT_ONCE):
        entries: Any = [{"Id": str(number), "MessageBody": orjson.dumps(body).decode()} for number, body in enumerate(part)]
        if failed := clients.sqs().send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed"):
            raise Retryable(f"the queue refused {len(failed)} messages ({failed[0].get('Code')}); send them again")


def come_back_in(queue_url: str, receipt_handle: str, seconds: int) -> None:
    """Let a message come back after so many seconds, or up to a tenth more, so that not all of them come at once."""
    later = min(HIDDEN_SECONDS_MAX, seconds + dice.randint(0, seconds // 10))
    clients.sqs().change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=later)


def come_back_soon(queue_url: str, receipt_handle: str, deliveries: int) -> None:
    """Let a message that was delivered so often come back after a pause that doubles each time."""
    bound = min(AGAIN_SECONDS_MAX, AGAIN_SECONDS_FIRST * 2 ** (deliveries - 1))
    seconds = dice.randint(-(-bound // 2), bound)
    clients.sqs().change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)
