"""What a deal is limited to, and which reports of a licensee's revenue are within that."""

from typing import NamedTuple

from overtone.scales import Pico


class Revenue(NamedTuple):
    """A licensee's report of a month: `net_revenue` in pico. `service`, `model` and `territory` are empty where it is not broken down."""

    currency: str
    net_revenue: Pico
    subscribers: int
    service: str = ""
    model: str = ""
    territory: str = ""
    report_id: str = ""


class Scope(NamedTuple):
    """What a deal is limited to; nothing or `*` in a dimension is no limit."""

    territories: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def services_asked(self) -> tuple[str, ...]:
        """The services in which an output might be used: those named, or one that does not matter."""
        return ("",) if "*" in self.services else self.services or ("",)

    def lacks(self, report: Revenue) -> tuple[str, ...]:
        """The dimensions in which the deal is limited and the report is not broken down."""
        dimensions = (("territory", self.territories), ("model", self.models), ("service", self.services))
        return tuple(name for name, named in dimensions if named and "*" not in named and getattr(report, name) in {"", "*"})

    def holds(self, report: Revenue) -> bool:
        """Whether a report that lacks nothing is within the deal."""
        said = ((self.territories, report.territory), (self.models, report.model), (self.services, report.service))
        return all(not named or "*" in named or value in named for named, value in said)
