"""What labs and administrators report beside usage: the bodies of attributions, training runs, revenue and levies."""

import hashlib
from typing import Annotated, Any

import orjson
from pydantic import Field

from overtone.facts.limits import REVISION_MAX
from overtone.fields import Amount, Currency, Day, Model, Month, Slug

NAME_LENGTH_MAX = 200
SUBSCRIBERS_MAX = 10**12
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX)]


class AttributionReport(Model):
    """Disclosures by one method. The records are read one by one, so that a bad one does not take the others with it."""

    report_id: Slug
    licensee: Slug | None = None
    model: Slug
    method: Name
    method_version: Name
    atomic: bool = False
    records: list[Any]


class TrainingRun(Model):
    """A manifest: the works that one run trained a model on."""

    run_id: Slug
    licensee: Slug | None = None
    model: Slug
    trained_on: Day
    works: list[Any]


class RevenueReport(Model):
    """A licensee's net revenue of a month in a currency; a higher revision replaces a lower one."""

    report_id: Slug
    licensee: Slug | None = None
    month: Month
    currency: Currency
    net_revenue: Amount
    subscribers: Annotated[int, Field(ge=0, le=SUBSCRIBERS_MAX)] = 0
    revision: Annotated[int, Field(ge=0, le=REVISION_MAX)] = 0


class LevyDeposit(Model):
    """What an administrator deposits for a month, and how it is distributed."""

    levy_id: Slug
    administrator: Slug | None = None
    month: Month
    currency: Currency
    amount: Amount
    distribution: dict[str, Any]


def digest(content: Model) -> str:
    """SHA-256 (hex) of a report's canonical content."""
    return hashlib.sha256(orjson.dumps(content.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)).hexdigest()
