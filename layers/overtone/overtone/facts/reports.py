"""What labs and administrators report beside usage: the bodies of attributions, training runs, revenue and levies."""

import hashlib
import re
from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator, Field

from overtone import currencies
from overtone.errors import Rejected
from overtone.facts import usage
from overtone.facts.limits import MONTH_MIN, MONTHS_AHEAD_MAX, REVISION_MAX, TRAINED_ON_MIN
from overtone.facts.report_schemas import DISCLOSED_OUTPUT, TRAINED_WORK
from overtone.fields import Amount, CalendarMonth, Currency, Day, Model, Slug, Territory
from overtone.months import shifted

NAME_LENGTH_MAX = 200
SUBSCRIBERS_MAX = 10**12
RUN_REVISION_MAX = 99
ReportName = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX)]


_REVISION: Final = re.compile(r"~r\d+\Z", re.ASCII)


def _without_revision(report_id: str) -> str:
    if _REVISION.search(report_id):
        raise ValueError("ends as the name of a revision does, ~r and a number; leave that out and say revision, or choose another id")
    return report_id


RevisedId = Annotated[Slug, AfterValidator(_without_revision)]
"""The id that all revisions of a report share, and which is not itself the name of one."""


class AttributionReport(Model):
    """Disclosures by one method. The records are read one by one, so that a bad one does not take the others with it."""

    report_id: Slug
    licensee: Slug | None = None
    model: Slug
    method: ReportName
    method_version: ReportName
    atomic: bool = False
    records: Annotated[list[Any], Field(json_schema_extra={"items": DISCLOSED_OUTPUT})]


def run_name(run_id: str, revision: int) -> str:
    """What a training run is called in a revision."""
    return f"{run_id}~r{revision}" if revision else run_id


def run_id_of(name: str, revision: int) -> str:
    """The inverse: the id that all revisions of a run share."""
    return name.removesuffix(f"~r{revision}") if revision else name


class TrainingRun(Model):
    """A manifest: the works that one run trained a model on."""

    run_id: RevisedId
    licensee: Slug | None = None
    model: Slug
    trained_on: Day
    clearance_id: Slug | None = None
    revision: Annotated[int, Field(ge=0, le=RUN_REVISION_MAX)] = 0
    works: Annotated[list[Any], Field(json_schema_extra={"items": TRAINED_WORK})]

    @property
    def name(self) -> str:
        """What the run is called in this revision: a higher one is a run of its own that takes the place of those before."""
        return run_name(self.run_id, self.revision)


SCOPE = ("service", "model", "territory")
"""What a revenue report may be broken down by."""


class RevenueReport(Model):
    """A licensee's net revenue of a month in a currency, of a service, a model or a territory alone if it says so.

    A higher revision replaces a lower one of the same scope; reports of different scopes add up.
    """

    report_id: RevisedId
    licensee: Slug | None = None
    month: CalendarMonth
    currency: Currency
    net_revenue: Amount
    subscribers: Annotated[int, Field(ge=0, le=SUBSCRIBERS_MAX)] = 0
    revision: Annotated[int, Field(ge=0, le=REVISION_MAX)] = 0
    service: Slug | None = None
    model: Slug | None = None
    territory: Territory | None = None


class LevyDeposit(Model):
    """What an administrator deposits for a month, and how it is distributed."""

    levy_id: RevisedId
    administrator: Slug | None = None
    month: CalendarMonth
    currency: Currency
    amount: Amount
    revision: Annotated[int, Field(ge=0, le=REVISION_MAX)] = 0
    distribution: dict[str, Any]


def check_month(month: str, today: str) -> None:
    """Raise `Rejected` for a month before all that is kept, or far ahead."""
    last = shifted(today[:7], MONTHS_AHEAD_MAX)
    if not MONTH_MIN <= month <= last:
        raise Rejected.at("month", f"{month} is no month that is taken now; send one from {MONTH_MIN} to {last}")


def check_trained_on(day: str, today: str) -> None:
    """Raise `Rejected` for a run of the future, or of a time before such runs."""
    last = usage.newest_day(today)
    if not TRAINED_ON_MIN <= day <= last:
        raise Rejected.at("trained_on", f"{day} is no day that is taken now; send one from {TRAINED_ON_MIN} to {last}")


def check_currency(currency: str, month: str) -> None:
    """Raise `Rejected` for money that was none any more in a month."""
    try:
        currencies.check_day(currency, f"{month}-01")
    except Rejected as error:
        raise Rejected.at("currency", error.detail) from error


def digest(content: Model) -> str:
    """SHA-256 (hex) of a report's canonical content; what reports did not have once leaves the digest of those that say nothing of it."""
    said = {name: value for name, value in content.model_dump(mode="json").items() if value is not None or name not in SCOPE}
    if isinstance(content, LevyDeposit) and not content.revision:
        del said["revision"]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
