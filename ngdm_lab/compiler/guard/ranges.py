"""What is known of a value before it is computed: its kind, and for a whole number its ends, affine in the dimension.

An end is a pair (slope, offset) that stands for slope * N + offset, N the number of coordinates. What is not known is
None. Beside it stands the largest and the smallest number that the value can be at all, which says whether it fits
a machine word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, inf
from typing import Any

__all__ = ["COUNT", "EXACT", "MOST", "REAL", "UNKNOWN", "WORD", "Dimension", "End", "Value", "constant", "counted",
           "divided", "entries", "limited", "negative", "plus", "raised", "remainder", "times", "vector",
           "whole"]  # fmt: skip

End = tuple[Fraction, Fraction] | None
WORD = 2**62  # whole numbers below it stay in a machine word
EXACT = 2**53  # and those below it are exact as floats
COUNT = 2**52  # more than any loop counts
MOST = 2**31  # coordinates


@dataclass(frozen=True)
class Value:
    """What is known of a value.

    Attributes
    ----------
    kind : "whole" (with truth values), "real", "vector" (any array), "tuple" or "unknown".
    low, high : ends of a whole number; for a vector or a tuple both are the end that its length is exactly, or None.
    least, most : of a whole number, for any dimension.
    wide : a whole number that the compiled function keeps as a float.
    """

    kind: str
    low: End = None
    high: End = None
    least: float = -inf
    most: float = inf
    wide: bool = False

    @property
    def fits(self) -> bool:
        """Whether it fits a machine word."""
        return self.least >= -WORD and self.most <= WORD

    @property
    def exact(self) -> bool:
        """Whether a float holds it exactly."""
        return self.least >= -EXACT and self.most <= EXACT

    @property
    def known(self) -> int | None:
        """The one number that it is, if it is one."""
        return int(self.least) if self.least == self.most else None


REAL, UNKNOWN = Value("real"), Value("unknown")


def _end(number: float) -> End:
    return (Fraction(0), Fraction(number)) if abs(number) < inf else None


def whole(low: End, high: End, least: float, most: float, wide: bool = False) -> Value:
    """A whole number; an end that is not known is its least or most."""
    return Value("whole", low or _end(least), high or _end(most), least, most, wide)


def constant(number: int) -> Value:
    """One whole number."""
    return whole(None, None, number, number)


def vector(length: End = None) -> Value:
    """An array, of one axis where the length is given."""
    return Value("vector", length, length)


def entries(count: int) -> Value:
    """A tuple, whose entries may be of several kinds: only an index that is written as a number may choose one."""
    return Value("tuple", _end(count), _end(count))


@dataclass(frozen=True)
class Dimension:
    """The dimensions for which a function is meant; `most` None for no end."""

    least: int
    most: int | None

    def size(self) -> Value:
        """N itself."""
        at = (Fraction(1), Fraction(0))
        if self.least == self.most:
            return constant(self.least)
        return whole(at, at, self.least, MOST if self.most is None else self.most)

    def below(self, a: End, b: End) -> bool:
        """Whether a <= b for sure."""
        if a is None or b is None:
            return False
        slope, offset = b[0] - a[0], b[1] - a[1]
        last = slope * self.most + offset if self.most is not None else slope
        return slope * self.least + offset >= 0 and last >= 0

    def smaller(self, a: End, b: End) -> End:
        """An end below both; None where it is not known which."""
        return a if self.below(a, b) else b if self.below(b, a) else None

    def larger(self, a: End, b: End) -> End:
        """An end above both."""
        return b if self.below(a, b) else a if self.below(b, a) else None

    def join(self, a: Value, b: Value) -> Value:
        """What is known where it is one of two."""
        if a == b:
            return a
        kinds = {a.kind, b.kind}
        if kinds == {"whole"}:
            return whole(self.smaller(a.low, b.low), self.larger(a.high, b.high), min(a.least, b.least),
                         max(a.most, b.most), a.wide or b.wide)  # fmt: skip
        if kinds <= {"whole", "real"}:
            return REAL
        if kinds == {"vector"}:
            return vector()
        return UNKNOWN

    def inside(self, index: Value, length: End) -> bool:
        """Whether an index is one from the start or the end of a vector of a length, for sure."""
        if index.kind != "whole" or length is None:
            return False
        from_end = (-length[0], -length[1])
        return self.below(from_end, index.low) and self.below(index.high, (length[0], length[1] - 1))


def plus(a: Value, b: Value, sign: int = 1) -> Value:
    """a + b, or a - b."""
    b = b if sign > 0 else negative(b)
    return whole(_sum(a.low, b.low), _sum(a.high, b.high), a.least + b.least, a.most + b.most)


def _sum(a: End, b: End) -> End:
    return (a[0] + b[0], a[1] + b[1]) if a and b else None


def negative(a: Value) -> Value:
    """-a."""
    turned = [(-end[0], -end[1]) if end else None for end in (a.high, a.low)]
    return whole(turned[0], turned[1], -a.most, -a.least)


def times(a: Value, b: Value) -> Value:
    """a * b."""
    if a.known is not None:
        a, b = b, a
    ends = [_product(p, q) for p in (a.least, a.most) for q in (b.least, b.most)]
    low, high = a.low, a.high
    if b.known is None:
        return whole(None, None, min(ends), max(ends))
    c = Fraction(b.known)
    scaled = [(c * end[0], c * end[1]) if end else None for end in ((low, high) if c >= 0 else (high, low))]
    return whole(scaled[0], scaled[1], min(ends), max(ends))


def _product(p: float, q: float) -> float:
    if p == 0 or q == 0:
        return 0
    return p * q if abs(p) < inf and abs(q) < inf else inf if (p > 0) == (q > 0) else -inf


def divided(a: Value, b: Value) -> Value:
    """a // b."""
    by = b.known
    if by is None or by <= 0:
        if b.least >= 1:
            return whole(None, None, min(a.least, 0), max(a.most, 0))
        size = max(-a.least, a.most)
        return whole(None, None, -size, size)
    share = Fraction(1, by)
    low = (a.low[0] * share, (a.low[1] + 1) * share - 1) if a.low else None
    high = (a.high[0] * share, a.high[1] * share) if a.high else None
    least, most = (end // by if abs(end) < inf else end for end in (a.least, a.most))
    return whole(low, high, least, most)


def remainder(a: Value, b: Value) -> Value:
    """a % b, of the divisor's sign."""
    if b.least < 0:
        size = max(-b.least, b.most)
        return whole(None, None, -size, size)
    top = (b.high[0], b.high[1] - 1) if b.high else None
    most = max(b.most - 1, 0)
    if a.least >= 0 and a.most < b.least:
        return a
    return whole(None, top, 0, most)


def raised(a: Value, b: Value) -> Value:
    """a ** b for b >= 0."""
    size = max(abs(a.least), abs(a.most))
    if size <= 1:
        most: float = 1
    elif b.most > 400 or size == inf:
        most = inf
    else:
        most = int(size) ** int(b.most)
    return whole(None, None, 0 if a.least >= 0 else -most, most)


def counted(given: list[Value]) -> Value:
    """The counter of ``for i in range(...)`` inside the loop."""
    if not given or any(v.kind != "whole" for v in given):
        return whole(None, None, -COUNT, COUNT)
    start, stop = (constant(0), given[0]) if len(given) == 1 else (given[0], given[1])
    step = given[2] if len(given) == 3 else constant(1)
    if step.least > 0:
        made = whole(start.low, plus(stop, constant(1), -1).high, start.least, stop.most - 1)
    elif step.most < 0:
        made = whole(plus(stop, constant(1)).low, start.high, stop.least + 1, start.most)
    else:
        made = whole(None, None, min(start.least, stop.least), max(start.most, stop.most))
    made = replace(made, least=min(made.least, made.most), most=max(made.least, made.most))
    return replace(made, least=max(made.least, -COUNT), most=min(made.most, COUNT))


def limited(v: Value, by: Dimension, *, low: Any = None, high: Any = None) -> Value:
    """A whole number of which an end is known better."""
    if low is not None:
        v = replace(v, low=low if not by.below(low, v.low) else v.low)
    if high is not None:
        v = replace(v, high=high if not by.below(v.high, high) else v.high)
    least = max(v.least, _number(v.low, by)[0])
    most = min(v.most, _number(v.high, by)[1])
    return replace(v, least=least, most=most) if least <= most else v


def _number(end: End, by: Dimension) -> tuple[float, float]:
    """The smallest and the largest number that an end is."""
    if end is None:
        return -inf, inf
    ends = [end[0] * at + end[1] for at in (by.least, MOST if by.most is None else by.most)]
    return floor(min(ends)), ceil(max(ends))
