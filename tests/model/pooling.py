"""Revenue pools: what is owed of what a licensee reports, and whose part of it is a deal's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.model.clauses import (
    SCOPES,
    in_scope,
    period_of,
    pool_name,
    services_asked,
    split_part,
    tiered,
)
from tests.model.exact import ONE, ZERO, half_even, largest_remainder, number
from tests.model.following import follow_training

if TYPE_CHECKING:
    from fractions import Fraction

    from tests.model.holding import Deal
    from tests.model.pricing import Month
    from tests.model.terms import Term
    from tests.model.usage import Use


def owe_revenue(month: Month, term: Term, deal: Deal) -> None:
    licensee = deal.says["licensee"]
    pool = month.ledger.pool(pool_name(term), licensee)
    if term.says["basis"] == "training":
        own = [use for use in month.latest if use.licensee == licensee]
        follow_training(month, term, deal, own, pool_name(term), weighed=False)
    confidence = term.says.get("confidence") or {}
    follows = confidence and confidence.get("fallback", "training") == "training"
    weak = {model: size for model, size in month.weak[*term.name, term.says["basis"]].items() if size} if follows else {}
    counted = sum(pool.basis.values()) + sum(weak.values())
    for of, pico in owed_of_revenue(month, term, deal).items():
        if term.says.get("whole") == "all":
            whole = whole_of(month, term, deal)
            pico = int(pico * min(counted, whole) / whole) if whole else 0  # noqa: PLW2901 - what the deal's part of it is
        if not pico:
            continue
        parts = {"": pico}
        if weak:
            parts = largest_remainder(pico, {"": sum(pool.basis.values(), ZERO), **{f"m{model}": size for model, size in weak.items()}})
        pool.amounts[of] = parts.pop("")
        for name, part in parts.items():
            month.ledger.pool((*pool_name(term), name[1:]), licensee).amounts[of] = part
    if not follows:
        return
    for model in {use.model for use in month.latest}:
        present = [use for use in month.latest if use.model == model]
        follow_training(month, term, deal, present, (*pool_name(term), model), weighed=confidence.get("basis") == "weight")


def owed_of_revenue(month: Month, term: Term, deal: Deal) -> dict[str, int]:
    """The share of the reports in scope, or the greater floor; pico by currency."""
    currency = month.currency_of(term)
    told = reports_of(month, deal.says["licensee"])
    reports = [report for report in told if in_scope(month.stated[term.name], report)]
    if told and not reports:
        return {}
    share = term.rate("share") or ZERO
    net: dict[str, Fraction] = defaultdict(lambda: ZERO)
    for report in reports:
        net[report["currency"]] += number(report["net_revenue"])
    owed = {of: half_even(share * amount) for of, amount in net.items()}
    if term.says.get("tiers"):
        start = "" if term.says["tier_period"] == "deal" else period_of(term.says["tier_period"], month.month)[0]
        past = [month.net.get(term.name, {}) for month in month.earlier if month.month >= start]
        month.net[term.name] = net
        before = sum((amount * month.rate_of_exchange(of, currency) for one in past for of, amount in one.items() if amount), ZERO)
        worth = sum((amount * month.rate_of_exchange(of, currency) for of, amount in net.items() if amount), ZERO)
        owed = {of: half_even(tiered(term.says, before, worth) * amount / worth) if amount else 0 for of, amount in net.items()}
    stated = term.says.get("minimum_per_subscriber", "0")
    each = [stated.get(report.get("service", "")) if isinstance(stated, dict) else stated for report in reports]
    by_subscriber = sum((number(amount) * report["subscribers"] for amount, report in zip(each, reports, strict=True)), ZERO)
    uses = sum((use.quantity for use, _ in uses_within(month, deal) if use.split in {"", "recording"}), ZERO)
    least = max(by_subscriber, (term.rate("minimum_per_use") or ZERO) * uses)
    if half_even(least) > sum(pico * month.rate_of_exchange(of, currency) for of, pico in owed.items()) and half_even(least):
        return {currency: half_even(least)}
    return owed


def uses_within(month: Month, deal: Deal) -> list[tuple[Use, Deal]]:
    """Everything that the licensee reported within the deal as it stood on the day, whether the deal covers it or not."""
    mine = [use for use in month.uses if use.kind != "training" and use.licensee == deal.says["licensee"]]
    return [
        (use, stood)
        for use in mine
        for stood in month.register.deals(use.licensee, use.day)
        if stood.deal_id == deal.deal_id and month.register.fits(stood, use) and not month.register.voided(use)
    ]


def whole_of(month: Month, term: Term, deal: Deal) -> Fraction:
    """All that the pool's basis could count."""
    basis, within = term.says["basis"], uses_within(month, deal)
    if basis == "usage":
        return sum((use.quantity * split_part(stood, use) for use, stood in within), ZERO)
    if basis == "influence":
        counted = [one for one in within if one[0].kind == "output" and (one[0].attributed or term.says.get("unattributed"))]
        return sum((use.quantity * split_part(stood, use) for use, stood in counted), ZERO)
    if basis == "equal":
        first: dict[str, tuple[Use, Deal]] = {}
        attributed = (one for one in within if one[0].attributed)
        for use, stood in sorted(attributed, key=lambda one: (one[0].kind, one[0].model, one[0].split, one[0].day)):
            first.setdefault(use.work, (use, stood))
        return sum((split_part(stood, use) for use, stood in first.values()), ZERO)
    day = month.deals[deal.deal_id][1]
    own = [use for use in month.latest if use.licensee == deal.says["licensee"]]
    present = (replace(use, kind="output", day=day, service=services_asked(deal.says)[0]) for use in own)
    return ONE * sum(1 for use in present if month.register.fits(deal, use) and not month.register.voided(use))


def reports_of(month: Month, licensee: str) -> list[dict[str, Any]]:
    best: dict[tuple[str, ...], dict[str, Any]] = {}
    for report in month.facts["revenue"]:
        if (report["licensee"], report["month"]) == (licensee, month.month):
            name = (report["currency"], *(report.get(dimension, "") for dimension in SCOPES))
            if name not in best or report["revision"] > best[name]["revision"]:
                best[name] = report
    told = list(best.values())
    return told if any(report["subscribers"] for report in told) else with_subscribers(month, licensee, told)


def with_subscribers(month: Month, licensee: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Revenue reports that state no subscribers have those of usage reports, each in the narrowest report that holds it."""
    said = [fact for fact in month.facts.get("reported", ()) if (fact["licensee"], fact["month"]) == (licensee, month.month)]
    filled = [dict(report) for report in sorted(told, key=lambda one: (one["currency"], *(one.get(name, "") for name in SCOPES)))]
    for service, territory, commercial_model in {(one["service"], one["territory"], one["commercial_model"]) for one in said}:
        here = [
            one for one in said if (one["service"], one["territory"], one["commercial_model"]) == (service, territory, commercial_model)
        ]
        by_type = [one for one in here if one["record"] == "SY04"] or here
        types = {one.get("subscriber_type", "") for one in by_type}
        people = sum(max(one["subscribers"] for one in by_type if one.get("subscriber_type", "") == name) for name in types)
        holding = [
            report
            for report in filled
            if not report.get("model")
            and report.get("service", "") in {"", service}
            and report.get("territory", "") in {"", "*", territory}
        ]
        if holding:
            narrowest = max(bool(one.get("service")) + (one.get("territory", "") not in {"", "*"}) for one in holding)
            first = next(one for one in holding if bool(one.get("service")) + (one.get("territory", "") not in {"", "*"}) == narrowest)
            first["subscribers"] += people
    return filled
