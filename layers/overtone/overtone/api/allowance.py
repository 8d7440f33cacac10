"""How often one client may call in a minute: who calls more often gets 429 and the seconds to wait, and nobody else notices.

HTTP APIs have no usage plans. Calls are counted in an item of the client's own and the minute, which nobody else writes; a process
takes some calls at a time from it and then counts in memory, so about two hundred writes count a client's minute, and a flood that
was refused once costs nothing more until the minute is over. Where the count cannot be had, the call passes: this protects what
others need, and is no permission.
"""

from collections.abc import Mapping
from typing import Any, Final

from overtone import clock
from overtone.config import settings
from overtone.errors import TooOften
from overtone.stores import calls

SHARES: Final = 200
"""Into how many parts a minute's calls are taken; what a process took and did not use is lost to the client."""
CLIENTS_KEPT: Final = 1_000
"""Minutes of clients that one process remembers; when there are more, it forgets them all and asks again."""
_REFUSED: Final = -1


class TooManyCalls(TooOften):
    """This client called as often as it may in this minute."""

    def __init__(self, most: int, seconds: int) -> None:
        super().__init__(f"more than {most} calls in this minute", seconds)


class Allowance:
    """What one process took of the callers' minutes and has not used."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, int], int] = {}

    def take(self, caller: Mapping[str, Any]) -> None:
        """Count a call of whom the authorizer named; raises `TooManyCalls`."""
        most = settings().calls_per_client_per_minute
        if not most or not caller:
            return
        who = str(caller.get("counted_as") or f"user:{caller.get('user', '')}")  # the console asks as the person who looks
        minute, second = divmod(int(clock.now().timestamp()), calls.MINUTE_SECONDS)
        left = self._left.get((who, minute), 0) or self._more(who, minute, most)
        if len(self._left) >= CLIENTS_KEPT:
            self._left.clear()
        self._left[who, minute] = max(left - 1, _REFUSED)
        if left == _REFUSED:
            raise TooManyCalls(most, calls.MINUTE_SECONDS - second)

    def _more(self, who: str, minute: int, most: int) -> int:
        """Calls that this process may answer now."""
        share = max(1, most // SHARES)
        taken = calls.take(who, minute, share)
        if taken is None:
            return 1
        return min(share, most - (taken - share)) if taken - share < most else _REFUSED
