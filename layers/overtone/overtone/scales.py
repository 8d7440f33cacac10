"""The scales that integers of money, shares and usage count in, so that one is not taken for another.

When the code runs, all of them are integers (`NewType`). To the type checker, the sum of two numbers of one scale is on that scale,
and all else is a plain integer until its scale is named again: `Pico(amount * share // NANO)`. So a nano passed as a pico, or a sum
of the two, is a type error; `tests/unit/test_scales.py` holds that.
"""

from typing import TYPE_CHECKING, Final, Literal, NewType, Self, overload

if TYPE_CHECKING:

    class _Scaled(int):
        @overload
        def __add__(self, other: Self | Literal[0]) -> Self: ...
        @overload
        def __add__(self, other: int) -> int: ...
        def __add__(self, other: int) -> int: ...
        @overload
        def __radd__(self, other: Self | Literal[0]) -> Self: ...
        @overload
        def __radd__(self, other: int) -> int: ...
        def __radd__(self, other: int) -> int: ...
        @overload
        def __sub__(self, other: Self | Literal[0]) -> Self: ...
        @overload
        def __sub__(self, other: int) -> int: ...
        def __sub__(self, other: int) -> int: ...
        def __neg__(self) -> Self: ...
        def __abs__(self) -> Self: ...

    class Nano(_Scaled): ...

    class Pico(_Scaled): ...

    class Fine(_Scaled): ...

    class Atto(_Scaled): ...

    class Zepto(_Scaled): ...

else:
    Nano = NewType("Nano", int)
    Pico = NewType("Pico", int)
    Fine = NewType("Fine", int)
    Atto = NewType("Atto", int)
    Zepto = NewType("Zepto", int)

ZERO_NANO: Final = Nano(0)
"""No share, quantity or weight (1e-9 of one)."""
ZERO_PICO: Final = Pico(0)
"""No money (1e-12 of a currency's major unit)."""
ZERO_FINE: Final = Fine(0)
"""No money in the scale in which prices are exact (1e-49; see `money.FINE`)."""
ZERO_ZEPTO: Final = Zepto(0)
"""No attributed revenue: revenue (1e-12) x share (1e-9) counts 1e-21."""
