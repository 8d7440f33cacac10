"""What the step `plan` answers goes on with the state machine, whose states hold 256 KB: however many parts a settlement has."""

import json

import pytest

from overtone.months import months_between
from overtone.settlement.plan import MonthPlan
from overtone.steps.settlement import opening
from overtone.stores import settlements as settlement_store
from tests.unit.stored_forms import PLAN

STATE_BYTES_MAX = 256 * 1024
"""Of Step Functions; what is larger ends an execution at once, without a state that would say so."""


@pytest.mark.usefixtures("stack")
def test_the_parts_of_the_largest_plan_fit_a_state() -> None:
    """Each part was named: 36 whole months of 1,024 buckets, or 142 of 256, could never be settled, by anybody."""
    record = settlement_store.request("largest", {"through": "2026-10", "owner": "execution"})
    months = [MonthPlan(month, None, "", {}) for month in months_between("2000-01", "2026-10")]
    plan = settlement_store.save_plan(PLAN._replace(settlement_id="largest", attempt=int(record["attempt"]), buckets=1024, months=months))
    answer = opening.make_plan({"settlement_id": "largest", "owner": "execution", "record": record})
    assert len(json.dumps(answer)) < STATE_BYTES_MAX / 2
    assert len({json.dumps(part) for part in answer["parts"]}) == plan.items > 36 * 4
