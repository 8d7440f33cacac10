"""A thin gateway to SQS: sending a message, and having one that failed come back soon.

A message that a worker did not finish stays hidden for the whole visibility timeout, which has to be longer than any worker lives. A
worker that knows that it failed need not let its message wait for so long.
"""

from typing import Final

import orjson

from overtone.aws import clients
from overtone.aws.patience import dice

AGAIN_SECONDS_FIRST: Final = 10
AGAIN_SECONDS_MAX: Final = 900


def send(queue_url: str, body: object, *, delay_seconds: int = 0) -> None:
    """Send a JSON message."""
    clients.sqs().send_message(QueueUrl=queue_url, MessageBody=orjson.dumps(body).decode(), DelaySeconds=delay_seconds)


def come_back_soon(queue_url: str, receipt_handle: str, deliveries: int) -> None:
    """Let a message that was delivered so often come back after a pause that doubles each time."""
    bound = min(AGAIN_SECONDS_MAX, AGAIN_SECONDS_FIRST * 2 ** (deliveries - 1))
    seconds = dice.randint(-(-bound // 2), bound)
    clients.sqs().change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)
