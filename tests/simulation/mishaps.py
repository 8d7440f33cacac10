"""Facts that are spoilt where they lie, and mended later: until then their partition is set aside, with what it last said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulation.actors import Broken

if TYPE_CHECKING:
    from random import Random

    from tests.simulation.actors import Actors


class Mishaps:
    """A disk that rots, and an operator who has a copy."""

    def __init__(self, actors: Actors, dice: Random) -> None:
        self._actors, self._dice, self.stack = actors, dice, actors.stack
        self.spoilt: dict[tuple[str, str], dict[str, Any]] = {}
        self.ever = False
        """Whether a worker may have met what cannot be read."""

    def spoil(self) -> str:
        """A page of usage can be read no more."""
        pages = [item for item in self.stack.items("UsageTable", "usage#") if item["sk"].startswith("PAGE#")]
        pages = [page for page in pages if "page" in page and (page["pk"], page["sk"]) not in self.spoilt]
        if not pages:
            return "no page to spoil"
        page, self.ever = self._dice.choice(pages), True
        self.spoilt[page["pk"], page["sk"]] = page
        self.stack.table("UsageTable").put_item(Item=page | {"page": bytes(page["page"])[:1] + b"no page at all"})
        return f"{page['pk']} {page['sk']} is spoilt"

    def mend(self) -> str:
        """The operator puts the copies back, and has what lies aside tried again."""
        aside = self.aside()
        for page in self.spoilt.values():
            self.stack.table("UsageTable").put_item(Item=page)
        mended, self.spoilt = len(self.spoilt), {}
        told = self.try_again()
        if mended and aside:
            self._actors.deeds.did("a partition mended")
        return f"{mended} pages are mended; {told}"

    def try_again(self) -> str:
        """Finance has what lies aside tried again."""
        call = self._actors.call
        reply = call("GET", "/v1/quarantine", None, "finance")
        if reply.status != 200:
            return f"what lies aside was not told: {reply.status}"
        names = [str(item["partition"]) for item in reply.json()["items"]]
        answers = [call("POST", f"/v1/quarantine/{name}:retry", None, "finance").status for name in names]
        if wrong := [status for status in answers if status not in {200, 202, 404} and status < 500]:
            raise Broken("answered", f"retrying {names} -> {wrong}")
        return f"{len(names)} lie aside and are tried again: {answers}"

    def aside(self) -> bool:
        """Whether a partition lies aside because of what was spoilt here."""
        held = {item["partition"] for item in self.stack.items("LedgerTable", "QUARANTINE")}
        found = bool(held & {pk for pk, _ in self.spoilt})
        if found:
            self._actors.deeds.did("a partition set aside")
        return found

    def nothing_aside(self) -> None:
        """At rest, with everything mended, nothing lies aside."""
        held = [item for item in self.stack.items("LedgerTable", "QUARANTINE") if item["partition"].startswith("usage#")]
        if held:
            raise Broken("isolated", f"everything is mended and at rest, and still aside is {held}")
