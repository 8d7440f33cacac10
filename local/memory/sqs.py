"""SQS: visibility, delays, deduplication and message groups on the stack's clock, and dead letters."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT, REGION
from local.memory.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.memory.cloud import MemoryCloud

DEDUPLICATION_SECONDS = 300
VISIBILITY_SECONDS = 30
HIDDEN_SECONDS_MAX = 43_200
RECEIVE_MAX = 10
BATCH_MAX = 10


@dataclass
class Message:
    """A message; it is hidden until `visible_at`, and `receipt` is the handle that the last receiver got."""

    number: int
    body: str
    group: str
    deduplication: str
    sent_at: float
    visible_at: float
    received: int = 0
    receipt: str = ""


@dataclass
class Queue:
    """One queue."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    sent: dict[tuple[str, str], float] = field(default_factory=dict)
    """Deduplication ids within their scope, and until when they are kept, whether the message is still there or not."""
    numbers: int = 0

    @property
    def fifo(self) -> bool:
        """Whether groups are kept in order."""
        return self.name.endswith(".fifo")

    def clear(self) -> None:
        """No messages, none remembered."""
        self.messages.clear()
        self.sent.clear()

    def send(self, body: str, now: float, *, group: str = "", deduplication: str = "", delay: int | None = None) -> Message:
        """Takes a message; one that was sent within five minutes is answered and not taken."""
        self.numbers += 1
        if self.fifo and not deduplication:
            deduplication = hashlib.sha256(body.encode()).hexdigest()
        seconds = int(self.attributes.get("DelaySeconds", 0)) if delay is None else delay
        message = Message(self.numbers, body, group, deduplication, now, now + seconds)
        if self.fifo:
            scope = group if self.attributes.get("DeduplicationScope") == "messageGroup" else ""
            if self.sent.get((scope, deduplication), 0.0) > now:
                return message
            self.sent[scope, deduplication] = now + DEDUPLICATION_SECONDS
        self.messages.append(message)
        return message

    def take(self, now: float, most: int, bury: Callable[[Message], bool]) -> Iterator[Message]:
        """Messages that are visible, hidden from now on; no group's next one before its earlier ones are done.

        `bury` takes a message that was received too often, and says whether it did.
        """
        hidden = now + int(self.attributes.get("VisibilityTimeout", VISIBILITY_SECONDS))
        busy = {message.group for message in self.messages if self.fifo and message.visible_at > now}
        taken = 0
        for message in list(self.messages):
            if taken == most:
                return
            if message.visible_at > now or (self.fifo and message.group in busy):
                continue
            if bury(message):
                self.messages.remove(message)
                continue
            message.received += 1
            message.visible_at, message.receipt = hidden, f"{self.name}:{message.number}:{message.received}"
            taken += 1
            yield message


class SQS(Service):
    """The client."""

    name = "sqs"

    def __init__(self, cloud: MemoryCloud, attempts: int = 1) -> None:
        super().__init__(cloud, attempts)

    def _queue(self, url: str) -> Queue:
        name = url.rsplit("/", 1)[1]
        if name not in self.cloud.queues_by_name:
            raise self.refuse("AWS.SimpleQueueService.NonExistentQueue", f"The specified queue does not exist: {name}", "Queue")
        return self.cloud.queues_by_name[name]

    def do_create_queue(self, QueueName: str, Attributes: dict[str, str] | None = None) -> dict[str, Any]:
        self.cloud.queues_by_name[QueueName] = Queue(QueueName, dict(Attributes or {}))
        return self.do_get_queue_url(QueueName)

    def do_get_queue_url(self, QueueName: str) -> dict[str, Any]:
        return {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{QueueName}"}

    def do_set_queue_attributes(self, QueueUrl: str, Attributes: dict[str, str]) -> dict[str, Any]:
        self._queue(QueueUrl).attributes |= Attributes
        return {}

    def do_get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        queue, now = self._queue(QueueUrl), self.cloud.hooks.epoch()
        hidden = [message for message in queue.messages if message.visible_at > now]
        in_flight = sum(1 for message in hidden if message.receipt)
        counts = {"": len(queue.messages) - len(hidden), "NotVisible": in_flight, "Delayed": len(hidden) - in_flight}
        told = {f"ApproximateNumberOfMessages{name}": str(number) for name, number in counts.items()} | queue.attributes
        return {"Attributes": {name: told[name] for name in AttributeNames if name in told}}

    def do_send_message(self, QueueUrl: str, **message: Any) -> dict[str, Any]:
        sent = self._send(self._queue(QueueUrl), **message)
        return {"MessageId": _id(sent), "MD5OfMessageBody": _md5(sent.body)}

    def _send(
        self,
        queue: Queue,
        MessageBody: str,
        DelaySeconds: int | None = None,
        MessageGroupId: str = "",
        MessageDeduplicationId: str = "",
    ) -> Message:
        if queue.fifo and not MessageGroupId:
            raise self.refuse("MissingParameter", "The request must contain the parameter MessageGroupId.", "SendMessage")
        now = self.cloud.hooks.epoch()
        return queue.send(MessageBody, now, group=MessageGroupId, deduplication=MessageDeduplicationId, delay=DelaySeconds)

    def do_send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        if not 1 <= len(Entries) <= BATCH_MAX:
            raise self.refuse("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", f"{len(Entries)} entries", "SendMessageBatch")
        queue = self._queue(QueueUrl)
        sent = [(entry["Id"], self._send(queue, **{k: v for k, v in entry.items() if k != "Id"})) for entry in Entries]
        return {"Successful": [{"Id": id_, "MessageId": _id(message)} for id_, message in sent]}

    def do_receive_message(
        self,
        QueueUrl: str,
        MaxNumberOfMessages: int = 1,
        WaitTimeSeconds: int = 0,
        MessageSystemAttributeNames: list[str] | None = None,
        MessageAttributeNames: list[str] | None = None,
    ) -> dict[str, Any]:
        queue = self._queue(QueueUrl)
        redrive = json.loads(queue.attributes.get("RedrivePolicy", "null"))

        def bury(message: Message) -> bool:
            if redrive is None or message.received < int(redrive["maxReceiveCount"]):
                return False
            self.cloud.queues_by_name[redrive["deadLetterTargetArn"].rsplit(":", 1)[1]].messages.append(message)
            message.visible_at = 0.0
            return True

        taken = list(queue.take(self.cloud.hooks.epoch(), min(MaxNumberOfMessages, RECEIVE_MAX), bury))
        return {"Messages": [_received(message) for message in taken]} if taken else {}

    def do_delete_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        for entry in Entries:
            self.do_delete_message(QueueUrl, entry["ReceiptHandle"])
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def do_delete_message(self, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:
        queue = self._queue(QueueUrl)
        number = int(ReceiptHandle.rsplit(":", 2)[1])
        queue.messages[:] = [message for message in queue.messages if message.number != number]
        return {}

    def do_change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> dict[str, Any]:
        if not 0 <= VisibilityTimeout <= HIDDEN_SECONDS_MAX:
            told = f"Value {VisibilityTimeout} for parameter VisibilityTimeout is invalid."
            raise self.refuse("InvalidParameterValue", told, "ChangeMessageVisibility")
        number = int(ReceiptHandle.rsplit(":", 2)[1])
        for message in self._queue(QueueUrl).messages:
            if message.number == number:
                message.visible_at = self.cloud.hooks.epoch() + VisibilityTimeout
                return {}
        raise self.refuse("ReceiptHandleIsInvalid", f"The input receipt handle is invalid: {ReceiptHandle}", "ChangeMessageVisibility")


def _id(message: Message) -> str:
    return f"00000000-0000-4000-8000-{message.number:012}"


def _md5(body: str) -> str:
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def _received(message: Message) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(message.received), "SentTimestamp": str(int(message.sent_at * 1000))}
    if message.group:
        attributes |= {"MessageGroupId": message.group, "MessageDeduplicationId": message.deduplication}
    return {
        "MessageId": _id(message),
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "MD5OfBody": _md5(message.body),
        "Attributes": attributes,
    }
