"""The documents of a range of payees, in a function of its own: they are settled once more, which is pure, and told.

What was written is listed in an index, which the manifest names by its digest.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

import orjson

from overtone.formats import statement_lines
from overtone.payout.acknowledgements import Return
from overtone.payout.files import FileEntry, Outbound, Sink
from overtone.payout.journal import Journal
from overtone.payout.manifest import INDEX, Unrendered
from overtone.payout.periods import Calendar
from overtone.payout.runs import tables
from overtone.payout.suspense_claims import WaitingSum
from overtone.scales import Pico
from overtone.settlement import part_file
from overtone.settlement.plan import Plan
from overtone.steps.settlement import emission, emission_inputs
from overtone.steps.settlement.backdrop import PlanMonths
from overtone.steps.settlement.bank_files import BankFiles
from overtone.steps.settlement.bills import Bills
from overtone.steps.settlement.documents import PayeeDocuments
from overtone.steps.settlement.emission import Inputs
from overtone.steps.settlement.files import TOGETHER
from overtone.steps.settlement.later import Bounds, RangeFacts
from overtone.steps.settlement.payee_account import is_told, payout_rules, settled_of
from overtone.steps.settlement.payee_ranges import ranges_of
from overtone.steps.settlement.sink import SettlementSink
from overtone.stores import holds as hold_store
from overtone.stores import line_objects
from overtone.stores import settlements as settlement_store

Event = dict[str, Any]


class RangeResult(NamedTuple):
    """What a range wrote: its index among it, and what could not be drawn."""

    listing: FileEntry
    unrendered: tuple[Unrendered, ...]


def tell(event: Event) -> Event:
    """The documents of one range of payees."""
    plan, number = settlement_store.plan_of(event["record"]), int(event["range"])
    ranges = ranges_of(settlement_store.load_json(plan, "emitted.json"))
    beside = settlement_store.load_json(plan, "later", f"{number:05d}.beside.json")
    with SettlementSink(plan) as sink:
        written = write(_inputs(plan, number, beside), Bounds.of(ranges, number), _waiting(beside, plan), number, sink)
    entry = {"index": written.listing._asdict(), "unrendered": [file._asdict() for file in written.unrendered]}
    settlement_store.save_json(plan, entry, "later", f"{number:05d}.json")
    return {"unrendered": entry["unrendered"]}


def keep(plan: Plan, number: int, facts: RangeFacts) -> None:
    """Keep what the documents of a range follow from."""
    for name, texts in (("lines", part_file.blocks_of(facts.lines)), ("balances", facts.balances)):
        settlement_store.create_once(_key(plan, number, name), line_objects.zipped(texts, line_objects.WORKING_LEVEL))
    beside = {
        "returns": [list(map(str, one)) for one in facts.returns],
        "breaches": [part_file.breach_fields(one) for one in facts.breaches],
        "waiting": [_texts(one) for one in facts.waiting],
    }
    settlement_store.save_json(plan, beside, "later", f"{number:05d}.beside.json")


def _key(plan: Plan, number: int, name: str) -> str:
    return settlement_store.work_key(plan, "later", f"{number:05d}.{name}.ndjson.gz")


def _inputs(plan: Plan, number: int, beside: Event) -> Inputs:
    entries = chain.from_iterable(part_file.blocks(line_objects.lines_of(_key(plan, number, "lines"))))
    breaches = [part_file.breach_of(fields) for fields in beside["breaches"]]
    returns = [_return(*fields) for fields in beside["returns"]]
    balances = line_objects.lines_of(_key(plan, number, "balances"))
    return replace(emission_inputs.inputs(plan, PlanMonths.of(plan), entries, breaches, returns), balances=balances)


def _return(payment_id: str, settlement_id: str, party_id: str, currency: str, *said: str) -> Return:
    paid, withheld, *why = said
    return Return(payment_id, settlement_id, party_id, currency, Pico(int(paid)), Pico(int(withheld)), *why)


def _texts(one: WaitingSum) -> list[Any]:
    return [*one[:5], str(one.amount), str(one.change), list(one.works), one.more, [hold.hold_id for hold in one.holds]]


def _waiting(beside: Event, plan: Plan) -> list[WaitingSum]:
    known = {hold.hold_id: hold for hold in hold_store.standing(plan.cutoff)} if beside["waiting"] else {}
    found = []
    for party, reason, currency, since, month, amount, change, works, more, holds in beside["waiting"]:
        about = party, reason, currency, since, month
        under = tuple(known[hold] for hold in holds)
        found.append(WaitingSum(*about, Pico(int(amount)), Pico(int(change)), tuple(works), more, under))
    return found


def write(inputs: Inputs, bounds: Bounds, waiting: Iterable[WaitingSum], number: int, sink: Sink) -> RangeResult:
    """Write the documents of a range: `inputs` has its lines and balances, and the facts of all."""
    head, finance, out = inputs.head, inputs.finance, Outbound(sink)
    documents = PayeeDocuments(inputs.context, out, pages=False)
    rules = payout_rules(head, inputs.payers, inputs.rates, finance)
    bank, bills = BankFiles(head, inputs.payers, out), Bills(head, out, finance, documents.rendered)
    bills.hear(Journal(lambda *_: None, head.settlement_id, Calendar(head.cutoff[:10], finance.locked_through)))
    by_hand = [fact for party, facts in bills.by_hand.items() if bounds.hold(party) for fact in facts]
    rest = [one for beside in (inputs.returns, inputs.breaches, waiting) for one in beside if bounds.hold(one.party_id)]
    for chunk, known in emission.chunks(
        inputs, emission.groups(map(statement_lines.with_texts, tables(inputs.entries))), [*by_hand, *rest]
    ):
        touched = [concern for concern in chunk if concern.touched]
        for start in range(0, len(touched), TOGETHER):
            done = [(concern, settled_of(concern, known, rules, finance)[0]) for concern in touched[start : start + TOGETHER]]
            told = [(concern, settled) for concern, settled in done if is_told(concern, settled)]
            for account in (account for _, settled in told for account in settled.accounts if account.moved):
                bank.date(account)
            documents.tell(told, known)
    return RangeResult(_index(out, number), documents.unrendered())


def _index(out: Outbound, number: int) -> FileEntry:
    """One line for each file of the range, by name, as the manifest would have it."""
    entries = out.listed()
    content = b"".join(orjson.dumps(entry._asdict(), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE) for entry in entries)
    out.put(f"{INDEX}{number:05d}.ndjson", content, len(entries))
    return out.entries[-1]
