"""From the ledger's stream: each event that was written goes to the webhooks that want it, as a message of its own."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from overtone.api.log import logger
from overtone.aws.keys import Key
from overtone.steps import deliveries


def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """A DynamoDB stream's event, filtered to keys of events. What raises is tried again in halves, and ends as a dead letter."""
    written = [record["dynamodb"]["Keys"] for record in event["Records"]]
    sent = deliveries.announce(Key(keys["pk"]["S"], keys["sk"]["S"]) for keys in written)
    logger.info("events announced", events=len(written), deliveries=sent)
