"""What an owner's word and its silence mean under each kind of deal, why money waits, and that what was denied is never liquidated."""

from typing import Any

import pytest

from overtone.lines import REASONS
from overtone.settlement.consent import first_reason
from overtone.settlement.deals import Deal
from tests.unit.stories import LAB, Story, mandate

RATE = {"mechanism": "per_output", "rate": "1"}
FEE = {"mechanism": "training_run", "fee": "100"}
REGIMES = ("opt_in", "mandate", "opt_out", "none")
WORDS: dict[str, dict[str, Any]] = {
    "silent": {},
    "silent, another denied": {"licensees": {"gnu": "deny"}},
    "allow": {"default": "allow"},
    "limit": {"default": "limit", "max_share": "1"},
    "deny": {"default": "deny"},
    "denied to this lab": {"default": "allow", "licensees": {LAB: "deny"}},
    "denied but to this lab": {"default": "deny", "licensees": {LAB: "allow"}},
}
FREE = {"allow", "limit", "denied but to this lab"}
DEALS: dict[str, dict[str, Any]] = {
    "open": {"licensor": None},
    "extended": {"licensor": "soc", "extended": True},
    "direct": {"licensor": "ann"},
}


def told(word: str, kind: str, consent: str | None, *, member: bool = False) -> tuple[dict[tuple[str, str], str], list[str]]:
    """Who is paid 10 for ten uses, and the breaches."""
    story = Story().party("ann", [mandate("soc", "output")] if member else [])
    story.work("song", {"ann": "1"}, permissions={"generation": WORDS[word], "training": {"default": "deny"}})
    said = DEALS[kind] | ({"consent": consent} if consent else {})
    story.deal("deal", said["licensor"], RATE, **{name: value for name, value in said.items() if name != "licensor"})
    done = story.output("o", {"song": "1"}).used("o", 10).settled()
    return done.paid(), [breach.kind for breach in done.outcome.breaches]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("consent", REGIMES)
@pytest.mark.parametrize("kind", DEALS)
def test_the_owners_word_counts_first_and_its_silence_as_the_deal_says(kind: str, consent: str, word: str) -> None:
    silent = word.startswith("silent")
    free = consent == "none" or word in FREE or (silent and (consent == "opt_out" or (consent == "mandate" and kind == "direct")))
    assert told(word, kind, consent) == (({("ann", "song"): "10"}, []) if free else ({("denied_use", "song"): "10"}, ["denied_use"]))


@pytest.mark.parametrize(
    ("kind", "member", "free"), [("open", False, False), ("extended", False, True), ("extended", True, True), ("direct", False, True)]
)
def test_what_silence_means_where_the_deal_does_not_say(kind: str, member: bool, free: bool) -> None:  # noqa: FBT001
    paid, breaches = told("silent", kind, None, member=member)
    assert (set(paid), breaches) == ({("soc" if member else "ann" if free else "denied_use", "song")}, [] if free else ["denied_use"])


def test_a_mandate_that_names_the_use_is_the_consent_and_another_is_not() -> None:
    for uses, free in ((("output",), True), (("training",), False)):
        story = Story().party("ann", [mandate("soc", *uses)]).work("song", {"ann": "1"}, permissions={})
        story.deal("deal", "soc", RATE, extended=True, consent="mandate").output("o", {"song": "1"}).used("o", 10)
        assert set(story.settled().paid()) == {("soc" if free else "denied_use", "song")}


def test_8_silence_under_an_extended_licence_is_paid_and_a_deny_waits_with_one_breach() -> None:
    story = Story().work("one", {"ann": "1"}, permissions={}).work("two", {"bo": "1"}, permissions={})
    story.deal("ecl", "soc", FEE, extended=True).trained("run", {"one": "1", "two": "1"})
    quiet = story.settled()
    assert (quiet.paid(), quiet.outcome.breaches) == ({("ann", "one"): "50", ("bo", "two"): "50"}, [])
    said = story.work("two", {"bo": "1"}, permissions={"training": {"default": "deny"}}).settled()
    assert said.paid() == {("ann", "one"): "50", ("denied_use", "two"): "50"}
    assert [(breach.kind, breach.work_id, breach.licensee) for breach in said.outcome.breaches] == [("denied_use", "two", LAB)]


def test_where_no_deal_covers_a_use_silence_is_unlicensed_and_a_deny_is_denied() -> None:
    for permissions, kind in (({}, "unlicensed"), ({"generation": {"default": "deny"}}, "denied_use")):
        done = Story().work("song", {"ann": "1"}, permissions=permissions).output("o", {"song": "1"}).used("o", 10).settled()
        assert (done.lines(), [breach.kind for breach in done.outcome.breaches]) == ([], [kind])


def test_a_statutes_licence_asks_for_no_limit_either() -> None:
    for consent, kinds in ((None, ["over_limit"]), ("none", [])):
        story = Story().work("song", {"ann": "1"}, permissions={"generation": {"default": "limit", "max_share": "0.1"}})
        story.deal("law", None, RATE, consent=consent).output("o", {"song": "1"}).used("o", 10)
        assert [breach.kind for breach in story.settled().outcome.breaches] == kinds


def test_a_deny_counts_from_its_day() -> None:
    story = Story().work("song", {"ann": "1"}, permissions={}).deal("ecl", "soc", RATE, extended=True).output("o", {"song": "1"})
    story.work("song", {"ann": "1"}, permissions={"generation": {"default": "deny"}}, since="2026-10-10")
    done = story.used("o", 3, used_on="2026-10-09").used("o", 4, used_on="2026-10-10").settled()
    assert done.paid() == {("ann", "song"): "3", ("denied_use", "song"): "4"}


# --- reasons


def test_of_several_reasons_the_first_counts() -> None:
    assert list(REASONS) == ["disputed", "denied_use", "unregistered", "unclaimed_share", "fraud_hold", "unattributed"]
    for earlier in REASONS:
        for later in REASONS[REASONS.index(earlier) :]:
            assert first_reason((later, "", earlier)) == earlier
    assert not first_reason(("", ""))


def test_a_denied_use_of_a_disputed_work_waits_as_disputed_and_is_a_breach() -> None:
    story = Story().work("song", {"ann": "1"}, disputed=True, permissions={"generation": {"default": "deny"}}).deal("open", None, RATE)
    done = story.output("o", {"song": "1"}).used("o", 10).settled()
    assert (done.paid(), [breach.kind for breach in done.outcome.breaches]) == ({("disputed", "song"): "10"}, ["denied_use"])


def test_what_was_denied_is_never_liquidated() -> None:
    """Neither the unclaimed rest of a denied work, nor what low confidence would have called unattributed."""
    fallen = RATE | {"confidence": {"min": "0.6", "fallback": "suspense"}}
    story = Story().work("no", {"ann": "0.75"}, permissions={"generation": {"default": "deny"}}).work("yes", {"bo": "0.5"})
    story.deal("open", None, fallen).output("o", {"no": "1"}).output("p", {"no": "0.5", "yes": "0.5"}, confidence="0.1")
    story.output("q", {"yes": "1"}).used("o", 8).used("p", 4).used("q", 2)
    assert story.settled().paid() == {
        ("denied_use", "no"): "10",
        ("unclaimed_share", "yes"): "2",
        ("bo", "yes"): "1",
        ("unattributed", "yes"): "1",
    }
    story.facts["liquidations"].append({"deal_id": "open", "month": "2026-10", "licensee": LAB})
    after = story.settled()
    assert (after.of("denied_use"), after.of("bo"), after.of("unclaimed_share")) == ("10", "4", "0")


def test_a_deal_says_what_its_silence_means() -> None:
    body: dict[str, Any] = {"licensee": "fox", "currency": "EUR", "from": "2026-01-01", "terms": [RATE]}
    usual: list[tuple[dict[str, Any], str]] = [
        ({}, "opt_in"),
        ({"licensor": "soc"}, "mandate"),
        ({"licensor": "soc", "extended": True}, "opt_out"),
        ({"consent": "none"}, "none"),
    ]
    for change, silence in usual:
        assert Deal.model_validate(body | change).silence == silence
