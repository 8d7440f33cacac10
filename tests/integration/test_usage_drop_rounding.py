"""Sales reports (DSR) in several files whose lines state no revenue: all of it is spread over them, to the last digit."""

from itertools import count

import pytest

from local.stack import Stack
from tests.integration.registering import register
from tests.integration.test_replaced_drops import deliver
from tests.integration.test_usage_drop_dsr import block, dsr
from tests.integration.test_usage_drop_messages import ANEW, FIRST, kept, taken
from tests.interruptions import before_each_write


def of_seven(number: int, usages: int, count: int) -> str:
    """A file of a message whose summary says seven usages and 9.99, of which no seventh is exact."""
    text = dsr(block(number, usages), files=(number, count), report=(count * 5, count))
    return text.replace("\t100\t\tSEK", "\t7\t\tSEK")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("usages", [(2, 5), (1, 1, 5), (3, 3, 1), (2, 2, 2, 1)])
def test_revenue_that_no_line_states_is_spread_over_all_files_to_the_last_digit(
    fox: Stack, usages: tuple[int, ...], *, backwards: bool
) -> None:
    """Each file's part was rounded down, and what that left was nobody's."""
    files = [(f"m{number}", of_seven(number, some, len(usages))) for number, some in enumerate(usages, start=1)]
    for name, text in files[::-1] if backwards else files:
        taken(fox, name, text)
    assert kept(fox) == (7, {"SEK": "9.99"})
    for name, text in files:  # created anew, and each file once more as it was
        taken(fox, f"again-{name}", text.replace(FIRST, ANEW))
        taken(fox, f"once-more-{name}", text)
    assert kept(fox) == (7, {"SEK": "9.99"})


@pytest.mark.parametrize("dying", [1, 2])
def test_what_rounding_left_is_given_once_wherever_a_delivery_dies(fox: Stack, dying: int) -> None:
    """The other file comes while this one has said of itself what it lists, and perhaps not what it took."""
    for writes in range(10):
        fox.reset()
        register(fox, "fox", "licensee")
        fox.faults.fail_after(writes)
        for number in (dying, 3 - dying):
            fox.put_object("DropBucket", f"usage/fox/m{number}.dsr.tsv", of_seven(number, 2 if number == 1 else 5, 2).encode())
            fox.drain()
            fox.faults.clear()
        assert kept(fox) == (7, {"SEK": "9.99"}), writes


@pytest.mark.parametrize("first", [1, 2])
def test_of_files_that_come_at_once_one_takes_what_rounding_left(fox: Stack, first: int) -> None:
    """The other one comes, and is read to its end, before any call of this one."""
    other, came = 3 - first, True
    bodies = {number: of_seven(number, 2 if number == 1 else 5, 2).encode() for number in (1, 2)}
    for wanted in count():
        if not came:
            break
        came = False

        def come(number: int, wanted: int = wanted) -> None:
            nonlocal came
            if number == wanted:
                came = True
                fox.aws("s3").put_object(Bucket=fox.name("DropBucket"), Key=f"usage/fox/m{other}.dsr.tsv", Body=bodies[other])
                deliver(fox, "UsageDrop", fox.messages("DropQueue")[-1])

        fox.reset()
        register(fox, "fox", "licensee")
        fox.put_object("DropBucket", f"usage/fox/m{first}.dsr.tsv", bodies[first])
        with before_each_write(fox, "UsageDrop", come, reads=True):
            deliver(fox, "UsageDrop", fox.messages("DropQueue")[0])
        fox.drain()
        assert not came or kept(fox) == (7, {"SEK": "9.99"}), wanted
    assert wanted > 20
