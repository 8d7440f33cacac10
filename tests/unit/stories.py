"""Small stories with round figures: who made what, who agreed on what, what was used. Settled in memory, told in decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from overtone.money import format_amount
from overtone.scales import Pico
from tests.unit.scenarios import CUTOFF, Division, Outcome, no_facts, settle, version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overtone.lines import LineKey, Posting

ALLOWED = {"training": {"default": "allow"}, "generation": {"default": "allow"}}
LAB = "lab"


class Story:
    """Facts, told one after the other; everything happens in October 2026 unless it says otherwise."""

    def __init__(self) -> None:
        self.facts = no_facts()

    def party(self, name: str, mandates: Iterable[dict[str, Any]] = (), **says: Any) -> Self:
        content = {"name": name, "kind": "creator", "country": "SE", "mandates": list(mandates)} | says
        self.facts["parties"].setdefault(name, []).append(version(content))
        return self

    def work(self, name: str, shares: dict[str, str], kind: str = "recording", since: str = "0001-01-01", **says: Any) -> Self:
        """A recording or composition, under the key `work:<name>` and whatever `identifiers` it has."""
        owners = [{"party": party, "share": share} for party, share in shares.items()]
        content = {"title": name.title(), "kind": kind, "shares": owners, "permissions": ALLOWED} | says
        self.facts["works"].setdefault(name, []).append(version(content, since))
        return self

    def deal(
        self, name: str, licensor: str | None, *terms: dict[str, Any], since: str = "0001-01-01", accepted: str | None = None, **says: Any
    ) -> Self:
        """A version of a deal, accepted by both in January unless `accepted` names another instant."""
        content = {"licensee": LAB, "licensor": licensor, "currency": "USD", "from": "2026-01-01", "terms": list(terms)} | says
        stated = version(content, since) | ({"accepted_at": accepted} if accepted else {})
        self.facts["deals"].setdefault(name, []).append(stated)
        return self

    def output(self, name: str, shares: dict[str, str], confidence: str = "1", model: str = "m1", **says: Any) -> Self:
        works = {work if ":" in work else f"work:{work}": share for work, share in shares.items()}
        disclosed = {"output_id": name, "revision": 0, "model": model, "confidence": confidence, "shares": works} | says
        self.facts["disclosures"].append(disclosed)
        return self

    def used(self, subject: str, quantity: int, revenue: str | None = None, currency: str = "USD", **says: Any) -> Self:
        """Uses of an output by its id, or of a recording by its `isrc:…`."""
        record = {
            "reporter": LAB,
            "used_on": "2026-10-05",
            "subject": subject if ":" in subject else f"output:{subject}",
            "record_id": f"r{len(self.facts['usage'])}",
            "use": "stream",
            "quantity": quantity,
            "territory": "SE",
        }
        money = {"revenue": revenue, "currency": currency} if revenue else {}
        self.facts["usage"].append(record | money | says)
        return self

    def trained(self, run: str, works: dict[str, str], model: str = "m1", on: str = "2026-10-02", licensee: str = LAB) -> Self:
        keys = {work if ":" in work else f"work:{work}": weight for work, weight in works.items()}
        self.facts["runs"].append({"licensee": licensee, "run_id": run, "model": model, "trained_on": on, "works": keys})
        return self

    def earned(
        self, net: str, subscribers: int = 0, currency: str = "USD", month: str = "2026-10", revision: int = 0, **scope: str
    ) -> Self:
        report = {"licensee": LAB, "month": month, "currency": currency, "net_revenue": net}
        about = {"report_id": f"report{len(self.facts['revenue'])}"}
        self.facts["revenue"].append(report | {"subscribers": subscribers, "revision": revision} | about | scope)
        return self

    def levy(self, amount: str, distribution: dict[str, Any], currency: str = "USD") -> Self:
        levy_id = f"levy{len(self.facts['levies'])}"
        about = {"levy_id": levy_id, "month": "2026-10", "currency": currency, "administrator": "tax"}
        self.facts["levies"].append(about | {"amount": amount, "distribution": distribution})
        return self

    def settled(self, *months: str, through: str = "2026-12", cutoff: str = CUTOFF) -> Told:
        return Told(settle(self.facts, months or ("2026-10",), cutoff=cutoff, through=through, division=Division()))


class Told:
    """What came of it."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def lines(self, mechanism: str | None = None) -> list[tuple[LineKey, Posting]]:
        return [(key, posting) for key, posting in sorted(self.outcome.postings.items()) if mechanism in {None, key.mechanism}]

    def paid(self, mechanism: str | None = None) -> dict[tuple[str, str], str]:
        """Decimal amounts by (party or reason or `residue`, work)."""
        return self._told(mechanism, "amount")

    def spared(self, mechanism: str | None = None) -> dict[tuple[str, str], str]:
        """Decimal shadow amounts, likewise."""
        return self._told(mechanism, "shadow")

    def of(self, party: str) -> str:
        """All that a party, or a reason, gets in whatever currency."""
        return format_amount(Pico(sum(posting.amount for key, posting in self.lines() if self._who(key) == party)))

    def _told(self, mechanism: str | None, column: str) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], int] = {}
        for key, posting in self.lines(mechanism):
            name = (self._who(key), key.work_key.removeprefix("work:"))
            found[name] = found.get(name, 0) + getattr(posting, column)
        return {name: format_amount(Pico(amount)) for name, amount in found.items() if amount}

    @staticmethod
    def _who(key: LineKey) -> str:
        return key.party_id or key.reason or key.account


def mandate(society: str, *uses: str, rights: Iterable[str] = ("recording", "composition"), **says: Any) -> dict[str, Any]:
    """A mandate for these uses, or for all."""
    named = list(uses) or ["training", "generation", "output", "play", "levy"]
    return {"society": society, "rights": list(rights), "uses": named, "territories": ["*"]} | says
