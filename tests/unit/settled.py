"""Builders of settlement lines, parties and whole settlements for the tests of the files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from overtone.formats.bank.ach import AchPayer
from overtone.formats.bank.pain001 import PAYMENTS_MAX, Payer
from overtone.lines import PARTY, AccountKind, Line, LineKey, LineSide, Posting, SuspenseReason, line_id
from overtone.money import NANO, PICO
from overtone.payout import manifest
from overtone.payout.finance import Fact, Finance
from overtone.payout.fx import Rates
from overtone.payout.manifest import Head, Link
from overtone.payout.movements import PaysOn
from overtone.payout.receivables import Receivables
from overtone.payout.tax import TaxTable
from overtone.rights import mandates
from overtone.rights.registry import Party
from overtone.rights.versions import Entity, Version
from overtone.scales import Nano, Pico
from overtone.settlement import part_file
from overtone.settlement.entries import entry_of
from overtone.settlement.wholes import Wholes
from overtone.steps.settlement import range_documents
from overtone.steps.settlement.bank_files import Payers
from overtone.steps.settlement.emission import Emission, Inputs, emit, no_works
from overtone.steps.settlement.later import Bounds, LaterPayees, RangeFacts
from tests.memory_sink import MemorySink

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from overtone.payout.acknowledgements import Return
    from overtone.payout.suspense_claims import HoldLookup, WorkLookup
    from overtone.rights.billing import Payout
    from overtone.settlement.breaches import Breach
    from overtone.settlement.entries import Entry

IBAN = "SE4550000000058398257466"
BIC = "ESSESESS"
PAYER = Payer("Overtone AB", IBAN, BIC)
ACH_PAYER = AchPayer("Overtone Inc", "091000019", "1234567890")
ACH = {"method": "ach", "routing_number": "011401533", "account_number": "0072"}
CUTOFF = "2026-11-05T00:00:00.000000Z"


def posted(quantity: int, amount: int, shadow: int) -> Posting:
    """A posting of bare figures: 1e-9, pico, pico."""
    return Posting(Nano(quantity), Pico(amount), Pico(shadow))


def line(
    party: str,
    amount: int,
    *,
    settlement_id: str = "s1",
    month: str = "2026-10",
    deal: str = "deal-1",
    mechanism: str = "per_output",
    licensee: str = "songfox",
    work: str = "w1",
    side: LineSide = "recording",
    account: AccountKind = PARTY,
    member: str = "",
    reason: SuspenseReason = "",
    currency: str = "USD",
    model: str = "v1",
    title: str = "Song",
    quantity: int = NANO,
    shadow: int = 0,
    adjusts: str = "",
) -> Line:
    """A line; amounts in pico."""
    key = LineKey(month, deal, mechanism, licensee, model, f"isrc:{work}", work, side, account, party, member, reason, currency)
    return Line(line_id(settlement_id, key), key, title, posted(quantity, amount, shadow), adjusts)


def entries(lines: Iterable[Line]) -> list[tuple[str, Line]]:
    """As the merged parts bring them: by owner and key, a member's line a second time under the member."""
    pairs = []
    for one in lines:
        pairs.append((one.key.party_id, one))
        if one.key.member_id not in {"", one.key.party_id}:
            pairs.append((one.key.member_id, one))
    return sorted(pairs, key=lambda pair: (pair[0], pair[1].key))


def owned(*lines: Line, called: str = "") -> list[Entry]:
    """As the merged parts bring them, each under its payee, in their order."""
    return [entry_of(one.key.party_id, one, called) for one in lines]


def account_of(who: Party) -> Payout:
    """Where a party's money goes, of one that says so."""
    assert who.payout is not None
    return who.payout


def party(name: str = "Åsa", **changes: Any) -> Party:
    """A creator in Sweden, paid in USD by bank transfer without threshold."""
    payout = {"currency": "USD", "method": "sepa", "iban": IBAN, "bic": BIC, "threshold": "0"} | changes.pop("payout", {})
    return Party.model_validate({"name": name, "kind": "creator", "country": "SE", "payout": payout} | changes)


def registered(party_id: str, *versions: Party) -> Entity[Party]:
    """The party as the registry has it, a version a month from 2026-10 on (the first from ever)."""
    starts = ("0001-01-01", *(f"2026-{10 + number}-01" for number in range(1, len(versions))))
    kept = tuple(
        Version(number, start, "2026-09-01T00:00:00Z", party_id, one)
        for number, (start, one) in enumerate(zip(starts, versions, strict=True), start=1)
    )
    return Entity(party_id, party_id, kept, mandates.migrated(kept, (one.mandates for one in versions)))


class Settlement:
    """One emitted settlement, and all that the next one needs of it."""

    def __init__(
        self,
        lines: Iterable[Line],
        parties: Mapping[str, Party],
        *,
        settlement_id: str = "s1",
        through: str = "2026-10",
        before: Settlement | None = None,
        rates: Rates | None = None,
        returns: Iterable[Return] = (),
        breaches: Iterable[Breach] = (),
        payer: Payer | None = PAYER,
        ach: AchPayer | None = ACH_PAYER,
        facts: Iterable[Fact] = (),
        pays_on: PaysOn = PaysOn(),  # noqa: B008 - a tuple
        taxes: TaxTable = TaxTable(),  # noqa: B008 - frozen
        cutoff: str = CUTOFF,
        confirmed: frozenset[tuple[str, str]] = frozenset(),
        entities: Mapping[str, Entity[Party]] | None = None,
        bank_payments_max: int = PAYMENTS_MAX,
        late_rates: Mapping[str, int] | None = None,
        works: WorkLookup = no_works,
        holds: HoldLookup = tuple,
        locked_through: str = "",
        wholes: Wholes | None = None,
        called: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.sink = MemorySink()
        self.looked_up: list[str] = []

        def lookup(ids: Collection[str]) -> Mapping[str, Entity[Party]]:
            self.looked_up.extend(ids)
            known = {name: registered(name, parties[name]) for name in ids if name in parties}
            return known | {name: entity for name, entity in (entities or {}).items() if name in ids}

        previous = Link(before.head.settlement_id, manifest.sha256(before.manifest)) if before else None
        self.head: Head = Head(settlement_id, through, cutoff, previous)
        state = before.text("state/receivables.ndjson").encode().splitlines() if before else ()
        self.receivables = Receivables.decode(state)
        told = list(facts)

        def inputs(receivables: Receivables, read: Iterable[Entry]) -> Inputs:
            return Inputs(
                head=self.head,
                entries=read,
                parties=lookup,
                rates=rates or Rates(),
                breaches=breaches,
                balances=before.text("state/balances.ndjson").encode().splitlines() if before else (),
                suspense=before.text("state/suspense.ndjson").encode().splitlines() if before else (),
                trial=before.files["trial_balance.csv"] if before else b"",
                works=works,
                wholes=wholes or Wholes(),
                holds=holds,
                periods=before.files["periods.csv"] if before else b"",
                returns=returns,
                payers=Payers(payer, ach, bank_payments_max),
                finance=Finance(
                    receivables=receivables,
                    facts=told,
                    heard=receivables.heard + len(told),
                    pays_on=pays_on,
                    taxes=taxes,
                    previous_through=before.head.through if before else "",
                    confirmed=confirmed,
                    issuer_name=PAYER.name,
                    late_rates=late_rates or {},
                    locked_through=locked_through,
                ),
            )

        kept: list[RangeFacts] = []
        works_called = called or {}
        later = LaterPayees(lambda _, facts: kept.append(facts))
        merged = (entry_of(owner, one, " ".join(works_called.get(one.key.work_id, ()))) for owner, one in entries(lines))
        self.emission: Emission = emit(inputs(self.receivables, merged), self.sink, later)
        files, totals, left_out = self.emission
        indexes = []
        for number, own in enumerate(kept, 1):
            texts = chain.from_iterable(part_file.blocks(part_file.blocks_of(own.lines)))
            mine = inputs(Receivables.decode(state), texts)
            mine = replace(mine, balances=own.balances, returns=own.returns, breaches=own.breaches)
            written = range_documents.write(mine, Bounds.of(later.ranges, number), own.waiting, number, self.sink)
            indexes.append(manifest.Index(written.listing, later.ranges[number - 1].first))
        files = (*files, *(index.entry for index in indexes))
        self.manifest: bytes = manifest.build(self.head, files, totals, left_out.to_json(), indexes)

    @property
    def files(self) -> dict[str, bytes]:
        """The files by name, without the manifest."""
        return self.sink.contents

    def text(self, name: str) -> str:
        """A file as text."""
        return self.files[name].decode()

    def rows(self, name: str) -> list[dict[str, str]]:
        """A CSV's rows."""
        return list(csv.DictReader(io.StringIO(self.text(name))))

    def payments(self) -> dict[tuple[str, str], dict[str, str]]:
        """The rows of payments.csv by party and currency."""
        return {(row["party_id"], row["currency"]): row for row in self.rows("payments.csv")}

    def totals(self) -> dict[str, dict[str, str]]:
        """The manifest's totals by currency."""
        return {total["currency"]: total for total in json.loads(self.manifest)["totals"]}


def usd(text: str) -> Pico:
    """`usd("1.25")` in pico, without a float."""
    whole, _, fraction = text.partition(".")
    sign = -1 if text.startswith("-") else 1
    return Pico(sign * (abs(int(whole)) * PICO + int(fraction.ljust(12, "0")[:12] or 0)))
