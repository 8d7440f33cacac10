"""The bugs: where each is planted, and the tests nearest to it. What a bug would have done is its name."""

from __future__ import annotations

from typing import Final

from tests.mutation.planted_contract import CONTRACT
from tests.mutation.planted_deployed import DEPLOYED
from tests.mutation.planted_known import KNOWN
from tests.mutation.planted_money import MONEY, ONCE_UNNOTICED
from tests.mutation.planted_once import ONCE
from tests.mutation.planted_paying import DOORS, PAYING
from tests.mutation.planted_read import READ
from tests.mutation.planted_rejoined import REJOINED
from tests.mutation.planted_reread import REREAD
from tests.mutation.planted_reviewed import REVIEWED
from tests.mutation.planted_rights import FACTS, RIGHTS
from tests.mutation.planted_simulated import SIMULATED
from tests.mutation.planted_third import THIRD

BUGS: Final = (
    *(*ONCE_UNNOTICED, *MONEY, *RIGHTS, *FACTS, *PAYING, *DOORS, *SIMULATED, *READ, *REREAD),
    *(*DEPLOYED, *KNOWN, *REVIEWED, *REJOINED, *CONTRACT, *THIRD, *ONCE),
)
