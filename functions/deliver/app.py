"""From the queue: posts an event to a webhook. What its receiver does not take comes back later, each time after a longer pause."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api import metrics
from overtone.api.deliveries import ComeBack, QueueMessage, each
from overtone.api.log import logger
from overtone.config import settings
from overtone.facts.webhooks import GIVEN_UP
from overtone.steps import deliveries
from overtone.steps.deliveries import DeliveryOrder


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """An SQS event; the answer names the messages to deliver again."""
    return each(event, settings().webhook_queue_url, _take)


def _take(message: QueueMessage) -> None:
    if "after" in message.body:
        deliveries.replay(message.body)
        return
    wanted = DeliveryOrder(**message.body)
    done = deliveries.deliver(wanted, message.delivery)
    if done.again_in:
        raise ComeBack(done.again_in)
    if done.state == GIVEN_UP:
        logger.warning("a webhook takes nothing", **wanted._asdict())
        metrics.put("WebhooksGivenUp")
