"""A source of income explained in one sentence, with figures that tie to the money beside it."""

from overtone.formats.tongue import Tongue
from overtone.money import NANO, format_amount, format_share, stored_amount
from overtone.payout import words
from overtone.payout.statement import Collected, Source
from overtone.scales import ZERO_PICO, Nano


def of_source(source: Source, tongue: Tongue) -> str:
    """What a source's sum is made of; empty where its heading says all that is known."""
    known = words.about(source.mechanism)
    if known.counted:
        return _counted(source, tongue)
    share = part(source.amount, source.whole, tongue) if source.whole else ""
    whole = tongue.money(source.whole, source.currency) if source.whole else ""
    if known.works and source.works_in_all:
        about = {"n": len({work.work_key for work in source.works}), "all": tongue.figure(f"{source.works_in_all:,}")}
        if share:
            return tongue.say(known.works, **about, whole=whole, share=share)
        return tongue.say(known.works_alone, **about)
    if known.part and share:
        return tongue.say(known.part, whole=whole, share=share)
    return tongue.say(known.note)


def _counted(source: Source, tongue: Tongue) -> str:
    """How many, and what each was worth on average."""
    paid = [line for work in source.works for line in work.lines if line.amount != "0"]
    quantity = Nano(sum(stored_amount(line.quantity) for line in paid) * NANO // 10**12)
    amount = stored_amount(source.amount)
    if quantity <= 0 or amount <= 0:
        return ""
    unit = words.about(source.mechanism).counted or ("", "")
    counted = {"n": tongue.quantity(format_share(quantity)), "unit": tongue.counted(*unit, "", single=quantity == NANO)}
    rate = tongue.priced(tongue.figure(words.rate(amount, quantity)), source.currency)
    return tongue.say(words.IN_ALL, **counted, rate=rate)


def part(amount: str, whole: str, tongue: Tongue) -> str:
    """A share of a whole within a sentence; empty for what takes off."""
    return percent(stored_amount(amount), stored_amount(whole), tongue).replace(f"{tongue.point}0", "", 1)


def percent(amount: int, whole: int, tongue: Tongue) -> str:
    """The same of two sums; what is less than a tenth of a percent has as many decimals as it needs."""
    if amount <= 0 or whole <= 0:
        return ""
    tenths = (2000 * amount + whole) // (2 * whole)
    return tongue.percent(f"{tenths // 10}.{tenths % 10}") if tenths else tongue.say("below {share}", share=tongue.percent("0.1"))


def of_society(items: list[Collected], tongue: Tongue) -> str:
    """What a society received for a member and what it keeps of it."""

    def money(name: str) -> str:
        pico = sum((stored_amount(getattr(item, name)) for item in items), ZERO_PICO)
        return tongue.money(format_amount(pico), items[0].currency)

    return tongue.say(
        "{society} received {gross} for you, keeps {fee} as its fee and {cultural} for culture, and pays you {net} under its own rules; "
        "it is not part of your account here.",
        society=items[0].society_name,
        gross=money("gross"),
        fee=money("admin_fee"),
        cultural=money("cultural_deduction"),
        net=money("net"),
    )
