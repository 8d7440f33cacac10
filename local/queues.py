"""SQS event sources: what Lambda's pollers do between a queue and a function, one batch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.aws import REGION, client
from local.faults import WorkerKilled
from local.functions import Function, Runtime, report

if TYPE_CHECKING:
    from collections.abc import Sequence

RECEIVE_MAX = 10


@dataclass(frozen=True)
class QueueMapping:
    """A queue that feeds a function."""

    queue_url: str
    queue_arn: str
    function: Function
    batch_size: int
    reports_failures: bool

    def deliver(self, runtime: Runtime) -> bool:
        """Hands one batch over; whether there was one.

        What the function does not report as failed is deleted. The rest stays invisible for the queue's visibility timeout,
        on the stack's clock, and SQS moves it to the dead-letter queue in the end.
        """
        messages = (
            client("sqs")
            .receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=min(RECEIVE_MAX, self.batch_size),
                WaitTimeSeconds=0,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            .get("Messages", [])
        )
        if not messages:
            return False
        if runtime.meter:
            runtime.meter.polled(self.function, [message["Body"] for message in messages])
        failed = self._failed(runtime, messages)
        done = [message for message in messages if message["MessageId"] not in failed]
        if done:
            entries = [{"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(done)]
            client("sqs").delete_message_batch(QueueUrl=self.queue_url, Entries=entries)
        return True

    def _failed(self, runtime: Runtime, messages: Sequence[dict[str, Any]]) -> set[str]:
        every = {message["MessageId"] for message in messages}
        try:
            answer = runtime.run(self.function, {"Records": [self._record(message) for message in messages]})
        except (Exception, WorkerKilled):  # noqa: BLE001 - whatever a handler raises, its batch comes back
            report(self.function)
            return every
        if not self.reports_failures or not answer:
            return set()
        failed = {failure.get("itemIdentifier") for failure in answer.get("batchItemFailures") or []}
        return every if failed - every else failed  # an unknown or empty id fails the whole batch

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue_arn,
            "awsRegion": REGION,
        }
